"""The demo firm's bills: every state, and the numbers that its payments name."""

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from payments.accounts.demo import make_demo_accounts
from payments.billing import demo, queries
from payments.billing.demo import PAID_BY_CHEQUE, PART_PAID
from payments.billing.models import Bill, BillStatus
from payments.billing.versions import BillVersion
from payments.demo.story import STORY
from payments.ledger import checks
from portal.clients.access import NOTHING_CLOSED
from portal.clients.demo import DemoClients, make_demo_clients
from portal.core import clock, config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.firm.demo import make_demo_firm


@pytest.fixture
def clients(database: Database, settings: Settings) -> DemoClients:
    """Everybody of the demo, without bills."""
    config.use(settings)
    with db.transaction() as session:
        return make_demo_clients(session, make_demo_firm(session))


def bills_of_the_demo(clients: DemoClients) -> list[Bill]:
    with db.transaction() as session:
        account = make_demo_accounts(session).operating
        bills = [demo.issue_demo_bill(session, clients, account, told) for told in demo.ISSUED]
        demo.void_demo_bill(session)
        return bills + demo.finish_demo_bills(session, clients, account)


def test_the_references_of_the_demos_payments_name_the_payers_own_bills(
    clients: DemoClients,
) -> None:
    bills = {bill.number: bill for bill in bills_of_the_demo(clients)}
    referring = [told for told in STORY if told.reference.isdigit()]
    assert len(referring) == 7
    for told in referring:
        bill = bills[int(told.reference)]
        assert bill.client_id == clients.contacts[told.name].id, told
        assert bill.total_cents == told.cents, told


def test_the_demo_has_a_bill_in_every_state_but_paid(clients: DemoClients) -> None:
    bills = bills_of_the_demo(clients)
    assert Counter(bill.status for bill in bills) == {
        BillStatus.DRAFT: 2,
        BillStatus.AWAITING_APPROVAL: 2,
        BillStatus.AWAITING_PAYMENT: 24,
        BillStatus.VOID: 1,
    }
    zone = ZoneInfo("America/Los_Angeles")
    today = clock.wall_time().astimezone(zone).date()
    due = [bill.due_on for bill in bills if bill.status == BillStatus.AWAITING_PAYMENT]
    near = timedelta(days=1)  # the day may end while the test runs
    assert min(day for day in due if day) < today - near
    assert any(day and abs(day - today) <= near for day in due)
    assert max(day for day in due if day) > today + near


def test_the_demos_numbers_have_no_gap_and_rise_with_the_days_of_issue(
    clients: DemoClients,
) -> None:
    issued = [bill for bill in bills_of_the_demo(clients) if bill.number]
    assert [bill.number for bill in issued] == list(range(1025, 1050))
    days = [bill.issued_on for bill in issued if bill.issued_on]
    assert days == sorted(days)
    payable = {bill.number: bill for bill in issued if bill.status == BillStatus.AWAITING_PAYMENT}
    assert {*PAID_BY_CHEQUE, PART_PAID[0]} <= payable.keys()
    assert PART_PAID[1] < payable[PART_PAID[0]].total_cents


def test_the_demo_has_discount_tax_and_a_bill_that_was_changed(clients: DemoClients) -> None:
    bills = bills_of_the_demo(clients)
    assert any(bill.discount_cents for bill in bills)
    assert any(bill.tax_cents for bill in bills)
    with db.read() as session:
        (kept,) = session.scalars(select(BillVersion)).all()
        (changed,) = session.scalars(select(Bill).where(Bill.version == 2)).all()
        assert kept.bill_id == changed.id
        assert changed.status == BillStatus.AWAITING_PAYMENT
        assert changed.total_cents < kept.said["total_cents"]
        assert checks.problems(session) == []


def test_cleo_marsh_owes_on_five_bills_over_two_matters(clients: DemoClients) -> None:
    bills_of_the_demo(clients)
    cleo = clients.contacts["Cleo Marsh"].id
    with db.read() as session:
        shares = queries.open_shares(session, client_id=cleo, currency="USD", closed=NOTHING_CLOSED)
        assert queries.standing(session, NOTHING_CLOSED, cleo).bills == 5
    assert [share.number for share in shares] == [1030, 1032, 1042, 1045, 1045, 1048]
    assert len({share.matter_id for share in shares}) == 2
