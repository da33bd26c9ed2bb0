"""The list of bills: pages by keyset, sums that are bounded, and filters that an index serves."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from payments.billing import listing
from payments.billing.fitting import CLIENTS_MAX, Sort, Wanted
from payments.billing.models import Bill, BillStatus
from portal.clients.access import NOT_FOR_ALL, NOTHING_CLOSED
from portal.clients.models import Matter
from portal.core import clock, db
from tests.factories.billing import BEN, TODAY, Asked, Client, Line, Office, issued, make_client
from tests.support.statements import plans, statements

PAGE = listing.PAGE_ROWS


def add_many(office: Office, client: Client, count: int, *, first_number: int) -> None:
    """So many unpaid bills of one client past the actions, several of them due on the same day."""
    rows = [
        {
            "public_id": f"many{first_number + n}",
            "number": first_number + n,
            "client_id": client.id,
            "bank_account_id": office.accounts.operating.id,
            "status": BillStatus.AWAITING_PAYMENT,
            "currency": "USD",
            "issued_on": TODAY,
            "due_on": TODAY.replace(day=TODAY.day + (n * 7) % 20),
            "subtotal_cents": 100,
            "total_cents": 100,
            "made_at": clock.now(),
            "made_by": BEN,
        }
        for n in range(count)
    ]
    with db.transaction() as session:
        session.execute(insert(Bill), rows)


def pages(wanted: Wanted) -> Iterator[list[int]]:
    """The numbers on each page from the first to the last, then back again to the first."""
    before: int | None = None
    while True:
        with db.read() as session:
            page = listing.find(session, wanted, NOTHING_CLOSED, before=before).page
        yield [row.number for row in page.rows]
        if page.older_than is None:
            break
        before = page.older_than
    while page.newer_than is not None:
        with db.read() as session:
            page = listing.find(session, wanted, NOTHING_CLOSED, after=page.newer_than).page
        yield [row.number for row in page.rows]


@pytest.mark.both_databases
@pytest.mark.parametrize("sort", [None, *Sort])
@pytest.mark.parametrize("status", [None, BillStatus.AWAITING_PAYMENT])
def test_pages_hold_every_bill_once_forth_and_back(
    status: BillStatus | None, sort: Sort | None, office: Office
) -> None:
    add_many(office, office.cleo, 2 * PAGE + 20, first_number=1001)
    if sort is not None and status is None:
        with db.transaction() as session:  # of two states: a page is merged from theirs
            paid = "UPDATE bill SET status = 'paid', applied_cents = total_cents WHERE id % 3 = 0"
            session.execute(text(paid))
    seen = list(pages(Wanted(status=status, sort=sort)))
    forth, back = seen[:3], [*seen[3:]][::-1]
    assert [len(page) for page in forth] == [PAGE, PAGE, 20]
    assert back == forth[:2]
    every = [number for page in forth for number in page]
    assert sorted(every) == list(range(1001, 1001 + 2 * PAGE + 20))
    if status is None and sort in (None, Sort.NUMBER_DOWN):
        assert every == sorted(every, reverse=True)
    if sort in (Sort.DUE, Sort.DUE_DOWN):
        with db.read() as session:
            rows = session.execute(select(Bill.due_on, Bill.id, Bill.number)).all()
        by_due = [row.number for row in sorted(rows, reverse=sort == Sort.DUE_DOWN)]
        assert every == by_due


def test_the_unpaid_come_oldest_due_first_and_the_paid_latest_due_first(office: Office) -> None:
    add_many(office, office.cleo, 8, first_number=1001)
    with db.read() as session:
        rows = listing.find(
            session, Wanted(status=BillStatus.AWAITING_PAYMENT), NOTHING_CLOSED
        ).page.rows
        due = [(row.due_on, row.id) for row in rows]
    assert due == sorted(due)
    with db.transaction() as session:
        session.execute(text("UPDATE bill SET applied_cents = total_cents, status = 'paid'"))
        rows = listing.find(session, Wanted(status=BillStatus.PAID), NOTHING_CLOSED).page.rows
        assert [(row.due_on, row.id) for row in rows] == due[::-1]


def test_more_than_a_thousand_bills_are_neither_counted_nor_added_up(office: Office) -> None:
    add_many(office, office.cleo, 1_000, first_number=1001)
    with db.read() as session:
        sums = listing.find(session, Wanted(), NOTHING_CLOSED).sums
        assert (sums.bills, sums.total_cents, sums.uncounted) == (1_000, 100_000, False)
    add_many(office, office.cleo, 500, first_number=5001)
    with db.read() as session:
        assert listing.find(session, Wanted(), NOTHING_CLOSED).sums.uncounted


def test_a_name_that_very_many_share_says_that_only_some_are_shown(office: Office) -> None:
    with db.transaction() as session:
        for number in range(CLIENTS_MAX + 1):
            make_client(session, f"Smith {number}", matters=0)
    with db.read() as session:
        assert listing.find(session, Wanted(typed="smith"), NOTHING_CLOSED).more_clients
        assert not listing.find(session, Wanted(typed="smith 3"), NOTHING_CLOSED).more_clients


FILTERS = {
    "all": {},
    "one state": {"status": BillStatus.AWAITING_PAYMENT},
    "another state": {"status": BillStatus.VOID},
    "a number": {"typed": "1001"},
    "a client by name": {"typed": "cleo"},
    "a client by name, one state": {"typed": "cleo", "status": BillStatus.PAID},
    "due between": {"due_from": TODAY, "due_to": TODAY.replace(day=TODAY.day + 9)},
    "due between, one state": {"due_from": TODAY, "status": BillStatus.AWAITING_PAYMENT},
    "in order of number": {"sort": Sort.NUMBER},
    "from the last number": {"sort": Sort.NUMBER_DOWN},
    "in order of due date": {"sort": Sort.DUE},
    "from the last due date": {"sort": Sort.DUE_DOWN},
    "one state from the last due date": {
        "sort": Sort.DUE_DOWN,
        "status": BillStatus.AWAITING_PAYMENT,
    },
    "a client, sorted": {"client": True, "sort": Sort.DUE},
    "a matter by name": {"typed": "matter"},
    "a client": {"client": True},
    "a matter": {"matter": True},
}


def asked(office: Office, how: dict[str, Any]) -> Wanted:
    return Wanted(
        status=how.get("status"),
        typed=how.get("typed", ""),
        due_from=how.get("due_from"),
        due_to=how.get("due_to"),
        sort=how.get("sort"),
        client_id=office.cleo.id if "client" in how else None,
        matter_id=office.cleo.matters[0] if "matter" in how else None,
    )


def test_every_filter_takes_the_same_few_queries_however_many_bills(office: Office) -> None:
    counts: list[list[int]] = []
    for first in (1001, 2001):
        add_many(office, office.cleo, 30, first_number=first)
        counts.append([])
        for how in FILTERS.values():
            with statements("SELECT") as seen, db.read() as session:
                listing.find(session, asked(office, how), NOTHING_CLOSED)
            counts[-1].append(len(seen))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 8  # a name is looked for among clients, then among matters


def a_firm_of_years(office: Office) -> None:
    """Three thousand bills of sixty clients, nine in ten of them paid."""
    with db.transaction() as session:
        others = [make_client(session, f"Client {n}", matters=0) for n in range(59)]
    for place, client in enumerate([office.cleo, *others]):
        add_many(office, client, 50, first_number=10_000 + place * 100)
    with db.transaction() as session:
        paid = "UPDATE bill SET status = 'paid', applied_cents = total_cents WHERE id % 10 > 0"
        session.execute(text(paid))


@pytest.mark.parametrize("database_kind", ["sqlite"], scope="session")  # it reads SQLite's plans
@pytest.mark.parametrize("analyzed", [False, True])
def test_every_filter_of_the_list_is_served_by_an_index(analyzed: bool, office: Office) -> None:
    issued(office, office.cleo)
    a_firm_of_years(office)
    if analyzed:
        with db.transaction() as session:
            session.execute(text("ANALYZE"))
    for name, how in FILTERS.items():
        with statements("SELECT") as seen, db.read() as session:
            listing.find(session, asked(office, how), NOTHING_CLOSED, before=1_500)
        for (statement, _parameters), plan in zip(seen, plans(seen), strict=True):
            steps = plan.splitlines()
            assert read_by_index(name, statement, steps), (name, statement, steps)


def read_by_index(name: str, statement: str, steps: list[str]) -> bool:
    """Only the first thousand of all are counted without one; only a client's own are sorted, and
    where a page is merged from one of each status, those of the page."""
    counts_all = ("all" in name or "order" in name or "last" in name) and "count(" in statement
    scans = [step for step in steps if step == "SCAN bill"]
    of_few = any(word in name for word in ("client", "matter"))
    sorts = [step for step in steps if "TEMP B-TREE" in step]
    merged = [step for step in steps if "UNION ALL" in step and "ix_bill_status" in str(steps)]
    if merged and not scans:
        return len(sorts) <= 1
    walks = [step for step in steps if "ix_bill_status" in step]
    return not (scans and not counts_all) and not (walks if of_few else sorts)


def test_N8_a_closed_bill_is_no_place_in_the_list(office: Office) -> None:
    """The place after it would tell whoever may not see it when it is due."""
    first, hidden, last = (
        issued(office, office.cleo, Asked([Line(100, matter)], due_on=TODAY + timedelta(days)))
        for days, matter in ((1, 0), (2, 1), (3, 0))
    )
    with db.transaction() as session:
        session.get_one(Matter, office.cleo.matters[1]).restricted = True
    wanted = Wanted(status=BillStatus.AWAITING_PAYMENT)
    with db.read() as session:
        page = listing.find(session, wanted, NOT_FOR_ALL, before=hidden.id).page
        assert [row.id for row in page.rows] == [first.id, last.id]
        page = listing.find(session, wanted, NOTHING_CLOSED, before=hidden.id).page
        assert [row.id for row in page.rows] == [last.id]
