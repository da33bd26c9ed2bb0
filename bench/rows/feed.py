"""A portal's messages among many beside the same among few: the newest page, one in the middle,
what came since, and the question whether anything did; and reading 500 unread messages.

1,000,000 and 10,000 messages in a hundred portals by default, 10,000,000 and 10,000 with `--full`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from bench.harness.bulk import fill, stored
from bench.harness.firm import bench_firm
from bench.harness.options import full
from bench.harness.postgres import postgresql
from bench.harness.rounds import least_seconds
from bench.harness.table import Table
from portal.access.models import ClientPortal
from portal.core import clock
from portal.core.db import Database
from portal.feed.actions import mark_read
from portal.feed.models import Feed, FeedEvent, ReadMark
from portal.feed.people import Person
from portal.feed.queries import unread
from portal.messages import queries, timeline
from portal.messages.models import Message
from portal.messages.timeline import View

ROUNDS = 31
GOAL = 1.2
FEW, MANY, MOST = 10_000, 1_000_000, 10_000_000
PORTALS = 100
READ_EVERY = 25
UNREAD = 500
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
SENDER, READER = 1, 1  # a user of the firm, and a client whom no foreign key asks for
EVENT = ("matter_id", "position", "kind", "at", "user_id", "contact_id", "subject_kind")
EVENT += ("subject_id", "name", "up_to")
MESSAGE = ("public_id", "matter_id", "position", "user_id", "text", "nonce", "sent_at")


@dataclass(frozen=True)
class Filled:
    """A hundred portals, and the last position in one of them."""

    database: Database
    matter_id: int
    last: int

    @property
    def staff(self) -> View:
        """The portal as its firm looks at it, with who has seen what."""
        return View(self.matter_id, Person(2, None, "user:two", "Two"), ZoneInfo("UTC"))


def _places(messages: int) -> Iterator[tuple[int, int, bool]]:
    """Matter, position, and whether somebody read there; in the order in which they came."""
    each = messages // PORTALS
    for number in range(1, each + each // READ_EVERY + 1):
        for matter_id in range(1, PORTALS + 1):
            yield matter_id, number, number % (READ_EVERY + 1) == 0


def _event(matter_id: int, position: int, read: bool) -> tuple[object, ...]:
    at = stored(BEGAN + timedelta(minutes=position))
    if read:
        return matter_id, position, "read", at, None, READER, "", "", "", position - 1
    return matter_id, position, "message", at, SENDER, None, "message", "", "", None


def _message(matter_id: int, position: int) -> tuple[object, ...]:
    name, at = f"m{matter_id}-{position}", stored(BEGAN + timedelta(minutes=position))
    return name, matter_id, position, SENDER, "The lease is ready. " * 6, name, at


def _filled(stack: ExitStack, url: str | None, messages: int) -> Filled:
    firm = stack.enter_context(bench_firm(url))
    url = firm.environ["DATABASE_URL"]
    engine = create_engine(url)
    each = messages // PORTALS
    last = each + each // READ_EVERY
    now, matters = stored(BEGAN), range(1, PORTALS + 1)
    columns = ("matter_id", "last_position", "last_message", "changed_at")
    fill(engine, Feed.__table__, columns, ((one, last, last, now) for one in matters))
    columns = ("matter_id", "opened_at", "opened_by_id")
    fill(engine, ClientPortal.__table__, columns, ((one, now, SENDER) for one in matters))
    fill(engine, FeedEvent.__table__, EVENT, (_event(*place) for place in _places(messages)))
    written = (_message(one, place) for one, place, read in _places(messages) if not read)
    fill(engine, Message.__table__, MESSAGE, written)
    marks = ((one, None, READER, last) for one in matters)
    fill(engine, ReadMark.__table__, ("matter_id", "user_id", "contact_id", "up_to"), marks)
    engine.dispose()
    database = Database(url)
    stack.callback(database.dispose)
    return Filled(database, PORTALS // 2, last)


def _asked(filled: Filled, ask: Callable[[Session, Filled], object]) -> float:
    began = time.perf_counter()
    with filled.database.read() as session:
        ask(session, filled)
    return time.perf_counter() - began


QUESTIONS: dict[str, Callable[[Session, Filled], object]] = {
    "newest page": lambda session, one: timeline.newest(session, one.staff, one.last),
    "middle page": lambda session, one: timeline.earlier(session, one.staff, one.last // 2),
    "five new ones": lambda session, one: timeline.since(
        session, one.staff, one.last - 5, one.last
    ),
    "anything new?": lambda session, one: queries.last_position(session, one.matter_id),
    "unread of a client": lambda session, one: unread(
        session, Person(None, READER, "contact:one", "One"), [one.matter_id]
    ),
}


def measure(table: Table, name: str, few: Filled, many: Filled) -> None:
    """Every question on one kind of database, and the writes of one reading."""
    for question, ask in QUESTIONS.items():
        asking = {"few": partial(_asked, few, ask), "many": partial(_asked, many, ask)}
        for once in asking.values():
            once()
        found = least_seconds(asking, ROUNDS)
        told = f"{found['few'] * 1_000:.2f} and {found['many'] * 1_000:.2f} ms"
        table.note(f"{name}, {question}, few and many", told)
        table.at_most(f"{name}, {question}: many of few", found["many"] / found["few"], GOAL)
    table.note(f"{name}, writes to read {UNREAD} unread messages", _writes(many))


def _writes(filled: Filled) -> str:
    """Who reads on opening a portal: one mark and one event, in one transaction."""
    clock.use_offset_from(None)  # the demo clock would ask a database of its own
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("SELECT"):
            said.append(statement.split()[0])

    event.listen(filled.database.engine, "before_cursor_execute", note)
    with filled.database.transaction() as session:
        reader = Person(SENDER + 1, None, "user:two", "Two")
        session.add(ReadMark(matter_id=1, **reader.columns, up_to=filled.last - UNREAD))
        session.flush()
        said.clear()
        mark_read(session, 1, reader, filled.last)
        session.flush()
        done = " ".join(one for one in said if one in {"INSERT", "UPDATE"})
        session.rollback()
    event.remove(filled.database.engine, "before_cursor_execute", note)
    return f"one transaction: {done}"


def main() -> None:
    """Measure and print."""
    many = MOST if full() else MANY
    table = Table(f"Messages of a portal ({FEW:,} and {many:,} in {PORTALS} portals)")
    with ExitStack() as stack:
        measure(table, "SQLite", _filled(stack, None, FEW), _filled(stack, None, many))
    with ExitStack() as stack:
        urls = [stack.enter_context(postgresql()) for _ in range(2)]
        few, most = (_filled(stack, url, n) for url, n in zip(urls, (FEW, many), strict=True))
        measure(table, "PostgreSQL", few, most)
    table.show()


if __name__ == "__main__":
    main()
