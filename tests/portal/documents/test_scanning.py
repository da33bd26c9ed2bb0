"""A file is clean only where the scanner said so of all of it; an infected one is kept away."""

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import audit, config, db
from portal.core.config import Settings
from portal.documents.models import Scan, StoredFile
from portal.notifications.queries import open_alerts
from tests.portal.documents.conftest import Desk
from tests.support import clamd
from tests.support.clamd import EICAR, FakeClamd


@pytest.fixture
def scanner(app: Flask, settings: Settings) -> Generator[FakeClamd]:
    with clamd.running() as fake:
        config.use(replace(settings, clamd_url=fake.url))
        yield fake


def _scan() -> str:
    with db.read() as session:
        return session.scalars(select(StoredFile)).one().scan


def test_nobody_gets_a_file_before_it_was_scanned_and_then_everybody_who_may(
    desk: Desk, scanner: FakeClamd, run_jobs: Callable[[], int]
) -> None:
    body = b"a lease" * 30_000
    document = desk.cleo.send(desk.matter, "lease.txt", body)["document"]
    assert _scan() == Scan.WAITING
    for person in (desk.ada, desk.cleo):
        answer = person.fetch(document)
        assert answer.status_code == 409
        assert "being checked" in answer.text
    run_jobs()
    assert scanner.scanned == [len(body)]
    assert _scan() == Scan.CLEAN
    assert desk.ada.fetch(document).data == desk.cleo.fetch(document).data == body


def test_a_virus_is_kept_from_everybody_and_the_staff_are_told_without_a_name(
    desk: Desk, scanner: FakeClamd, run_jobs: Callable[[], int]
) -> None:
    document = desk.cleo.send(desk.matter, "Cleo's lease.txt", EICAR)["document"]
    run_jobs()
    assert _scan() == Scan.INFECTED
    assert desk.ada.fetch(document).status_code == 409
    assert desk.cleo.fetch(document).status_code == 404
    assert EICAR not in desk.ada.fetch(document, "?open=1").data
    with db.read() as session:
        told = [one.sentence for one in open_alerts(session) if one.kind == "virus_found"]
        noted = session.scalars(
            select(audit.AuditEntry.subject).where(
                audit.AuditEntry.action == "document.virus_found"
            )
        ).all()
    assert len(told) == 1
    assert "Eicar-Test-Signature" in told[0]
    assert "Cleo" not in told[0]
    assert noted == [f"document:{document}"]


@pytest.mark.parametrize(
    "says",
    [
        "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
        "stream: Can't allocate memory ERROR",
        "OK",
        "",
    ],
)
def test_anything_but_an_explicit_clean_is_not_scanned(
    desk: Desk, scanner: FakeClamd, run_jobs: Callable[[], int], says: str
) -> None:
    scanner.says = says
    document = desk.cleo.send(desk.matter, "lease.txt", b"a lease")["document"]
    run_jobs()
    assert _scan() == Scan.NOT_SCANNED
    assert desk.cleo.fetch(document).status_code == 200


def test_what_is_too_large_for_the_scanner_is_not_scanned(
    desk: Desk, scanner: FakeClamd, run_jobs: Callable[[], int], advance: Callable[..., int]
) -> None:
    scanner.takes_bytes = 100_000
    desk.cleo.send(desk.matter, "lease.txt", b"a lease" * 30_000)
    run_jobs()
    advance(timedelta(minutes=6))
    assert _scan() == Scan.NOT_SCANNED


def test_clamd_is_not_believed_beyond_what_it_is_set_to_read(
    desk: Desk, scanner: FakeClamd, run_jobs: Callable[[], int], settings: Settings
) -> None:
    """TRAPS: clamd answers OK for files over its limit unless it is told otherwise."""
    config.use(replace(settings, clamd_url=f"{scanner.url}?max_file_mb=1"))
    desk.cleo.send(desk.matter, "lease.txt", b"a lease" * 150_000)
    run_jobs()
    assert len(scanner.scanned) == 1
    assert _scan() == Scan.NOT_SCANNED


def test_a_scanner_that_is_away_is_waited_for_but_not_for_ever(
    desk: Desk,
    settings: Settings,
    run_jobs: Callable[[], int],
    advance: Callable[[timedelta], int],
) -> None:
    config.use(replace(settings, clamd_url="tcp://127.0.0.1:9"))
    desk.cleo.send(desk.matter, "lease.txt", b"a lease")
    run_jobs()
    assert _scan() == Scan.WAITING
    advance(timedelta(minutes=2))
    assert _scan() == Scan.WAITING
    advance(timedelta(minutes=4))
    assert _scan() == Scan.NOT_SCANNED


def test_without_a_scanner_a_file_is_not_scanned_at_once(desk: Desk) -> None:
    desk.cleo.send(desk.matter, "lease.txt", b"a lease")
    assert _scan() == Scan.NOT_SCANNED
