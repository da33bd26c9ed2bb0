"""The activity log cannot be altered unseen (FEATURES X9; decision 0006).

Somebody who holds the database, but not SECRET_KEY, changes a thousand single bytes, cuts, moves
and slips in lines, and writes the chain anew: each is found.
"""

import random
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.core import log_check, sealing
from portal.core.db import Database
from portal.core.sealing import START, STORED, Head
from tests.support.activity_log import KEY, OTHER_KEY, write

pytestmark = pytest.mark.both_databases

LINES = 40
CHANGES = 1_000
KEYS = {"audit_entry": "id", "audit_seal": "position", "audit_head": "id"}
COLUMNS = {
    "audit_entry": ("id", "at", "actor", "action", "subject", "detail"),
    "audit_seal": ("position", "entry_id", "hash"),
    "audit_head": ("id", "position", "mac"),
}
NUMBERS = {"id", "position", "entry_id"}
# How to take the bytes of a value out of each database, and to put others in their place.
TAKEN = {
    "sqlite": "CAST({column} AS BLOB)",
    "postgresql": "{column}::text",
}
MICROSECONDS = "(extract(epoch FROM at) * 1000000)::bigint"
PUT = {
    ("sqlite", "text"): "CAST(:value AS TEXT)",
    ("postgresql", "text"): ":value",
    ("postgresql", "detail"): "CAST(:value AS json)",
    ("postgresql", "at"): (
        "timestamptz '1970-01-01 00:00:00+00' + CAST(:value AS bigint) * interval '1 microsecond'"
    ),
}


@pytest.fixture
def attacker(database: Database) -> Database:
    """A sealed log in a database whose guards are all taken down."""
    write(LINES, minutes_ago=60)
    sealing.seal_new_lines(KEY)
    if database.is_sqlite:
        guards = ["DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"]
    else:
        guards = [
            "ALTER TABLE audit_entry DISABLE TRIGGER USER",
            "ALTER TABLE audit_seal DROP CONSTRAINT fk_audit_seal_entry_id_audit_entry",
            "ALTER TABLE audit_head DROP CONSTRAINT ck_audit_head_one_row",
        ]
    with database.engine.execution_options(writing=True).begin() as connection:
        for guard in guards:
            connection.execute(text(guard))
    return database


@contextmanager
def undone(database: Database) -> Generator[Session]:
    """A session whose changes are taken back at its end."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
                connection.connection.cursor().execute(f"PRAGMA {pragma}")
        with Session(connection.execution_options(writing=True)) as session:
            yield session
            session.rollback()


def found(session: Session) -> bool:
    return not log_check.check_log(session, KEY).is_whole


@dataclass(frozen=True)
class Cell:
    """One value of one row."""

    table: str
    row: int
    column: str


def some_cell(luck: random.Random) -> Cell:
    table = luck.choices(list(KEYS), weights=(12, 6, 1))[0]
    row = 1 if table == "audit_head" else luck.randint(1, LINES)
    return Cell(table, row, luck.choice(COLUMNS[table]))


def taken(session: Session, cell: Cell) -> bytes:
    kind = session.get_bind().dialect.name
    numeric = cell.column in NUMBERS
    column = MICROSECONDS if kind == "postgresql" and cell.column == "at" else cell.column
    numeric = numeric or column == MICROSECONDS
    shape = "{column}" if numeric else TAKEN[kind]
    value = session.scalar(
        text(
            f"SELECT {shape.format(column=column)} FROM {cell.table} "
            f"WHERE {KEYS[cell.table]} = {cell.row}"
        )
    )
    if numeric:
        return int(value).to_bytes(8, "big", signed=True)
    return value.encode() if isinstance(value, str) else bytes(value)


def put(session: Session, cell: Cell, stored: bytes) -> None:
    """Raises where the database holds no such value (a half letter, JSON that is none)."""
    kind = session.get_bind().dialect.name
    value: object = stored
    if cell.column in NUMBERS or (kind == "postgresql" and cell.column == "at"):
        value = int.from_bytes(stored, "big", signed=True)
    elif kind == "postgresql":
        value = stored.decode()
    way = ":value" if cell.column in NUMBERS else PUT.get((kind, cell.column), PUT[kind, "text"])
    session.execute(
        text(
            f"UPDATE {cell.table} SET {cell.column} = {way} WHERE {KEYS[cell.table]} = {cell.row}"
        ),
        {"value": value},
    )


def changed_one_byte(session: Session, luck: random.Random) -> Cell | None:
    """Change one random byte of one random value; None where the database refuses it."""
    cell = some_cell(luck)
    stored = bytearray(taken(session, cell))
    place = luck.randrange(len(stored))
    stored[place] = luck.choice([byte for byte in range(256) if byte != stored[place]])
    try:
        put(session, cell, bytes(stored))
    except (DBAPIError, UnicodeDecodeError, ValueError):
        return None
    return cell


def test_X9_each_of_a_thousand_changed_bytes_is_found(attacker: Database) -> None:
    luck = random.Random(9)
    unseen: list[Cell] = []
    changes = 0
    while changes < CHANGES:
        with undone(attacker) as session:
            cell = changed_one_byte(session, luck)
            if cell is None:
                continue
            changes += 1
            if not found(session):
                unseen.append(cell)
    assert unseen == []


@pytest.mark.parametrize("gone", ["lines", "seals", "lines and seals", "all, and the head"])
def test_X9_every_cut_of_the_end_is_found(gone: str, attacker: Database) -> None:
    for last in range(LINES):
        with undone(attacker) as session:
            if "lines" in gone or "all" in gone:
                session.execute(text(f"DELETE FROM audit_entry WHERE id > {last}"))
            if "seals" in gone or "all" in gone:
                session.execute(text(f"DELETE FROM audit_seal WHERE position > {last}"))
            if "head" in gone:
                # The head that says so can be written; the MAC that goes with it cannot.
                session.execute(text(f"UPDATE audit_head SET position = {last}"))
            assert found(session), f"cut after {last}"


def test_X9_two_lines_that_changed_places_are_found(attacker: Database) -> None:
    for first in range(1, LINES):
        with undone(attacker) as session:
            other = first + 1
            for column in ("subject", "at"):
                session.execute(
                    text(
                        f"UPDATE audit_entry SET {column} = (SELECT o.{column} FROM audit_entry o "
                        f"WHERE o.id = {first} + {other} - audit_entry.id) "
                        f"WHERE id IN ({first}, {other})"
                    )
                )
            assert found(session), f"{first} and {other}"


def test_X9_a_line_slipped_in_is_found(attacker: Database) -> None:
    """Between two others: with the ids moved up, and with the seals moved up as well."""
    copied = (
        "INSERT INTO audit_entry (id, at, actor, action, subject, detail) "
        "SELECT {to}, at, actor, action, subject, detail FROM audit_entry WHERE id = {of}"
    )
    for place in range(1, LINES):
        with undone(attacker) as session:
            session.execute(text(f"UPDATE audit_entry SET id = id + 1000 WHERE id > {place}"))
            session.execute(
                text(f"UPDATE audit_seal SET entry_id = entry_id + 1000 WHERE entry_id > {place}")
            )
            session.execute(text(copied.format(to=place + 1, of=place)))
            assert found(session), f"unsealed, after {place}"
            session.execute(
                text(f"UPDATE audit_seal SET position = -position WHERE position > {place}")
            )
            session.execute(
                text("UPDATE audit_seal SET position = 1 - position WHERE position < 0")
            )
            session.execute(
                text(f"INSERT INTO audit_seal VALUES ({place + 1}, {place + 1}, '{'0' * 64}')")
            )
            assert found(session), f"sealed, after {place}"


def test_X9_a_chain_written_anew_without_the_key_is_found(attacker: Database) -> None:
    """One line altered, and every seal and the head after it made to fit it."""
    for place in range(1, LINES + 1):
        with undone(attacker) as session:
            session.execute(text(f"UPDATE audit_entry SET actor = 'payer' WHERE id = {place}"))
            head = _chain_anew(session)
            guessed = sealing.mac_of(head, OTHER_KEY)
            session.execute(text(f"UPDATE audit_head SET mac = '{guessed}'"))
            checked = log_check.check_log(session, KEY)
            assert checked.only_the_key, checked.findings


def test_X9_the_log_as_it_was_sealed_raises_no_alarm(attacker: Database) -> None:
    with undone(attacker) as session:
        assert log_check.check_log(session, KEY).findings == []


def _chain_anew(session: Session) -> Head:
    head = START
    stored = STORED[session.get_bind().dialect.name]
    for line in session.execute(text(f"SELECT {stored} FROM audit_entry e ORDER BY id")).all():
        position = head.position + 1
        head = Head(position, sealing.sealed_hash(head.hash, position, line))
        session.execute(
            text(f"UPDATE audit_seal SET hash = '{head.hash}' WHERE position = {position}")
        )
    return head
