"""Pay from trust pressed by many at the same moment, with real threads, on both databases."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from payments.billing.applying import move_reserved
from payments.billing.models import Bill
from payments.ledger.models import AccountKind
from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.core.errors import Refusal
from portal.firm.actions import set_up_firm
from tests.factories.billing import Office, issued, make_office
from tests.payments.receipts.trust_desk import Shown, confirm, held, problems, shown, stands
from tests.support.cast import FIRM
from tests.support.races import done_at_once

pytestmark = pytest.mark.both_databases
THREADS, TURNS = 6, 4


@pytest.fixture
def practice(database: Database, settings: Settings) -> Office:
    """A firm with Cleo and Sol."""
    config.use(settings)
    with db.transaction() as session:
        set_up_firm(session, FIRM)
    return make_office()


def confirming(one: Shown) -> Callable[[], object]:
    return lambda: confirm(one)


def in_trust(office: Office) -> int:
    return stands(AccountKind.CLIENT_TRUST, office.accounts.trust, client_id=office.cleo.id)


def test_M2_S9_of_many_who_spend_the_same_trust_money_one_does(practice: Office) -> None:
    """FEATURES M2: on as many bills, each of them affordable alone."""
    for _turn in range(TURNS):
        held(practice, 6_000 - in_trust(practice))
        bills = [issued(practice, practice.cleo) for _ in range(THREADS)]
        done = done_at_once(*(confirming(shown(bill, 6_000)) for bill in bills))
        assert sorted(done) == [False] * (THREADS - 1) + [True]
        assert in_trust(practice) == 0
        assert problems() == []


def test_M9_S9_a_bill_is_not_paid_twice(practice: Office) -> None:
    for _turn in range(TURNS):
        held(practice, 100_000)
        bill = issued(practice, practice.cleo)
        seen = [shown(bill, 10_000) for _ in range(THREADS)]
        assert sorted(done_at_once(*(confirming(one) for one in seen)))[-2:] == [False, True]
        with db.read() as session:
            assert session.get_one(Bill, bill.id).applied_cents == 10_000
    assert problems() == []


def test_M9_S9_trust_and_an_online_payment_do_not_both_pay_the_same_bill(
    practice: Office,
) -> None:
    """FEATURES M9: the online payment reserves as submitting it does, with the bill locked."""

    def reserve(bill: Bill) -> None:
        with db.transaction() as session:
            locked = select(Bill).where(Bill.id == bill.id).with_for_update()
            now = session.scalars(locked.execution_options(populate_existing=True)).one()
            if now.total_cents - now.applied_cents - now.reserved_cents >= 8_000:
                move_reserved(session, Bill, bill.id, 8_000)
            else:
                raise Refusal("Somebody else has paid.")

    for _turn in range(TURNS * 2):
        held(practice, 8_000)
        bill = issued(practice, practice.cleo)
        done = done_at_once(confirming(shown(bill, 8_000)), lambda b=bill: reserve(b))
        assert sorted(done) == [False, True]
        with db.read() as session:
            now = session.get_one(Bill, bill.id)
        assert now.applied_cents + now.reserved_cents == 8_000
