"""Bills from a file: 100,000 of two lines each, checked and then imported as issued, with what they
owe booked; and how much the process grows meanwhile."""

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import select

from bench.harness.bills import add_debtor
from bench.harness.firm import SANDBOX, BenchFirm, bench_firm
from bench.harness.options import full
from bench.harness.postgres import postgresql
from bench.harness.table import Table

BILLS = 1_000_000 // 2 if full() else 100_000
BEFORE = 10_000  # what the process needs at all, it needs for these
OWNERS = 200
GOAL_S, GOAL_MIB = 60.0, 16.0
HEADINGS = "Invoice number,Matter,Issue date,Due date,Date,Description,Hours,Rate,Total\n"


def rows(matters: Sequence[str], numbers: range) -> Iterator[str]:
    """The lines of a file of such bills."""
    for number in numbers:
        matter = matters[number % len(matters)]
        head = f"{number},{matter},2026-01-05,2026-02-04,2025-12-{1 + number % 28:02d}"
        yield f'{head},"Drafting, and a call",2.5,250.00,645.00\n'
        yield f"{number},{matter},,,2026-01-02,Courier,1,20.00,\n"


def bring(matters: Sequence[str], numbers: range) -> tuple[float, float, float]:
    """Take in a file of these bills, check it, import it; answers the seconds of the check, of the
    import, and of this process for the import. Raises RuntimeError where not all were added."""
    from portal.core import db
    from portal.imports import actions, running
    from portal.imports.kinds import named
    from portal.imports.models import ImportRun

    with io.BytesIO() as file:
        file.write(HEADINGS.encode())
        file.writelines(row.encode() for row in rows(matters, numbers))
        file.seek(0)
        run = actions.take_file(named("bills"), "bills.csv", file, by="bench")
    with db.transaction() as session:
        kept = session.get_one(ImportRun, run.id)
        options = kept.options | {"as": "issued"}
        actions.check(session, kept, kept.matched, options, queued=False)
    began = time.perf_counter()
    running.go_on(run.id)
    checked = time.perf_counter() - began
    with db.transaction() as session:
        actions.start(session, session.get_one(ImportRun, run.id), by="bench", queued=False)
    began, used = time.perf_counter(), time.process_time()
    running.go_on(run.id)
    imported, used = time.perf_counter() - began, time.process_time() - used
    with db.read() as session:
        done = session.get_one(ImportRun, run.id)
    if (done.state, done.added) != ("done", len(numbers)):
        raise RuntimeError(f"{done.state}: {done.added} of {len(numbers)} added; {done.failure}")
    return checked, imported, used


def peak_mib() -> float:
    """The most memory that this process has had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(table: Table, database: str, firm: BenchFirm) -> None:
    """On one kind of database."""
    from app import create_app
    from payments.transactions.checks import all_problems
    from portal.clients.models import Matter
    from portal.core import clock, db

    app = create_app(firm.settings(**SANDBOX))
    owners = [add_debtor(firm, 0).matter_id for _ in range(OWNERS)]
    with db.read() as session:
        matters = session.scalars(select(Matter.number).where(Matter.id.in_(owners))).all()
    with app.app_context(), clock.one_reading():
        bring(matters, range(1_001, 1_001 + BEFORE))
        before = peak_mib()
        checked, imported, used = bring(matters, range(100_001, 100_001 + BILLS))
        grown = peak_mib() - before
        with db.read() as session:
            found = all_problems(session)
    if found:
        raise RuntimeError(f"the books are wrong: {found[:3]}")
    table.note(f"{database}: check, in s", f"{checked:.1f}")
    table.at_most(f"{database}: import of {BILLS:,} bills, in s", imported, GOAL_S, "{:.1f}")
    table.note(f"{database}: of which this process computed, in s", f"{used:.1f}")
    table.at_most(f"{database}: grown beyond {BEFORE:,} bills, in MiB", grown, GOAL_MIB, "{:.1f}")
    db.disconnect()


def main() -> None:
    """Measure and print."""
    table = Table("Import of bills")
    for database, made in (("SQLite", nullcontext(None)), ("PostgreSQL", postgresql())):
        with made as url, bench_firm(url) as firm:
            measure(table, database, firm)
    table.show()


if __name__ == "__main__":
    main()
