"""An open transaction on the sandbox's file: its objects, and what is still to happen."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

PLATFORM = ""


@dataclass(slots=True)
class Record:
    """One object of the processor.

    `body` is what the API shows. `hidden` is what only the sandbox knows, such as the test
    number behind a payment method.
    """

    account: str
    kind: str
    object_id: str
    created: int
    body: Json
    hidden: Json = field(default_factory=dict[str, Any])
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens by itself at `due_at` (a second of business time)."""

    due_at: int
    account: str
    action: str
    object_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered under an idempotency key."""

    fingerprint: str
    at: int
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list, newest first. The two cursors are sequence numbers."""

    limit: int = 10
    starting_after: int | None = None
    ending_before: int | None = None
    created: tuple[tuple[str, int], ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()


_COMPARISONS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
_COLUMNS = "account, kind, id, created, body, hidden, seq"


def _record(row: tuple[Any, ...]) -> Record:
    account, kind, object_id, created, body, hidden, seq = row
    return Record(account, kind, object_id, created, json.loads(body), json.loads(hidden), seq)


class Book:
    """Reads and writes within one transaction of `Store`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # Objects

    def add(
        self, account: str, kind: str, created: int, body: Json, hidden: Json | None = None
    ) -> Record:
        """Store a new object under its own id."""
        record = Record(account, kind, body["id"], created, body, hidden or {})
        cursor = self._connection.execute(
            "INSERT INTO object (account, kind, id, created, body, hidden) VALUES (?,?,?,?,?,?)",
            (
                account,
                kind,
                record.object_id,
                created,
                json.dumps(body),
                json.dumps(record.hidden),
            ),
        )
        record.seq = cursor.lastrowid or 0
        return record

    def save(self, record: Record) -> None:
        """Store an object as it now is."""
        self._connection.execute(
            "UPDATE object SET body = ?, hidden = ? WHERE id = ?",
            (json.dumps(record.body), json.dumps(record.hidden), record.object_id),
        )

    def find(self, account: str, object_id: str) -> Record | None:
        """The object of that name on that account, and on no other."""
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM object WHERE id = ? AND account = ?",  # noqa: S608 constants
            (object_id, account),
        ).fetchone()
        return None if row is None else _record(row)

    def get(self, account: str, object_id: str) -> Record:
        """An object that must be there. Raises LookupError otherwise: a fault of the sandbox."""
        record = self.find(account, object_id)
        if record is None:
            raise LookupError(f"The sandbox has lost {object_id} of {account or 'the platform'}.")
        return record

    def anywhere(self, kind: str, object_id: str) -> Record | None:
        """The object of that kind and name on whichever account: for the sandbox itself only."""
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM object WHERE id = ? AND kind = ?",  # noqa: S608 constants
            (object_id, kind),
        ).fetchone()
        return None if row is None else _record(row)

    def everywhere(self, kind: str, limit: int, *, status: str | None = None) -> list[Record]:
        """The newest objects of a kind on all accounts: for the sandbox itself only."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM object WHERE kind = :kind"  # noqa: S608 constants
            " AND (:status IS NULL OR json_extract(body, '$.status') = :status)"
            " ORDER BY seq DESC LIMIT :limit",
            {"kind": kind, "status": status, "limit": limit},
        ).fetchall()
        return [_record(row) for row in rows]

    def page(self, account: str, kind: str, page: Page) -> tuple[list[Record], bool]:
        """Objects of a kind, newest first, and whether there are more of them."""
        clauses, values = ["account = ?", "kind = ?"], [account, kind]
        bounds: list[Any] = []
        if page.starting_after is not None:
            clauses.append("seq < ?")
            bounds.append(page.starting_after)
        if page.ending_before is not None:
            clauses.append("seq > ?")
            bounds.append(page.ending_before)
        for comparison, second in page.created:
            clauses.append(f"created {_COMPARISONS[comparison]} ?")
            bounds.append(second)
        for field_name, wanted in page.where:
            marks = ",".join("?" * len(wanted))
            clauses.append(f"json_extract(body, ?) IN ({marks})")
            bounds += [f"$.{field_name}", *wanted]
        order = "ASC" if page.ending_before is not None else "DESC"
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM object WHERE {' AND '.join(clauses)}"  # noqa: S608 constants
            f" ORDER BY seq {order} LIMIT ?",
            [*values, *bounds, page.limit + 1],
        ).fetchall()
        more = len(rows) > page.limit
        records = [_record(row) for row in rows[: page.limit]]
        return (records[::-1] if order == "ASC" else records), more

    # What happens by itself

    def schedule(self, due: Due) -> None:
        """Let something happen at its time."""
        self._connection.execute(
            "INSERT INTO due (due_at, account, action, object_id) VALUES (?,?,?,?)",
            (due.due_at, due.account, due.action, due.object_id),
        )

    def take_due(self, at: int) -> Due | None:
        """The earliest thing due by then, taken off the list."""
        row = self._connection.execute(
            "DELETE FROM due WHERE seq = (SELECT seq FROM due WHERE due_at <= ?"
            " ORDER BY due_at, seq LIMIT 1) RETURNING due_at, account, action, object_id",
            (at,),
        ).fetchone()
        return None if row is None else Due(*row)

    def next_due_at(self) -> int | None:
        """The second at which the next thing happens by itself."""
        return self._connection.execute("SELECT min(due_at) FROM due").fetchone()[0]

    # Idempotency keys

    def answer(self, account: str, key: str) -> Answer | None:
        """What was answered under that key."""
        row = self._connection.execute(
            "SELECT fingerprint, at, status, body FROM answer WHERE account = ? AND key = ?",
            (account, key),
        ).fetchone()
        return None if row is None else Answer(*row)

    def keep_answer(self, account: str, key: str, answer: Answer) -> None:
        """Remember an answer for a repeated request."""
        self._connection.execute(
            "INSERT OR REPLACE INTO answer VALUES (?,?,?,?,?,?)",
            (account, key, answer.fingerprint, answer.at, answer.status, answer.body),
        )

    def forget_answers(self, before: int) -> None:
        """Forget the keys whose day is over."""
        self._connection.execute("DELETE FROM answer WHERE at < ?", (before,))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what was written inside when it raises, and only that."""
        self._connection.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO step")
            self._connection.execute("RELEASE step")
            raise
        self._connection.execute("RELEASE step")

    # Deliveries of events

    def queue_delivery(self, event: Record, next_at: float) -> None:
        """Let an event be delivered from that wall time on."""
        self._connection.execute(
            "INSERT INTO delivery (event_seq, event_id, next_at, attempts) VALUES (?,?,?,0)",
            (event.seq, event.object_id, next_at),
        )

    def deliveries(self, wall: float, limit: int) -> list[tuple[str, int]]:
        """Event ids that wait at that wall time, oldest event first, with the attempts made."""
        return self._connection.execute(
            "SELECT event_id, attempts FROM delivery WHERE next_at <= ? ORDER BY event_seq LIMIT ?",
            (wall, limit),
        ).fetchall()

    def postpone_delivery(self, event_id: str, next_at: float, attempts: int) -> None:
        """Try an event again, not before that wall time."""
        self._connection.execute(
            "UPDATE delivery SET next_at = ?, attempts = ? WHERE event_id = ?",
            (next_at, attempts, event_id),
        )

    def next_delivery_at(self) -> float | None:
        """When (wall time) the earliest waiting event is to be sent or sent again."""
        row = self._connection.execute("SELECT MIN(next_at) FROM delivery").fetchone()
        return row[0]

    def end_delivery(self, event_id: str) -> None:
        """An event is delivered, dropped or given up."""
        self._connection.execute("DELETE FROM delivery WHERE event_id = ?", (event_id,))

    def event(self, event_id: str) -> Record:
        """An event that must be there. Raises LookupError otherwise."""
        record = self.anywhere("event", event_id)
        if record is None:
            raise LookupError(f"The sandbox has lost {event_id}.")
        return record

    # Switches

    def set_setting(self, name: str, value: object) -> None:
        """Remember a switch."""
        self._connection.execute(
            "INSERT OR REPLACE INTO setting VALUES (?,?)", (name, json.dumps(value))
        )

    def settings(self) -> dict[str, object]:
        """The switches that somebody has set."""
        rows = self._connection.execute("SELECT name, value FROM setting").fetchall()
        return {name: json.loads(value) for name, value in rows}
