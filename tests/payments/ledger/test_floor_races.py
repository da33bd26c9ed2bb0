"""A client's money is never spent twice, however many try at the same moment (FEATURES M2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from payments.ledger import actions
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry, Overdrawn
from payments.ledger.checks import problems
from payments.ledger.models import AccountKind, LedgerBalance
from payments.ledger.queries import balance
from portal.core import db
from portal.core.db import Database

pytestmark = pytest.mark.both_databases

BANK = AccountKey(AccountKind.BANK, 1, "USD")
CLEO = AccountKey(AccountKind.CLIENT_TRUST, 1, "USD", client_id=11)
SOL = AccountKey(AccountKind.CLIENT_TRUST, 1, "USD", client_id=12)
THREADS, TURNS = 6, 10
numbers = count(1)


def entry(debit: AccountKey, credit: AccountKey, cents: int) -> Entry:
    once = f"fact:{next(numbers)}"
    return Entry(once, "paid_from_trust", debit, credit, cents, "test", "test")


def book(how: Callable[..., None], *booked: Entry | list[Entry]) -> bool:
    """Whether the database has let it happen."""
    try:
        with db.transaction() as session:
            how(session, *booked)
    except Overdrawn:
        return False
    return True


def at_once(*works: Callable[[], bool]) -> list[bool]:
    ready = Barrier(len(works))

    def run(work: Callable[[], bool]) -> bool:
        ready.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def available(key: AccountKey) -> int:
    with db.read() as session:
        assert problems(session) == []
        return balance(session, key).available_cents


@pytest.mark.parametrize("how", [actions.transfer, actions.hold], ids=["spent", "held"])
def test_M2_what_is_there_once_is_spent_once(database: Database, how: Callable[..., None]) -> None:
    for _turn in range(TURNS):
        before = available(CLEO)
        book(actions.transfer, entry(BANK, CLEO, 100 - before))
        works = [lambda: book(how, entry(CLEO, BANK, 60)) for _ in range(THREADS)]
        assert sorted(at_once(*works)) == [False] * (THREADS - 1) + [True]
        assert available(CLEO) == 40


def test_M2_money_that_goes_to_and_fro_is_neither_lost_nor_stuck(database: Database) -> None:
    """Crosswise transfers take the balances in one order, so that nobody waits for ever."""
    book(actions.transfer, entry(BANK, CLEO, 1_000))
    book(actions.transfer, entry(BANK, SOL, 1_000))
    for _turn in range(TURNS):
        works = [
            lambda a=a, b=b: book(actions.transfer, entry(a, b, 300))
            for a, b in ((CLEO, SOL), (SOL, CLEO)) * (THREADS // 2)
        ]
        at_once(*works)
        assert available(CLEO) + available(SOL) == 2_000


def test_M2_of_many_transfers_that_are_booked_together_all_stand_or_none(
    database: Database,
) -> None:
    book(actions.transfer, entry(BANK, CLEO, 100))
    together = [entry(BANK, SOL, 500), entry(CLEO, BANK, 60), entry(CLEO, BANK, 60)]
    assert not book(actions.transfer_all, together)
    assert (available(CLEO), available(SOL)) == (100, 0)
    assert book(actions.transfer_all, together[:2])
    assert (available(CLEO), available(SOL)) == (40, 500)


def test_M2_the_database_itself_refuses_an_overdrawn_client(database: Database) -> None:
    book(actions.transfer, entry(BANK, CLEO, 100))
    with pytest.raises(IntegrityError, match="not_below_floor"), db.transaction() as session:
        session.execute(update(LedgerBalance).where(LedgerBalance.floored).values(posted_cents=-1))
    assert available(CLEO) == 100
