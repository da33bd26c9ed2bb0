"""Two administrators at once: one name, and one kind of money for each Stripe account."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from payments.accounts import queries
from payments.accounts.actions import add_account
from portal.core import db
from portal.core.db import Database
from portal.core.errors import Conflict, Invalid
from portal.firm.actions import set_up_firm
from tests.support.cast import FIRM

THREADS = 6
pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def firm(database: Database) -> None:
    """A firm without a bank account."""
    with db.transaction() as session:
        set_up_firm(session, FIRM)


def at_once(asked: list[dict[str, Any]]) -> list[str]:
    """Add these accounts, all at the same moment; answers what became of each."""
    ready = Barrier(len(asked))

    def add(more: dict[str, Any]) -> str:
        details = {"name": "IOLTA", "public_label": "Trust", "kind": "trust", "currency": "USD"}
        ready.wait()
        try:
            with db.transaction() as session:
                add_account(session, **(details | more))
        except (Conflict, Invalid) as refused:
            return type(refused).__name__
        return "added"

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(add, asked))


def test_of_many_who_add_one_name_one_does_and_the_others_are_told() -> None:
    answers = at_once([{} for _one in range(THREADS)])
    assert sorted(answers) == ["Conflict"] * (THREADS - 1) + ["added"]


def test_M3_a_stripe_account_gets_one_kind_of_money_whoever_comes_first() -> None:
    kinds = ["trust", "operating"] * (THREADS // 2)
    asked = [{"name": f"Account {n}", "kind": kind} for n, kind in enumerate(kinds)]
    answers = at_once(asked)
    assert answers.count("added") == THREADS // 2
    with db.read() as session:
        assert len({account.kind for account in queries.bank_accounts(session)}) == 1
