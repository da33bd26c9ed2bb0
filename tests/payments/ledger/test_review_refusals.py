"""A transfer that the books refuse leaves nothing behind, whatever its caller does next."""

import pytest

from payments.ledger import actions
from payments.ledger.accounts import AccountKey
from payments.ledger.checks import problems
from payments.ledger.models import AccountKind
from payments.ledger.queries import balance
from portal.core import db
from portal.core.db import Database

pytestmark = pytest.mark.both_databases

PROCESSOR = AccountKey(AccountKind.PROCESSOR, 1, "USD")
UNLINKED = AccountKey(AccountKind.UNLINKED, 1, "USD")


def entry(once: str, debit: AccountKey, credit: AccountKey, cents: int) -> actions.Entry:
    return actions.Entry(once, "test", debit, credit, cents, "payment:one", "test")


def test_M2_a_caller_may_catch_an_overdraft_and_go_on_with_true_books(database: Database) -> None:
    with db.transaction() as session:
        actions.transfer(session, entry("in", PROCESSOR, UNLINKED, 100))
        with pytest.raises(actions.Overdrawn):
            actions.transfer(session, entry("too much", UNLINKED, PROCESSOR, 500))
        with pytest.raises(actions.Overdrawn):
            actions.hold(session, entry("held too much", UNLINKED, PROCESSOR, 500))
        actions.transfer(session, entry("out", UNLINKED, PROCESSOR, 40))
    with db.read() as session:
        assert problems(session) == []
        assert balance(session, UNLINKED).posted_cents == 60


def test_M1_a_caller_may_catch_a_second_resolution_and_go_on(database: Database) -> None:
    with db.transaction() as session:
        actions.hold(session, entry("promise", PROCESSOR, UNLINKED, 100))
        actions.post(session, "promise", situation="kept", actor="test")
        with pytest.raises(actions.AlreadyResolved):
            actions.void(session, "promise", situation="called off", actor="test")
    with db.read() as session:
        assert problems(session) == []
        assert balance(session, UNLINKED).posted_cents == 100
