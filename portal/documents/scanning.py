"""Looking for viruses with clamd, where CLAMD_URL names one.

Only an explicit "OK" about a file that the scanner has read to its end is clean. Everything else
(too large for it, an error, no scanner) is "not scanned", and shown as that (TRAPS: clamd says "OK"
to what it left out).
"""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from clamav_client.clamd import (
    BufferTooLongError,
    ClamdError,
    ClamdNetworkSocket,
    ClamdUnixSocket,
    CommunicationError,
)
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import audit, clock, config, db, storage
from portal.core.jobs import Again, enqueue, handler
from portal.documents.arriving import file_object
from portal.documents.models import Document, DocumentVersion, Preview, Scan, StoredFile
from portal.documents.uploads import PREVIEW_JOB, SCAN_JOB
from portal.notifications.actions import raise_alert

SOCKET_SECONDS_MAX = 60.0
WAITED_FOR = timedelta(minutes=5)
"""How long a scanner that is away is waited for; meanwhile nobody gets the file."""

TRIED_EVERY = timedelta(seconds=15)
MAX_FILE_MB_DEFAULT = 25
"""What Debian's clamd reads of a file unless it is set higher. It says "OK" to more."""

_LIMITS = "Heuristics.Limits.Exceeded"

log = structlog.get_logger("documents")


@handler(SCAN_JOB)
def scan(file_id: int) -> None:
    """Have a stored file looked at, and say what came of it. Raises `Again` while the scanner is
    away, for five minutes; a file is not held back for longer."""
    with db.read() as session:
        file = session.get(StoredFile, file_id)
    if file is None or file.scan != Scan.WAITING:
        return
    url = config.current().clamd_url
    found, virus = (Scan.NOT_SCANNED, "") if url is None else _looked_at(url, file)
    with db.transaction() as session:
        _settle(session, file_id, found, virus)


def _looked_at(url: str, file: StoredFile) -> tuple[Scan, str]:
    try:
        told = _scanner(url).instream(cast(BinaryIO, _Reader(file)))
    except (CommunicationError, OSError) as away:
        log.warning("the virus scanner broke off", error=str(away))
        if clock.now() - file.made_at < WAITED_FOR:
            raise Again(clock.now() + TRIED_EVERY) from away
        return Scan.NOT_SCANNED, ""
    except (BufferTooLongError, ClamdError) as failed:
        log.warning("the virus scanner could not scan", error=str(failed))
        return Scan.NOT_SCANNED, ""
    status, virus = told.get("stream", ("ERROR", None))
    if status == "FOUND" and not (virus or "").startswith(_LIMITS):
        return Scan.INFECTED, virus or ""
    whole = file.size_bytes <= _reads_mb(url) * 1_000_000
    return (Scan.CLEAN if status == "OK" and whole else Scan.NOT_SCANNED), ""


def _scanner(url: str) -> ClamdNetworkSocket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return ClamdUnixSocket(unquote(parts.path), timeout=int(SOCKET_SECONDS_MAX))
    return ClamdNetworkSocket(parts.hostname or "", parts.port or 0, timeout=SOCKET_SECONDS_MAX)


def _reads_mb(url: str) -> int:
    said = parse_qs(urlsplit(url).query).get("max_file_mb")
    return int(said[0]) if said else MAX_FILE_MB_DEFAULT


class _Reader(io.RawIOBase):
    """The bytes of a stored file, read in whatever portions the scanner's client asks for."""

    def __init__(self, file: StoredFile) -> None:
        self._pieces: Iterator[bytes] = storage.stream(
            file_object(file.public_id), 0, file.size_bytes
        )
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        given, self._rest = self._rest[:size], self._rest[size:]
        return bytes(given)


def _settle(session: Session, file_id: int, found: Scan, virus: str) -> None:
    file = session.get(StoredFile, file_id, with_for_update=True)
    if file is None or file.scan != Scan.WAITING:
        return
    file.scan = found
    if found != Scan.INFECTED:
        if file.preview == Preview.WAITING:
            enqueue(session, PREVIEW_JOB, file_id=file.id)
        return
    if file.preview == Preview.WAITING:
        file.preview = Preview.NONE
    session.flush()
    subject = _subject(session, file)
    # Everybody of the firm reads alerts: no file, client or matter is named.
    sentence = _(
        "A virus (%(virus)s) was found in a file that was uploaded. It is kept away from "
        "everybody. The activity log tells who brought it.",
        virus=virus,
    )
    raise_alert(session, "virus_found", subject, sentence)
    audit.record(session, "system", "document.virus_found", subject, virus=virus)


def _subject(session: Session, file: StoredFile) -> str:
    document = session.scalar(
        select(Document.public_id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(DocumentVersion.file_id == file.id)
    )
    return f"document:{document}" if document else f"file:{file.public_id}"
