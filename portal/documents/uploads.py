"""An upload from its announcement to the document that comes of it (FEATURES C2, C17).

First it is announced (`begin`), then its bytes come whole or in parts (portal/documents/receiving),
and last it is used: as a document, as a version of one, or by the message that carries it. Nothing
is seen of it before. It belongs to whoever began it; to everybody else it does not exist.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from portal.access.queries import portal_of, takes_part
from portal.core import clock, config, ids
from portal.core.errors import Conflict, Invalid, Missing
from portal.core.jobs import enqueue
from portal.documents.actions import add_document, add_version, from_client_folder, hold_feed
from portal.documents.models import (
    FILE_BYTES_MAX,
    Document,
    DocumentVersion,
    Folder,
    Preview,
    Scan,
    StoredFile,
    Upload,
)
from portal.documents.names import clean_name
from portal.documents.types import PICTURES
from portal.documents.visible import visible
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import Person
from portal.notifications import windows

PART_BYTES = 8 * 1024 * 1024
"""All parts but the last have this size. A part is what is sent again after a cut."""

WAITING_MAX = 100
"""Uploads of one person that nobody has used yet."""

KEPT_FOR = timedelta(days=1)
KEPT_FOR_A_MESSAGE = timedelta(days=30)
Still = Callable[[Session, int], object]
"""Raises `Missing` where whoever uploads may not see the matter (by row id) any more."""

SCAN_JOB, PREVIEW_JOB = "documents.scan", "documents.preview"


class TooLarge(Invalid):
    """More than 104,857,600 bytes."""

    status = 413


@dataclass(frozen=True, slots=True)
class Received:
    """What is known of bytes that lie in the store, whole."""

    object_id: str
    size_bytes: int
    sha256: str
    content_type: str


def too_large() -> TooLarge:
    """The refusal of a file over the limit."""
    return TooLarge(_("This file is larger than 100 MB. Choose a smaller one."), "file")


def refuse_size(size_bytes: int | None) -> None:
    """Raise `Invalid` for an empty file and `TooLarge` for one over 104,857,600 bytes (C2)."""
    if size_bytes is not None and size_bytes < 1:
        raise Invalid(_("This file is empty. Choose another one."), "file")
    if size_bytes is not None and size_bytes > FILE_BYTES_MAX:
        raise too_large()


def begin(
    session: Session,
    matter_id: int,
    *,
    by: Person,
    name: str,
    size_bytes: int | None,
    for_message: bool = False,
    folder_id: int | None = None,
    document_id: int | None = None,
) -> Upload:
    """Announce a file of a matter. It becomes a message's attachment (`for_message`), a version of
    a document, or a document in that folder; of a client always one in **From client**.

    Raises `Invalid` with a sentence for a size that cannot be, `Conflict` where somebody has a
    hundred uploads waiting, `Missing` for a folder or document of another matter.
    """
    refuse_size(size_bytes)
    _refuse_hoarding(session, by)
    for model, wanted in ((Folder, folder_id), (Document, document_id)):
        found = session.get(model, wanted) if wanted is not None else None
        if wanted is not None and (found is None or found.matter_id != matter_id):
            raise Missing
    upload = Upload(
        public_id=ids.public_id(),
        matter_id=matter_id,
        **by.columns,
        name=clean_name(name),
        size_bytes=size_bytes,
        for_message=for_message,
        folder_id=folder_id,
        document_id=document_id,
        begun_at=clock.wall_time(),
        parts=[],
    )
    session.add(upload)
    session.flush()
    return upload


def _refuse_hoarding(session: Session, by: Person) -> None:
    # On PostgreSQL those who announce at the same moment may get a few more. It only keeps the
    # store from being filled, so nobody waits for it.
    waiting = session.scalar(
        select(func.count())
        .select_from(Upload)
        .where(by.is_named_by(Upload), Upload.used_at.is_(None))
    )
    if (waiting or 0) >= WAITING_MAX:
        raise Conflict(_("Too many of your uploads are waiting. Use or cancel some of them first."))


def own(session: Session, public_id: str, by: Person, *, locked: bool = False) -> Upload:
    """An upload of this person, with the parts that have come. Raises `Missing` for another's."""
    statement = (
        select(Upload)
        .options(selectinload(Upload.parts))
        .where(Upload.public_id == public_id, by.is_named_by(Upload))
    )
    if locked:
        # A draft that only names it need not wait, and so never in a circle.
        locking = statement.with_for_update(key_share=True)
        statement = locking.execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise Missing(_("This upload is over. Please choose the file again."))
    return found


def finished(session: Session, public_id: str, by: Person, matter_id: int) -> Upload:
    """An upload whose file stands and that nothing has used yet, for the message that will carry
    it. Raises `Missing` for another's or one of another matter, `Invalid` while it is still coming,
    `Conflict` where it was used. Whoever uses it calls `use`."""
    upload = own(session, public_id, by, locked=True)
    if upload.matter_id != matter_id:
        raise Missing
    if upload.file_id is None:
        raise Invalid(_("The file is still being sent. Please wait until it is there."), "file")
    if upload.used_at is not None:
        raise Conflict(_("This file was used already. Please choose it again."))
    return upload


def use(session: Session, upload: Upload) -> StoredFile:
    """Mark a finished upload as used, once for ever; answers its file."""
    upload.used_at = clock.wall_time()
    session.flush()
    return session.get_one(StoredFile, upload.file_id)


def stand(session: Session, upload: Upload, received: Received) -> StoredFile:
    """Let the bytes in the store be the file of this upload, and owe what is to be done with it: a
    scan for viruses where there is a scanner, else a preview where it is a picture."""
    is_scanned = config.current().clamd_url is not None
    is_picture = received.content_type in PICTURES
    file = StoredFile(
        public_id=received.object_id,
        size_bytes=received.size_bytes,
        sha256=received.sha256,
        content_type=received.content_type,
        scan=Scan.WAITING if is_scanned else Scan.NOT_SCANNED,
        preview=Preview.WAITING if is_picture else Preview.NONE,
        made_at=clock.now(),
    )
    session.add(file)
    session.flush()
    upload.file_id = file.id
    upload.parts.clear()
    session.flush()
    if is_scanned:
        enqueue(session, SCAN_JOB, file_id=file.id)
    elif is_picture:
        enqueue(session, PREVIEW_JOB, file_id=file.id)
    return file


def admit(session: Session, matter_id: int, by: Person, still: Still | None = None) -> None:
    """Hold the feed of a matter and ask once more, now that nobody's part in it can end, whether
    this person may bring a file: it may have come for minutes. Raises `Missing` (FEATURES C14)."""
    hold_feed(session, matter_id)
    if by.contact_id is not None and not takes_part(session, matter_id, by.contact_id):
        raise Missing(_("This upload is over. Please choose the file again."))
    if still is not None:
        still(session, matter_id)


def place(session: Session, upload: Upload, by: Person) -> Document | None:
    """Make of a finished upload the document or version that it was begun for; None where a message
    is to carry it. Whoever places has called `admit`. Placing twice is once. What clients bring is
    news to the firm (FEATURES C5)."""
    if upload.for_message or upload.file_id is None:
        return None
    if upload.used_at is not None:
        return _document_of(session, upload.file_id)
    file = use(session, upload)
    if upload.document_id is not None:
        document = session.get_one(Document, upload.document_id)
        add_version(session, document, file, by)
        return document
    folder_id = upload.folder_id
    if by.is_client:
        folder_id = from_client_folder(session, upload.matter_id).id
    document = add_document(
        session, upload.matter_id, file=file, name=upload.name, folder_id=folder_id, by=by
    )
    _tell(session, document, by)
    return document


def _document_of(session: Session, file_id: int) -> Document | None:
    return session.scalar(
        select(Document)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(DocumentVersion.file_id == file_id)
    )


def _tell(session: Session, document: Document, by: Person) -> None:
    matter_id = document.matter_id
    if by.is_client:
        kind = EventKind.UPLOADED
    elif portal_of(session, matter_id) and visible(session, matter_id).shows_document(document):
        kind = EventKind.SHARING_STARTED  # it was put into a shared folder
    else:
        return
    position = feed.add_event(
        session,
        matter_id,
        kind,
        by=by,
        subject_kind="document",
        subject_id=document.public_id,
        name=document.name,
    )
    windows.note_item(session, matter_id, by=by, position=position)
