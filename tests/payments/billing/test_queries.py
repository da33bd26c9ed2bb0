"""What is open in which order, what is owed, and what each reading costs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from payments.billing import actions, queries
from payments.billing.models import Bill, BillShare
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.errors import Missing
from tests.factories.billing import BEN, TODAY, Asked, Client, Line, Office, drafted, issued
from tests.support.statements import statements

DAY = timedelta(days=1)


def opened(client: Client, *, lock: bool = False, **by: Any) -> list[queries.OpenShare]:
    with db.transaction() as session:
        return queries.open_shares(
            session, client_id=client.id, currency="USD", closed=NOTHING_CLOSED, lock=lock, **by
        )


def pay(bill: Bill, cents: int) -> None:
    """So much applied to the first share, as receipts do."""
    with db.transaction() as session:
        session.execute(
            update(Bill).where(Bill.id == bill.id).values(applied_cents=Bill.applied_cents + cents)
        )
        session.execute(
            update(BillShare)
            .where(BillShare.bill_id == bill.id, BillShare.position == 0)
            .values(applied_cents=BillShare.applied_cents + cents)
        )


@pytest.mark.both_databases
def test_S3_open_shares_come_oldest_due_first_then_by_issue_then_number_then_line(
    office: Office,
) -> None:
    asked = [
        Asked(due_on=TODAY + 3 * DAY),
        Asked(due_on=TODAY + DAY),
        Asked([Line(100, 1), Line(200, 0)], due_on=TODAY + DAY),
        Asked(issued_on=TODAY - DAY, due_on=TODAY + DAY),
        Asked(due_on=TODAY),
    ]
    numbers = [issued(office, office.cleo, one).number for one in asked]
    assert numbers == [1001, 1002, 1003, 1004, 1005]
    shares = opened(office.cleo)
    assert [share.number for share in shares] == [1005, 1004, 1002, 1003, 1003, 1001]
    first, second = office.cleo.matters
    assert [share.matter_id for share in shares[3:5]] == [second, first]


@pytest.mark.both_databases
def test_only_what_is_issued_unpaid_unreserved_and_ones_own_is_open(office: Office) -> None:
    drafted(office, office.cleo)
    issued(office, office.sol)
    withdrawn, reserved = issued(office, office.cleo), issued(office, office.cleo)
    with db.transaction() as session:
        actions.void(session, withdrawn, reason="Twice", by=BEN)
        session.execute(update(Bill).where(Bill.id == reserved.id).values(reserved_cents=10_000))
    part = issued(office, office.cleo, Asked([Line(100, 0), Line(200, 1)]))
    pay(part, 100)
    (share,) = opened(office.cleo)
    assert (share.number, share.matter_id) == (part.number, office.cleo.matters[1])
    assert (share.left_cents, share.bill_open_cents) == (200, 200)
    assert (share.bill_total_cents, share.bill_applied_cents, share.total_cents) == (300, 100, 200)


def test_S3_a_matter_has_only_its_own_share(office: Office) -> None:
    issued(office, office.cleo, Asked([Line(100, 0), Line(200, 1)]))
    issued(office, office.cleo, Asked([Line(400, 0)]))
    first, second = office.cleo.matters
    assert [one.total_cents for one in opened(office.cleo, matter_id=first)] == [100, 400]
    assert [one.total_cents for one in opened(office.cleo, matter_id=second)] == [200]
    assert opened(office.cleo, matter_id=office.sol.matters[0]) == []


@pytest.mark.both_databases
def test_what_is_open_takes_one_reading_and_one_more_to_lock(office: Office) -> None:
    for _each in range(4):
        issued(office, office.cleo, Asked([Line(100, 0), Line(200, 1)]))
    for lock, most in ((False, 1), (True, 2)):
        with statements("SELECT") as seen:
            assert len(opened(office.cleo, lock=lock)) == 8
        assert len(seen) == most


@pytest.mark.parametrize("bills", [1, 7])
def test_a_bill_is_read_with_the_same_few_queries_however_long_it_is(
    office: Office, bills: int
) -> None:
    bill = issued(office, office.cleo, Asked([Line(100, n % 2) for n in range(bills)]))
    with statements("SELECT") as seen, db.read() as session:
        found = queries.bill(session, bill.public_id, NOTHING_CLOSED)
        assert [line.matter.name for line in found.lines]
        assert [share.matter.name for share in found.shares]
    assert len(seen) == 4


@pytest.mark.both_databases
def test_what_is_owed_is_the_total_less_what_was_applied_of_issued_bills(office: Office) -> None:
    first, second = office.cleo.matters
    pay(issued(office, office.cleo, Asked([Line(1_000, 0), Line(2_000, 1)])), 400)
    issued(office, office.cleo, Asked([Line(5_000, 0)]))
    drafted(office, office.cleo, Asked([Line(7_000, 0)]))
    with db.read() as session:
        assert queries.standing(session, NOTHING_CLOSED, office.cleo.id) == queries.Standing(
            7_600, 2
        )
        assert queries.standing(session, NOTHING_CLOSED, matter_id=first) == queries.Standing(
            5_600, 2
        )
        assert queries.standing(session, NOTHING_CLOSED, matter_id=second) == queries.Standing(
            2_000, 1
        )
        assert queries.standing(session, NOTHING_CLOSED, office.sol.id) == queries.Standing(0, 0)


def test_a_bill_that_does_not_exist_is_missing(office: Office) -> None:
    with pytest.raises(Missing, match="no such bill"), db.read() as session:
        queries.bill(session, "nothing", NOTHING_CLOSED)
