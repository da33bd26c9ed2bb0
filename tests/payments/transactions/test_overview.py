"""What payments bring to the Overview: what came in week by week, and what needs work."""

import gzip
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from payments.ledger import actions as ledger
from payments.receipts import actions as receipts
from payments.receipts import recording
from payments.receipts.models import Receipt, ReceiptSource
from payments.transactions import linking
from payments.transactions.linking import Target
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.transactions.weekly import WEEKS, Week, weeks
from portal.clients.access import NOTHING_CLOSED, Closed
from portal.clients.models import Contact, Matter
from portal.core import db
from tests.factories.disputes import disputed
from tests.payments.transactions.conftest import Till
from tests.support.cast import ANA, Cast
from tests.support.days import ZONE, firm_day
from tests.support.page import Page, words
from tests.support.statements import statements
from tests.test_matter_access import restrict

WEEKLY = "/staff/overview/payments-per-week"
BY = "user:tester"
SUNDAY = date(2026, 5, 10)
MONDAY = SUNDAY - timedelta(days=6)


def told(closed: Closed = NOTHING_CLOSED) -> list[Week]:
    with db.read() as session:
        return weeks(session, SUNDAY, ZoneInfo(ZONE), closed)


def paid(till: Till, at: datetime, cents: int, **said: str) -> int:
    payment_id = till.bring_to(Status.COMPLETED, cents=cents, **said)
    made(payment_id, at)
    return payment_id


def made(payment_id: int, at: datetime) -> None:
    """The payment was submitted then."""
    with db.transaction() as session:
        there = Payment.id == payment_id
        session.execute(update(Payment).where(there).values(made_at=at.astimezone(UTC)))


def at_the_firm(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))


@pytest.mark.both_databases
def test_X6_a_week_runs_from_monday_to_sunday_where_the_firm_is(books: Till) -> None:
    before = MONDAY - timedelta(days=1)
    paid(books, at_the_firm(before, 23, 59), 100)  # Monday already in UTC
    paid(books, at_the_firm(MONDAY, 0, 0), 2_000, kind="trust")
    paid(books, at_the_firm(SUNDAY, 23, 59), 30_000)  # and Monday after it
    paid(books, at_the_firm(MONDAY - timedelta(weeks=WEEKS), 23, 59), 444)  # too long ago
    first, *between, last, this = told()
    assert (this.first, this.last) == (MONDAY, SUNDAY)
    assert first.first == MONDAY - timedelta(weeks=WEEKS - 1)
    assert (last.operating_cents, last.trust_cents, last.online) == (100, 0, 1)
    assert (this.operating_cents, this.trust_cents, this.online) == (30_000, 2_000, 2)
    assert sum(week.cents for week in (first, *between)) == 0


def test_X6_weeks_keep_to_the_firms_clock_when_it_is_put_back(books: Till) -> None:
    """On the first Sunday of November, a day of 25 hours."""
    sunday = date(2026, 11, 1)
    paid(books, at_the_firm(sunday, 23, 30), 100)
    paid(books, at_the_firm(sunday + timedelta(days=1), 0, 30), 2_000)
    with db.read() as session:
        *_others, last, this = weeks(session, date(2026, 11, 2), ZoneInfo(ZONE), NOTHING_CLOSED)
    assert (last.cents, this.cents) == (100, 2_000)


def test_X6_only_money_that_came_and_stayed_is_added_up(till: Till) -> None:
    noon = at_the_firm(MONDAY)
    for status in set(Status) - {Status.COMPLETED}:
        made(till.bring_to(status, cents=777), noon)
    paid(till, noon, 1_000)
    taken_back = paid(till, noon, 20_000)
    disputed(till, taken_back)
    assert told()[-1].cents == 1_000


def cash(till: Till, client: Contact, cents: int, *, kind: str, matter: Matter | None) -> Receipt:
    """Cash that the firm records as received on the Monday of the tests."""
    account, matter_id = till.accounts[kind], matter.id if matter else None
    money = recording.Recorded(ReceiptSource.CASH, client.id, matter_id, account, cents, MONDAY)
    with db.transaction() as session:
        return recording.record(session, money, apply=False, expected=None, by=BY)


def test_X6_checks_and_cash_count_on_the_day_they_came_and_no_longer_when_undone(
    till: Till, cleo: Contact, lease: Matter
) -> None:
    cash(till, cleo, 100, kind="operating", matter=None)
    kept = cash(till, cleo, 2_000, kind="trust", matter=lease)
    this = told()[-1]
    assert (this.operating_cents, this.trust_cents) == (100, 2_000)
    assert (this.online, this.recorded) == (0, 2)
    with db.transaction() as session:
        receipt = session.get_one(Receipt, kept.id)
        ledger.transfer_all(session, receipts.take_back(session, receipt, reason="Typo", by=BY))
    this = told()[-1]
    assert (this.cents, this.recorded) == (100, 1)


def test_X6_a_payment_counts_once_also_when_it_is_linked(
    till: Till, cleo: Contact, lease: Matter
) -> None:
    payment_id = paid(till, at_the_firm(MONDAY), 1_000)
    link(till, payment_id, cleo, lease)
    assert (told()[-1].cents, told()[-1].online, told()[-1].recorded) == (1_000, 1, 0)


def link(till: Till, payment_id: int, client: Contact, matter: Matter) -> None:
    to = Target(client, matter)
    with db.transaction() as session:
        linked = till.payment(payment_id).public_id
        linking.link(session, linked, to, apply=False, expected=None, by=BY)


def test_N8_money_of_a_closed_matter_is_not_added_up(
    cast: Cast, till: Till, cleo: Contact, lease: Matter
) -> None:
    noon = at_the_firm(firm_day())
    paid(till, noon, 100)
    link(till, paid(till, noon, 2_000), cleo, lease)
    with db.transaction() as session:
        account, day = till.accounts["operating"], firm_day() - timedelta(days=1)
        money = recording.Recorded(ReceiptSource.CASH, cleo.id, lease.id, account, 30_000, day)
        recording.record(session, money, apply=False, expected=None, by=BY)
    restrict(lease, ANA)
    for inside in (cast.ana, cast.ada):
        assert "$321.00 in the last 12 weeks" in inside.get(WEEKLY)
    outside = cast.ben.get(WEEKLY)
    assert "$1.00 in the last 12 weeks" in outside
    assert "321" not in outside


def test_X6_the_table_leads_to_the_online_payments_that_it_counts(cast: Cast, till: Till) -> None:
    monday = firm_day() - timedelta(days=firm_day().weekday())
    paid(till, at_the_firm(monday, 0, 1), 100_000)
    for day in (monday - timedelta(days=1), monday - timedelta(days=7)):
        paid(till, at_the_firm(day), 25_050, kind="trust")
    page = cast.ben.get(WEEKLY)
    assert "$1,501.00 in the last 12 weeks $1,000.00 operating, $501.00 trust" in page
    rows = page.select("table tbody tr")
    assert len(rows) == WEEKS
    told = [words(row.get_text(" ")) for row in rows[:3]]
    assert "$1,000.00 $0.00 1 online" in told[0]
    assert "$0.00 $501.00 2 online" in told[1]
    assert told[2].endswith("$0.00 $0.00 –")
    for row, count in zip(rows, (1, 2), strict=False):
        listed = cast.ben.get(str(row.select("a")[0]["href"]))
        assert len(listed.select("#transactions-table tbody tr")) == count


def test_X6_the_chart_of_weeks_has_a_round_scale_and_a_block_for_each_kind_of_account(
    cast: Cast, till: Till
) -> None:
    noon = at_the_firm(firm_day())
    paid(till, noon, 130_000)
    paid(till, noon, 50_000, kind="trust")
    part = cast.ana.ask("GET", WEEKLY, htmx=True)
    assert not part.is_whole
    assert part.texts("svg line + text") == ["$0", "$500", "$1K", "$1.5K", "$2K"]
    assert [one.split(": ")[1] for one in part.texts("svg rect title")] == [
        "$1,300.00 operating",
        "$500.00 trust",
    ]
    assert part.texts(".chart-legend li") == ["Operating accounts", "Trust accounts"]
    assert not part.select("[style]")


def test_X6_twelve_full_weeks_are_a_light_answer(cast: Cast, till: Till) -> None:
    for back in range(WEEKS):
        day = at_the_firm(firm_day() - timedelta(weeks=back))
        paid(till, day, 1_234_567 + 98_765 * back)
        paid(till, day, 765_432 - 1_234 * back, kind="trust")
    part = cast.ana.ask("GET", WEEKLY, htmx=True)
    assert len(part.select("svg rect title")) == 2 * WEEKS
    assert len(gzip.compress(part.response.get_data())) <= 6 * 1024


def test_X6_without_payments_the_panel_says_how_they_come(cast: Cast, till: Till) -> None:
    page = cast.ana.get(WEEKLY)
    assert "No payments in the last 12 weeks" in page
    assert page.link("New charge").endswith("/online-payments/new-charge")


def work(page: Page) -> list[str]:
    return page.texts(".work-link")


def test_X6_what_needs_work_leads_to_just_what_was_counted(cast: Cast, till: Till) -> None:
    for _payment in range(2):
        till.bring_to(Status.COMPLETED)
    week_ago = at_the_firm(firm_day() - timedelta(days=7))
    made(till.bring_to(Status.FAILED), week_ago)
    made(till.bring_to(Status.FAILED), week_ago + timedelta(days=1))
    page = cast.ana.get("/staff/")
    assert work(page) == ["Link payments (2)", "Look at failed payments (1)"]
    for label, count in (("Link payments (2)", 2), ("Look at failed payments (1)", 1)):
        assert len(cast.ana.get(page.link(label)).select("#transactions-table tbody tr")) == count


def test_X6_a_dispute_to_answer_comes_before_what_can_wait(cast: Cast, till: Till) -> None:
    till.bring_to(Status.COMPLETED)
    disputed(till, till.bring_to(Status.COMPLETED))
    page = cast.ana.get("/staff/")
    kinds = [label.split(" (")[0] for label in work(page)]
    assert kinds == ["See to alerts", "Answer disputes", "Link payments"]
    assert page.texts(".is-urgent .work-link") == ["Answer disputes (1)"]
    # Ben of billing may look at the alert, and can neither answer nor link.
    assert [label.split(" (")[0] for label in work(cast.ben.get("/staff/"))] == ["See to alerts"]


def test_N8_work_on_a_closed_matter_waits_for_those_inside_alone(
    cast: Cast, till: Till, cleo: Contact, lease: Matter
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    link(till, payment_id, cleo, lease)
    disputed(till, payment_id)
    assert "Answer disputes (1)" in work(cast.ana.get("/staff/"))
    restrict(lease)
    assert "Answer disputes" not in cast.ana.get("/staff/")


def test_X6_many_payments_cost_the_overview_as_many_queries_as_one(cast: Cast, till: Till) -> None:
    def queries(address: str) -> int:
        with statements() as asked:
            cast.ana.get(address)
        return len(asked)

    till.bring_to(Status.COMPLETED)
    addresses = ("/staff/", WEEKLY, "/staff/overview/receivables")
    cast.ana.get("/staff/")
    with_one = [queries(address) for address in addresses]
    for number in range(30):
        till.bring_to(Status.COMPLETED, name=f"Payer {number:02}")
        till.bring_to(Status.FAILED)
    assert [queries(address) for address in addresses] == with_one
