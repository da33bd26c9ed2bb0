"""Sealing the activity log, so that it cannot be altered unseen (FEATURES X9, decision 0006).

Each line gets a seal: SHA-256 over the seal before it and the line, byte for byte as it is stored.
The head says how far the chain goes; its MAC needs SECRET_KEY, which is not in the database.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

import structlog
from sqlalchemy import Row, Table, TextClause, func, insert, select, text, update
from sqlalchemy.orm import Session

from portal.core import clock, db
from portal.core.audit import AuditHead, AuditSeal

BATCH_LINES = 200
"""So few that a writer who waits for one batch on SQLite does not notice."""
LATE_LINES = 50_000
"""On PostgreSQL a line whose transaction ended late is looked for so many ids below the newest
sealed one. On SQLite lines come in the order of their ids: a lower one was slipped in."""
LOG_EVERY_SECONDS = 3_600
BEGINNING = "0" * 64
_ABSENT = b"\xff" * 8

log = structlog.get_logger("activity_log")
_last_told: float | None = None

# What is stored, not what it means: a change of one byte that reads the same must show. SQLite
# keeps any kind of value in any column, so the kind is part of it. PostgreSQL gives the text of a
# JSON column as it came, and a time as JSON is the same under every setting of a session.
STORED = {
    "sqlite": (
        "e.id, CAST(typeof(e.at) || typeof(e.actor) || typeof(e.action) || typeof(e.subject)"
        " || typeof(e.detail) AS BLOB) AS kinds, CAST(e.at AS BLOB) AS at,"
        " CAST(e.actor AS BLOB) AS actor, CAST(e.action AS BLOB) AS action,"
        " CAST(e.subject AS BLOB) AS subject, CAST(e.detail AS BLOB) AS detail"
    ),
    "postgresql": (
        "e.id, '' AS kinds, to_json(timezone('UTC', e.at))::text AS at, e.actor, e.action,"
        " e.subject, e.detail::text AS detail"
    ),
}
_UNSEALED = (
    "FROM audit_entry e WHERE e.id > :above"
    " AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.entry_id = e.id)"
)
_NEXT_LINES: dict[str, TextClause] = {
    kind: text(f"SELECT {stored} {_UNSEALED} ORDER BY e.id LIMIT :room")
    for kind, stored in STORED.items()
}
# One statement sees one moment: nobody seals between the reading of the two ends.
_ENDS: dict[str, TextClause] = {
    kind: text(
        f"SELECT h.position AS kept, {mac} AS mac, s.position, {seal} AS hash "  # noqa: S608 - all of it ours
        "FROM (SELECT 1 AS one) AS always LEFT JOIN audit_head h ON h.id = 1 LEFT JOIN "
        "(SELECT position, hash FROM audit_seal ORDER BY position DESC LIMIT 1) s ON 1 = 1"
    )
    for kind, mac, seal in (
        ("sqlite", "CAST(h.mac AS BLOB)", "CAST(s.hash AS BLOB)"),
        ("postgresql", "h.mac", "s.hash"),
    )
}
_SEAL = insert(cast(Table, AuditSeal.__table__))


class BrokenChain(Exception):
    """The chain does not end where its head says, so nothing may be sealed onto it."""

    only_the_key = False


class SignedElsewhere(BrokenChain):
    """The head was not written with this SECRET_KEY."""

    only_the_key = True


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log is sealed: the position of the last seal, and its hash."""

    position: int
    hash: str

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"


START = Head(0, BEGINNING)


def sealed_hash(before: str, position: int, line: Row[Any]) -> str:
    """The hash of the seal at `position`, over the one before it and a line as STORED."""
    told = sha256(before.encode())
    for part in (
        str(position),
        str(line.id),
        line.kinds,
        line.at,
        line.actor,
        line.action,
        line.subject,
        line.detail,
    ):
        if part is None:
            told.update(_ABSENT)
            continue
        stored = part.encode() if isinstance(part, str) else bytes(part)
        # Its length before each part, so that no byte can move from one to the next.
        told.update(len(stored).to_bytes(8, "big"))
        told.update(stored)
    return told.hexdigest()


def mac_of(head: Head, secret_key: str) -> str:
    """What only the holder of SECRET_KEY can write beside a head."""
    key = hmac.digest(secret_key.encode(), b"head of the activity log", "sha256")
    return hmac.digest(key, str(head).encode(), "sha256").hex()


def is_signed(head: Head, mac: str, secret_key: str) -> bool:
    """Whether this MAC is the one that SECRET_KEY gives the head."""
    return hmac.compare_digest(mac.encode(), mac_of(head, secret_key).encode())


def as_text(stored: str | bytes | None) -> str:
    """A hash as it is stored. What is no text at all becomes one that fits nothing."""
    return stored if isinstance(stored, str) else (stored or b"").decode("ascii", "replace")


def seal_new_lines(secret_key: str) -> Head:
    """Seal every line that is not sealed yet, oldest first; answers the head.

    Lines are read and hashed before the short transaction that writes their seals, so that nobody
    waits for them. Raises `BrokenChain` where the end of the chain is not as it was left.
    """
    above = _lowest_late_id()
    while True:
        with db.read() as session:
            head = head_to_go_on_from(session, secret_key)
            lines = _next_lines(session, above)
        if not lines:
            _tell(head)
            return head
        seals = list(_seals(head, lines))
        with db.transaction() as session:
            # Where somebody else sealed meanwhile, the next turn looks at what is left.
            if _is_still(session, head, secret_key):
                session.connection().execute(_SEAL, seals)
                _move_head(session, Head(seals[-1]["position"], seals[-1]["hash"]), secret_key)
                above = lines[-1].id if len(lines) == BATCH_LINES else above


def _lowest_late_id() -> int:
    with db.read() as session:
        highest = session.scalar(select(func.max(AuditSeal.entry_id))) or 0
    return highest if db.current().is_sqlite else max(highest - LATE_LINES, 0)


def _next_lines(session: Session, above: int) -> list[Row[Any]]:
    statement = _NEXT_LINES[session.get_bind().dialect.name]
    return list(session.execute(statement, {"above": above, "room": BATCH_LINES}))


def _seals(head: Head, lines: list[Row[Any]]) -> Iterator[dict[str, Any]]:
    before = head.hash
    for position, line in enumerate(lines, start=head.position + 1):
        before = sealed_hash(before, position, line)
        yield {"position": position, "entry_id": line.id, "hash": before}


def head_to_go_on_from(session: Session, secret_key: str) -> Head:
    """The end of the chain, if it is where the head says and the head was written by us.

    Raises `BrokenChain`, with a sentence that says what does not fit.
    """
    ends = session.execute(_ENDS[session.get_bind().dialect.name]).one()
    head = START if ends.position is None else Head(ends.position, as_text(ends.hash))
    if ends.kept is None and head == START:
        return START
    if ends.kept is None:
        raise BrokenChain("The head of the activity log is missing, though lines are sealed.")
    if ends.kept != head.position:
        raise BrokenChain(
            f"The activity log was sealed up to position {ends.kept}, but its seals end at "
            f"position {head.position}."
        )
    if not is_signed(head, as_text(ends.mac), secret_key):
        raise SignedElsewhere("The head of the activity log was not written with this SECRET_KEY.")
    return head


def _is_still(session: Session, head: Head, secret_key: str) -> bool:
    """Lock the head, and say whether it is where it was. The first time it is made."""
    if head == START and session.get(AuditHead, 1) is None:
        return _begin(session, secret_key)
    position = session.scalar(select(AuditHead.position).where(AuditHead.id == 1).with_for_update())
    return position == head.position


def _begin(session: Session, secret_key: str) -> bool:
    made = session.connection().execute(
        text(
            "INSERT INTO audit_head (id, position, mac) VALUES (1, 0, :mac) "
            "ON CONFLICT (id) DO NOTHING"
        ),
        {"mac": mac_of(START, secret_key)},
    )
    return made.rowcount == 1


def _move_head(session: Session, head: Head, secret_key: str) -> None:
    session.execute(
        update(AuditHead)
        .where(AuditHead.id == 1)
        .values(position=head.position, mac=mac_of(head, secret_key))
        .execution_options(synchronize_session=False)
    )


def sign_again(session: Session, head: Head, secret_key: str) -> bool:
    """Write the head's MAC with a new SECRET_KEY, for a chain that was just found whole.

    Answers False, and writes nothing, where the chain has grown meanwhile.
    """
    if not _is_still(session, head, secret_key):
        return False
    _move_head(session, head, secret_key)
    return True


def _tell(head: Head) -> None:
    """Write the head to the product's own log, at most once an hour and process: kept elsewhere,
    it shows whether a whole database was put back to an earlier day."""
    global _last_told
    wall = clock.wall_time().timestamp()
    if head == START or (_last_told is not None and wall - _last_told < LOG_EVERY_SECONDS):
        return
    _last_told = wall
    log.info("activity log sealed", position=head.position, hash=head.hash)
