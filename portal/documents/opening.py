"""Who may open a document now, and that they have opened it (FEATURES C4, C6, C12)."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.queries import joined, participation, portal_of
from portal.clients.access import Viewer, closed_to
from portal.core import db
from portal.core.errors import Conflict, Missing, Refusal
from portal.documents import queries
from portal.documents.models import Document, DocumentVersion, Preview, Scan, StoredFile
from portal.documents.visible import document_for_client, visible
from portal.feed import actions as feed
from portal.feed.people import Person
from portal.feed.queries import was_opened

SUBJECT = "document"


def for_staff(
    session: Session, viewer: Viewer, public_id: str, number: int | None
) -> tuple[Document, StoredFile]:
    """A document of a matter that is open to the viewer, in that version or the latest.

    Raises `Missing`, `Conflict` while it is looked at for viruses or where one was found.
    """
    document = queries.document(session, public_id, closed_to(session, viewer))
    file = session.scalar(
        select(StoredFile)
        .join(DocumentVersion, DocumentVersion.file_id == StoredFile.id)
        .where(
            DocumentVersion.document_id == document.id,
            DocumentVersion.number == (document.latest if number is None else number),
        )
    )
    if file is None:
        raise Missing(_("This document has no such version."))
    refuse_unready(file)
    return document, file


def for_client(
    session: Session, contact_id: int, public_id: str, number: int | None
) -> tuple[Document, StoredFile]:
    """A document that this client may open now, in the version that they see.

    Raises `Missing` for any other, and where they may no longer sign in; `Conflict` while it is
    looked at for viruses.
    """
    if contact_id not in joined(session, [contact_id]):
        raise Missing
    document, _version, file = document_for_client(session, contact_id, public_id, number=number)
    refuse_unready(file)
    return document, file


def refuse_unready(file: StoredFile) -> None:
    """Raise `Conflict` for a file that nobody may have: not yet, or not at all."""
    if file.scan == Scan.WAITING:
        raise Conflict(_("This file is being checked for viruses. Try again in a minute."))
    if file.scan == Scan.INFECTED:
        raise Conflict(_("A virus was found in this file. It is kept away from everybody."))


def refuse_without_preview(file: StoredFile) -> None:
    """Raise `Missing` for a file of which there is no small picture."""
    if file.preview != Preview.MADE:
        raise Missing(_("There is no preview of this file."))


def may_staff(viewer: Viewer, public_id: str, number: int | None, file: StoredFile) -> bool:
    """Whether a user who downloads this file may still have it."""
    try:
        with db.read() as session:
            return for_staff(session, viewer, public_id, number)[1].id == file.id
    except Refusal:
        return False


def may_client(contact_id: int, public_id: str, number: int | None, file: StoredFile) -> bool:
    """Whether a client who downloads this file may still have it. A newer version that came
    meanwhile ends no download of the one before."""
    try:
        with db.read() as session:
            for_client(session, contact_id, public_id, number)
            now = session.get(StoredFile, file.id)
            return now is not None and now.scan != Scan.INFECTED
    except Refusal:
        return False


def note(document: Document, reader: Person) -> None:
    """Note the first opening of a shared document by somebody who takes part in the portal."""
    with db.read() as session:
        if not _is_to_be_noted(session, document, reader):
            return
    with db.transaction() as session:
        feed.note_opened(
            session, document.matter_id, reader, SUBJECT, document.public_id, document.name
        )


def _is_to_be_noted(session: Session, document: Document, reader: Person) -> bool:
    matter_id = document.matter_id
    return (
        portal_of(session, matter_id) is not None
        and not was_opened(session, matter_id, reader, SUBJECT, document.public_id)
        and participation(session, matter_id, reader) is not None
        and visible(session, matter_id).shows_document(document)
    )
