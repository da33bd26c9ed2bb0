"""The list of bills: 1,000,000 beside 10,000, each filter and order, first and last page."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import Select, select

from bench.harness.bills import FIRST_PAID, add_bills, add_debtor
from bench.harness.firm import STRIPE, bench_firm
from bench.harness.postgres import postgresql
from bench.harness.rounds import least_seconds
from bench.harness.table import Table
from payments.billing.fitting import Sort, Wanted
from payments.billing.listing import find
from payments.billing.models import Bill, BillStatus
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact, Matter
from portal.core.db import Database

ROUNDS = 31
GOAL = 1.2
FEW, MANY = 10_000, 1_000_000
OWNERS = 5
FROM_THE_END = 20

LISTS = {
    "all": Wanted(),
    "by number": Wanted(sort=Sort.NUMBER),
    "from the last number": Wanted(sort=Sort.NUMBER_DOWN),
    "by due date": Wanted(sort=Sort.DUE),
    "from the last due date": Wanted(sort=Sort.DUE_DOWN),
    "due in three months": Wanted(due_from=date(2023, 4, 1), due_to=date(2023, 6, 30)),
    "overdue": Wanted(status=BillStatus.AWAITING_PAYMENT, due_to=date(2025, 1, 1)),
    **{status.value: Wanted(status=status) for status in BillStatus},
}


@dataclass(frozen=True)
class Filled:
    """A firm with many bills, the lists to ask of it, and ids near the end of each."""

    database: Database
    lists: dict[str, Wanted]
    ends: dict[str, int]


def _filled(stack: ExitStack, url: str | None, bills: int) -> Filled:
    from app import create_app

    firm = stack.enter_context(bench_firm(url))
    create_app(firm.settings(**STRIPE))
    owners = [add_debtor(firm, 0) for _ in range(OWNERS)]
    database = Database(firm.environ["DATABASE_URL"])
    stack.callback(database.dispose)
    add_bills(database.engine, firm, owners, bills)
    with database.read() as session:
        first = session.get_one(Contact, owners[0].client_id)
        matter = session.get_one(Matter, owners[1].matter_id)
        found = {
            "a number": Wanted(typed=str(FIRST_PAID + 5_000)),
            "a client by name": Wanted(typed=first.name),
            "a matter by number": Wanted(typed=matter.number),
            "a client's tab": Wanted(client_id=first.id),
            "a matter's tab": Wanted(matter_id=matter.id),
        }
        statements = {name: _end(wanted) for name, wanted in LISTS.items()}
        ends = {name: session.execute(one).scalar_one() for name, one in statements.items()}
    return Filled(database, {**LISTS, **found}, ends)


def _end(wanted: Wanted) -> Select[int]:
    """The id of a bill on the last page. Numbers here are ids."""
    by_due = wanted.status or wanted.due_from or wanted.sort in {Sort.DUE, Sort.DUE_DOWN}
    unsorted_up = wanted.sort is None and wanted.status == BillStatus.AWAITING_PAYMENT
    up = wanted.sort in {Sort.NUMBER, Sort.DUE} or unsorted_up
    columns = [Bill.due_on, Bill.id] if by_due else [Bill.id]
    statement = select(Bill.id)
    if wanted.status:
        statement = statement.where(Bill.status == wanted.status)
    if wanted.due_from:
        statement = statement.where(Bill.due_on >= wanted.due_from)
    if wanted.due_to:
        statement = statement.where(Bill.due_on <= wanted.due_to)
    if wanted.sort in {Sort.NUMBER, Sort.NUMBER_DOWN}:
        statement = statement.where(Bill.number.is_not(None))
    backwards = [one.desc() if up else one.asc() for one in columns]
    return statement.order_by(*backwards).offset(FROM_THE_END).limit(1)


def _seconds(filled: Filled, name: str, before: int | None) -> float:
    began = time.perf_counter()
    with filled.database.read() as session:
        found = find(session, filled.lists[name], NOTHING_CLOSED, before=before)
    seconds = time.perf_counter() - began
    if not found.page.rows:
        raise RuntimeError(f"{name} found nothing")
    return seconds


def measure(table: Table, database: str, small: Filled, large: Filled) -> None:
    """Every list on both, in turn."""
    for name in small.lists:
        for page in ("first page", "last page") if name in small.ends else ("first page",):
            last = page == "last page"
            contenders = {
                "few": partial(_seconds, small, name, small.ends[name] if last else None),
                "many": partial(_seconds, large, name, large.ends[name] if last else None),
            }
            for once in contenders.values():
                once()
            found = least_seconds(contenders, ROUNDS)
            times = f"{found['few'] * 1e3:.1f} and {found['many'] * 1e3:.1f} ms"
            what = f"{database}, {name}, {page} ({times})"
            table.at_most(what, found["many"] / found["few"], GOAL)


def main() -> None:
    """Measure and print."""
    table = Table(f"List of bills ({MANY:,} bills beside {FEW:,})")
    with ExitStack() as stack:
        measure(table, "SQLite", _filled(stack, None, FEW), _filled(stack, None, MANY))
    with ExitStack() as stack:
        urls = [stack.enter_context(postgresql()) for _ in range(2)]
        small, large = (_filled(stack, url, n) for url, n in zip(urls, (FEW, MANY), strict=True))
        measure(table, "PostgreSQL", small, large)
    table.show()


if __name__ == "__main__":
    main()
