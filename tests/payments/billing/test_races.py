"""Two people at once, with real threads and real connections, on both databases."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from payments.billing import actions, queries, writing
from payments.billing.changing import change_bill
from payments.billing.models import Bill, BillStatus
from payments.ledger import queries as ledger
from payments.ledger.models import Transfer
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.errors import Conflict, Refusal
from tests.factories.billing import BEN, TODAY, Asked, Line, Office, details, drafted, issued
from tests.support.races import at_once

THREADS = 8
NUMBERED = int(os.environ.get("RETAINER_TEST_NUMBERED", "50"))
"""How many bills are issued at once: 500 is the promise, a tenth of it by default."""


def issue(bill: Bill) -> int | None:
    with db.transaction() as session:
        again = queries.bill(session, bill.public_id, NOTHING_CLOSED)
        return actions.issue(session, again, on=TODAY, by=BEN).number


def void(bill: Bill) -> int | None:
    with db.transaction() as session:
        again = queries.bill(session, bill.public_id, NOTHING_CLOSED)
        return actions.void(session, again, reason="Twice", by=BEN).number


def reserve(bill: Bill) -> str:
    """What a payment that is being submitted does: only an unpaid bill takes it."""
    with db.transaction() as session:
        session.execute(
            select(Bill.id)
            .where(Bill.id == bill.id, Bill.status == BillStatus.AWAITING_PAYMENT)
            .with_for_update()
        ).one()
        session.execute(update(Bill).where(Bill.id == bill.id).values(reserved_cents=10_000))
    return "reserved"


def status_of(bill: Bill) -> str:
    with db.read() as session:
        return queries.bill(session, bill.public_id, NOTHING_CLOSED).status


def transfers() -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Transfer)) or 0


@pytest.mark.slow
@pytest.mark.both_databases
def test_D1_many_issue_at_once_without_gap_or_duplicate(office: Office) -> None:
    bills = [drafted(office, office.cleo) for _each in range(NUMBERED)]
    ready = Barrier(THREADS)

    def some(place: int) -> list[int | None]:
        ready.wait()
        return [issue(bill) for bill in bills[place::THREADS]]

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = [number for found in pool.map(some, range(THREADS)) for number in found]
    assert sorted(map(str, numbers)) == sorted(str(1001 + n) for n in range(len(bills)))
    with db.read() as session:
        assert all(kept == summed for _key, kept, summed in ledger.recompute(session))


@pytest.mark.both_databases
def test_D1_a_change_and_a_payment_at_once_never_both_happen(office: Office) -> None:
    for _turn in range(6):
        bill = issued(office, office.cleo)

        def pay(bill: Bill = bill) -> object:
            with db.transaction() as session:
                found = writing.locked(session, bill)
                if found.total_cents != 10_000:
                    return Conflict("changed")
                found.reserved_cents = 10_000
            return "reserved"

        def change(bill: Bill = bill) -> object:
            wanted = details(office, office.cleo, Asked([Line(9_000)]))
            with db.transaction() as session:
                return change_bill(session, bill, wanted, reason="Typo", by=BEN).version

        paid, version = at_once(pay, change)
        assert (paid == "reserved") != (version == 2)


@pytest.mark.both_databases
def test_D1_a_draft_deleted_while_somebody_issues_it_is_one_or_the_other(office: Office) -> None:
    for _turn in range(6):
        bill = drafted(office, office.cleo)

        def delete(bill: Bill = bill) -> object:
            with db.transaction() as session:
                actions.delete_draft(session, bill, by=BEN)
            return "deleted"

        number, deleted = at_once(lambda bill=bill: issue(bill), delete)
        assert isinstance(number, int) != (deleted == "deleted")


@pytest.mark.both_databases
def test_D1_one_bill_issued_by_two_people_at_once_is_issued_once(office: Office) -> None:
    for turn in range(6):
        bill = drafted(office, office.cleo)
        answers = at_once(lambda bill=bill: issue(bill), lambda bill=bill: issue(bill))
        refused = [answer for answer in answers if isinstance(answer, Refusal)]
        assert [str(one) for one in refused] == [f"Bill {1001 + turn} was issued already."]
        assert transfers() == turn + 1


@pytest.mark.both_databases
def test_D1_one_bill_voided_by_two_people_at_once_is_voided_once(office: Office) -> None:
    for turn in range(6):
        bill = issued(office, office.cleo)
        answers = at_once(lambda bill=bill: void(bill), lambda bill=bill: void(bill))
        refused = [answer for answer in answers if isinstance(answer, Refusal)]
        assert [str(one) for one in refused] == [f"Bill {1001 + turn} was voided already."]
        assert transfers() == 2 * (turn + 1)


@pytest.mark.both_databases
def test_D1_a_void_and_a_payment_at_once_never_both_happen(office: Office) -> None:
    for _turn in range(6):
        bill = issued(office, office.cleo)

        def pay(bill: Bill = bill) -> object:
            try:
                return reserve(bill)
            except Exception as gone:
                return gone

        paid, voided = at_once(pay, lambda bill=bill: void(bill))
        assert (paid == "reserved") != isinstance(voided, int)
        assert (status_of(bill) == BillStatus.VOID) == isinstance(voided, int)
