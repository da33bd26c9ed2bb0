"""The files of a dispute's kit: PDF, JPEG or PNG by their content, 5 MB in all (FEATURES M7).

They lie in the store like documents, but belong to no matter: only pages of the dispute open them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.transactions import dispute_answering, dispute_queries
from payments.transactions.dispute_notices import subject
from payments.transactions.disputed import Dispute, DisputeFile
from portal.core import audit, clock, storage
from portal.core.errors import Invalid, Missing
from portal.core.ids import public_id
from portal.documents.names import clean_name
from portal.documents.types import HEAD_BYTES, type_of

BYTES_MAX = 5_000_000
"""Of all files of one dispute (https://docs.stripe.com/disputes/best-practices#file-upload)."""

PIECE_BYTES = 256 * 1_024
MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png")
FIELD, FILE = "field", "file"


@dataclass(frozen=True, slots=True)
class Received:
    """A file that stands in the store, and belongs to nothing yet."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str
    stored_as: str


def kinds() -> dict[str, str]:
    """What a file may show, by the processor's field; one file of each."""
    return {
        "receipt": _("Receipt"),
        "customer_signature": _("Signature or approval of the payer"),
        "customer_communication": _("Messages with the payer"),
        "service_documentation": _("Engagement letter, or proof of service"),
        "uncategorized_file": _("Something else"),
    }


def receive(dispute: Dispute, name: str, body: BinaryIO) -> Received:
    """Put a file into the store, piece by piece, and say what it is by its content. Called outside
    any transaction. Raises `Invalid`, and nothing of it stays, for one that a bank would not take.
    """
    stored_as = f"disputes/{dispute.public_id}/{public_id()}"
    digest, size_bytes, head = hashlib.sha256(), 0, b""
    with storage.sink(stored_as) as sink:
        for piece in _pieces(body):
            size_bytes += len(piece)
            if size_bytes > BYTES_MAX:
                raise _too_large()
            head += piece[: HEAD_BYTES - len(head)]
            digest.update(piece)
            sink.write(piece)
        media_type = _checked_type(head)
        sink.keep()
    return Received(clean_name(name), media_type, size_bytes, digest.hexdigest(), stored_as)


def _pieces(body: BinaryIO) -> Iterator[bytes]:
    while piece := body.read(PIECE_BYTES):
        yield piece


def _checked_type(head: bytes) -> str:
    if not head:
        raise Invalid(_("This file is empty. Choose a PDF, JPEG or PNG file."), FILE)
    media_type = type_of(head)
    if media_type not in MEDIA_TYPES:
        sentence = _(
            "This is not a PDF, JPEG or PNG file, whatever its name says. Banks take no other."
        )
        raise Invalid(sentence, FILE)
    return media_type


def _too_large() -> Invalid:
    return Invalid(
        _("All files of a dispute may have 5 MB together. Remove one, or save this one smaller."),
        FILE,
    )


def add(session: Session, dispute: Dispute, field: str, file: Received, *, by: str) -> None:
    """Add a file that was received to the kit. Raises `Invalid` for a field that does not exist or
    has a file, and where all files are too large together; whoever called forgets it then."""
    dispute_answering.refuse_answered(dispute)
    if field not in kinds():
        raise Invalid(_("Choose what this file shows."), FIELD)
    there = dispute_queries.files(session, dispute.id)
    if any(one.field == field for one in there):
        raise Invalid(_("There is a file for this already. Remove it first."), FIELD)
    if sum(one.bytes for one in there) + file.size_bytes > BYTES_MAX:
        raise _too_large()
    session.add(
        DisputeFile(
            public_id=public_id(),
            dispute_id=dispute.id,
            field=field,
            name=file.name,
            media_type=file.media_type,
            bytes=file.size_bytes,
            sha256=file.sha256,
            stored_as=file.stored_as,
            made_at=clock.now(),
            made_by=by,
        )
    )
    dispute_answering.unrelease(dispute)
    audit.record(session, by, "dispute.file_added", subject(dispute), sha256=file.sha256)


def remove(session: Session, dispute: Dispute, file_public_id: str, *, by: str) -> str:
    """Take a file out of the kit; answers what it is stored as, to be forgotten after this. Raises
    `Missing` where it is not there."""
    dispute_answering.refuse_answered(dispute)
    file = of_dispute(session, dispute, file_public_id)
    session.delete(file)
    dispute_answering.unrelease(dispute)
    audit.record(session, by, "dispute.file_removed", subject(dispute), sha256=file.sha256)
    return file.stored_as


def of_dispute(session: Session, dispute: Dispute, file_public_id: str) -> DisputeFile:
    """One file of this dispute. Raises `Missing`."""
    file = session.scalar(
        select(DisputeFile).where(
            DisputeFile.dispute_id == dispute.id, DisputeFile.public_id == file_public_id
        )
    )
    if file is None:
        raise Missing(_("There is no such file."))
    return file


def kept_here(file: DisputeFile) -> Iterator[bytes]:
    """The bytes of a file, in pieces. Called outside any transaction."""
    return storage.stream(file.stored_as, 0, file.bytes)
