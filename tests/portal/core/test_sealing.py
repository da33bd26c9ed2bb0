"""The chain that seals the activity log, and `flask check-log` (FEATURES X9)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import audit, clock, db, sealing
from portal.core.audit import AuditSeal
from portal.core.db import Database
from portal.core.log_check import Checked
from portal.core.sealing import BrokenChain, Head
from tests.support.activity_log import KEY, OTHER_KEY, by_force, checked, write


def the_one_finding(found: Checked) -> str:
    (finding,) = found.findings
    return finding


def sealed_ids() -> list[int]:
    with db.read() as session:
        return list(session.scalars(select(AuditSeal.entry_id).order_by(AuditSeal.position)))


@pytest.mark.both_databases
def test_X9_every_line_is_sealed_in_its_order_and_the_log_is_whole(database: Database) -> None:
    write(sealing.BATCH_LINES + 5)
    head = sealing.seal_new_lines(KEY)
    assert head.position == sealing.BATCH_LINES + 5
    assert sealed_ids() == list(range(1, sealing.BATCH_LINES + 6))
    found = checked()
    assert (found.findings, found.head, found.lines) == ([], head, head.position)


@pytest.mark.both_databases
def test_X9_sealing_goes_on_where_it_ended_and_seals_nothing_twice(database: Database) -> None:
    write(3)
    first = sealing.seal_new_lines(KEY)
    assert sealing.seal_new_lines(KEY) == first
    write(2, first=4)
    assert sealing.seal_new_lines(KEY).position == 5
    assert checked(at_least=first).is_whole


def test_X9_an_empty_log_is_whole(database: Database) -> None:
    assert sealing.seal_new_lines(KEY) == sealing.START
    assert checked().is_whole


@pytest.mark.parametrize("database_kind", ["postgresql"], scope="session")
def test_X9_on_postgresql_a_line_whose_transaction_ended_late_is_sealed(database: Database) -> None:
    write(2, first=1)
    write(2, first=10)
    sealing.seal_new_lines(KEY)
    write(1, first=5)
    sealing.seal_new_lines(KEY)
    assert sealed_ids() == [1, 2, 10, 11, 5]
    assert checked().is_whole


@pytest.mark.parametrize("database_kind", ["sqlite"], scope="session")
def test_X9_on_sqlite_a_line_between_sealed_ones_was_slipped_in(database: Database) -> None:
    write(2, first=1)
    write(2, first=10)
    sealing.seal_new_lines(KEY)
    write(1, first=5)
    sealing.seal_new_lines(KEY)
    assert sealed_ids() == [1, 2, 10, 11]
    assert "first being line 5" in the_one_finding(checked())


@pytest.mark.both_databases
def test_X9_two_workers_that_seal_at_once_make_one_chain(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first to come is overtaken between its reading and its writing."""
    write(5)
    others: list[Head] = []
    real = sealing.sealed_hash

    def overtaken(*of: Any) -> str:
        monkeypatch.setattr(sealing, "sealed_hash", real)
        others.append(sealing.seal_new_lines(KEY))
        return real(*of)

    monkeypatch.setattr(sealing, "sealed_hash", overtaken)
    assert [sealing.seal_new_lines(KEY)] == others
    assert sealed_ids() == [1, 2, 3, 4, 5]
    assert checked().is_whole


@pytest.mark.both_databases
def test_X9_the_line_that_was_altered_is_named(database: Database) -> None:
    write(5)
    sealing.seal_new_lines(KEY)
    by_force("UPDATE audit_entry SET actor = 'user:bob' WHERE id = 3")
    found = checked()
    assert found.wrong == 1
    assert "Position 3, line 3, written at " in the_one_finding(found)
    assert the_one_finding(found).endswith("by user:bob: what is stored is not what was sealed.")


@pytest.mark.both_databases
def test_X9_a_change_that_reads_the_same_is_found(database: Database) -> None:
    """A space more in the JSON, and on SQLite a time with a longer fraction."""
    write(3)
    sealing.seal_new_lines(KEY)
    by_force(
        """UPDATE audit_entry SET detail = replace(CAST(detail AS text), ': [', ':  [')"""
        " WHERE id = 2"
        if database.is_sqlite
        else "UPDATE audit_entry SET detail = replace(detail::text, ': [', ':  [')::json"
        " WHERE id = 2"
    )
    assert "Position 2, line 2" in the_one_finding(checked())


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "done, told",
    [
        (["DELETE FROM audit_seal WHERE position = 5"], "its seals end at position 4"),
        (["DELETE FROM audit_seal WHERE position = 2"], "Position 2 is missing: after 1 comes 3"),
        (["DELETE FROM audit_entry WHERE id = 2"], "seals line 2, and that line is gone"),
        (["DELETE FROM audit_head"], "The head of the activity log is missing"),
        (
            [
                "DELETE FROM audit_seal WHERE position = 5",
                "DELETE FROM audit_entry WHERE id = 5",
                "UPDATE audit_head SET position = 4",
            ],
            "was not written with this SECRET_KEY",
        ),
    ],
)
def test_X9_what_is_missing_is_said(done: list[str], told: str, database: Database) -> None:
    write(5)
    sealing.seal_new_lines(KEY)
    by_force(*done)
    assert any(told in finding for finding in checked().findings)


@pytest.mark.both_databases
def test_X9_nothing_is_sealed_onto_a_chain_that_was_cut(database: Database) -> None:
    write(5)
    sealing.seal_new_lines(KEY)
    by_force("DELETE FROM audit_seal WHERE position > 3")
    write(1, first=6)
    with pytest.raises(BrokenChain, match="sealed up to position 5"):
        sealing.seal_new_lines(KEY)
    assert sealed_ids() == [1, 2, 3]


def test_X9_lines_that_stay_unsealed_are_found_after_ten_minutes(database: Database) -> None:
    write(2)
    sealing.seal_new_lines(KEY)
    write(1, first=3)
    assert checked().is_whole
    write(1, first=4, minutes_ago=11)
    assert "1 line was not sealed in time, the first being line 4" in the_one_finding(checked())


def test_X9_a_head_kept_elsewhere_shows_a_database_that_was_put_back(database: Database) -> None:
    write(2)
    early = sealing.seal_new_lines(KEY)
    write(2, first=3)
    late = sealing.seal_new_lines(KEY)
    assert checked(at_least=early).is_whole
    by_force(
        "DELETE FROM audit_seal WHERE position > 2",
        "DELETE FROM audit_entry WHERE id > 2",
        f"UPDATE audit_head SET position = 2, mac = '{sealing.mac_of(early, KEY)}'",
    )
    assert checked().is_whole, "the database alone cannot know"
    assert "but it was once sealed up to 4" in the_one_finding(checked(at_least=late))
    assert "has another hash" in the_one_finding(checked(at_least=Head(2, late.hash)))


def test_X9_another_secret_key_is_told_from_an_altered_line(database: Database) -> None:
    write(2)
    sealing.seal_new_lines(KEY)
    found = checked(key=OTHER_KEY)
    assert found.only_the_key
    assert "flask check-log --sign-again" in the_one_finding(found)
    by_force("UPDATE audit_entry SET actor = 'payer' WHERE id = 1")
    assert not checked(key=OTHER_KEY).only_the_key


def test_X9_the_head_goes_to_the_products_own_log_once_an_hour(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, object]] = []
    monkeypatch.setattr(sealing, "_last_told", None)
    monkeypatch.setattr(sealing.log, "info", lambda _event, **values: told.append(values))
    write(1)
    first = sealing.seal_new_lines(KEY)
    write(1, first=2)
    second = sealing.seal_new_lines(KEY)
    assert told == [{"position": 1, "hash": first.hash}]
    later = clock.wall_time() + timedelta(hours=1)
    monkeypatch.setattr(clock, "wall_time", lambda: later)
    sealing.seal_new_lines(KEY)
    assert told[1:] == [{"position": 2, "hash": second.hash}]


def test_X9_a_line_that_is_recorded_is_sealed_like_any_other(database: Database) -> None:
    with db.transaction() as session:
        audit.record(session, "system", "firm.set_up", "firm", version=1)
    assert sealing.seal_new_lines(KEY).position == 1
    assert checked().is_whole
