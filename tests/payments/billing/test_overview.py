"""What bills bring to the Overview: receivables by age, and what waits for an approval."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from payments.billing import actions, trust_actions
from payments.billing.ageing import Band, ageing
from payments.billing.applying import Applied, move_applied
from payments.billing.models import Bill
from portal.clients.access import NOTHING_CLOSED, Closed
from portal.clients.models import Matter
from portal.core import db
from portal.core.db import Database
from tests.factories.billing import BEN, TODAY, Asked, Line, Office, drafted, issued
from tests.factories.trust_requests import drafted_request, now_wanted
from tests.payments.billing.desk import now_asked, stored
from tests.payments.billing.test_listing import a_firm_of_years
from tests.support.cast import ANA, Cast
from tests.support.days import firm_day
from tests.support.page import Page, words
from tests.support.statements import plans, statements
from tests.test_matter_access import restrict

RECEIVABLES = "/staff/overview/receivables"


def aged(today: date = TODAY, closed: Closed = NOTHING_CLOSED) -> Sequence[Band]:
    with db.read() as session:
        return ageing(session, today, closed)


def pay(bill: Bill, cents: int, *, reserve: int = 0) -> None:
    with db.transaction() as session:
        if cents:
            move_applied(session, [Applied(bill.id, stored(bill).shares[0].id, cents)])
        session.execute(update(Bill).where(Bill.id == bill.id).values(reserved_cents=reserve))


def due(office: Office, days_ago: int, cents: int = 100) -> Bill:
    """A bill that has been due for so many days on TODAY."""
    day = TODAY - timedelta(days=days_ago)
    return issued(office, office.cleo, Asked([Line(cents)], min(day, TODAY), day))


@pytest.mark.both_databases
def test_X6_a_bill_is_as_old_as_the_days_since_it_was_due(office: Office) -> None:
    for place, days in enumerate((-400, 0, 1, 30, 31, 60, 61, 90, 91, 900)):
        due(office, days, cents=2**place)
    told = [(band.bills, band.cents) for band in aged()]
    assert told == [(2, 0b11), (2, 0b1100), (2, 0b110000), (2, 0b11000000), (2, 0b1100000000)]


def test_X6_only_what_is_not_paid_yet_is_owed(office: Office) -> None:
    part, whole, void, under_way = (due(office, 1, cents=1_000) for _bill in range(4))
    drafted(office, office.cleo)
    pay(part, 400)
    pay(whole, 1_000)
    pay(under_way, 0, reserve=1_000)
    with db.transaction() as session:
        actions.void(session, void, reason="Twice", by=BEN)
    assert [(band.bills, band.cents) for band in aged()] == [(0, 0), (2, 1_600), *[(0, 0)] * 3]


@pytest.mark.parametrize("bills", [1, 1_500])
def test_X6_receivables_cost_one_query_that_looks_at_no_bill(
    bills: int, office: Office, database: Database
) -> None:
    issued(office, office.cleo)
    if bills > 1:
        a_firm_of_years(office)
    with statements("SELECT") as seen:
        aged()
    (plan,) = plans(seen)
    if database.is_sqlite:
        searches = [step for step in plan.splitlines() if "bill" in step]
        assert len(searches) == 5
        assert all("USING COVERING INDEX ix_bill_owed" in step for step in searches), searches


def test_X6_the_table_leads_to_just_the_bills_that_it_counts(cast: Cast, desk: Office) -> None:
    today = firm_day()
    for days, cents in ((-5, 1_000), (0, 2_000), (3, 4_000), (45, 8_000), (200, 16_000)):
        day = today - timedelta(days=days)
        issued(desk, desk.cleo, Asked([Line(cents)], min(day, today), day))
    page = cast.ben.get(RECEIVABLES)
    assert "$310.00 owed on 5 bills $280.00 of it overdue" in page
    rows = page.select("table tbody tr")
    assert [words(row.get_text(" ")) for row in rows] == [
        "Not due yet 2 $30.00",
        "1–30 days overdue 1 $40.00",
        "31–60 days overdue 1 $80.00",
        "61–90 days overdue 0 $0.00",
        "Over 90 days overdue 1 $160.00",
    ]
    for row in rows:
        bills = cast.ben.get(str(row.select("a")[0]["href"]))
        name, count, owed = row.get_text(" ").rsplit(maxsplit=2)
        shown = len(bills.select("#bills-table tbody tr"))
        assert shown == int(count), name
        assert not shown or f"{owed} unpaid" in bills


def test_X6_the_chart_tells_the_same_as_its_table_to_whom_cannot_see_it(
    cast: Cast, desk: Office
) -> None:
    issued(desk, desk.cleo, now_asked(Line(12_345)))
    part = cast.ana.ask("GET", RECEIVABLES, htmx=True)
    assert not part.is_whole
    chart = part.one("svg[role=img]")
    ids = str(chart["aria-labelledby"]).split()
    title, told = (words(part.one(f"#{name}").get_text()) for name in ids)
    assert title == "Receivables by age"
    assert told.startswith("Not due yet: $123.45. 1–30 days overdue: $0.00.")
    assert not part.select("[style]")
    assert not part.select("details[open]")
    assert cast.ana.get(RECEIVABLES).select("details[open]")


def test_X6_where_nothing_is_owed_the_panel_says_what_will_stand_there(
    cast: Cast, desk: Office
) -> None:
    page = cast.ben.get(RECEIVABLES)
    assert "Nobody owes anything" in page
    assert page.link("New bill").endswith("/staff/bills/new")
    assert not cast.ana.get(RECEIVABLES).select("main .button")


def test_N8_bills_of_a_closed_matter_are_neither_counted_nor_added_up(
    cast: Cast, desk: Office
) -> None:
    for lines in ([Line(1_000, 0)], [Line(20_000, 1)], [Line(300, 0), Line(4_000, 1)]):
        issued(desk, desk.cleo, now_asked(*lines))
    restrict(second_matter(desk), ANA)
    for inside in (cast.ana, cast.ada):
        assert "$253.00 owed on 3 bills" in inside.get(RECEIVABLES)
    outside = cast.ben.get(RECEIVABLES)
    assert "$10.00 owed on 1 bill" in outside
    assert "253" not in outside


def second_matter(desk: Office) -> Matter:
    with db.read() as session:
        return session.get_one(Matter, desk.cleo.matters[1])


def work(page: Page) -> list[str]:
    return page.texts(".work-link")


def test_X6_bills_and_requests_to_approve_stand_before_who_may_approve_them(
    cast: Cast, desk: Office
) -> None:
    for lines in ([Line(1_000)], [Line(2_000, 1)]):
        bill = drafted(desk, desk.cleo, now_asked(*lines))
        with db.transaction() as session:
            actions.submit_for_approval(session, bill, by="user:somebody")
    for matter in (0, 1, 1):
        asked = drafted_request(desk, desk.cleo, now_wanted(matter=matter))
        with db.transaction() as session:
            trust_actions.submit_for_approval(session, asked, by="user:somebody")
    page = cast.ben.get("/staff/")
    assert work(page) == ["Approve bills (2)", "Approve trust requests (3)"]
    for label, table, count in (
        ("Approve bills (2)", "#bills-table", 2),
        ("Approve trust requests (3)", "#trust-requests-table", 3),
    ):
        assert len(cast.ben.get(page.link(label)).select(f"{table} tbody tr")) == count
    assert work(cast.ana.get("/staff/")) == []
    restrict(second_matter(desk))
    assert work(cast.ben.get("/staff/")) == ["Approve bills (1)", "Approve trust requests (1)"]
