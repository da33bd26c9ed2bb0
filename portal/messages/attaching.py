"""What a message can carry, at most one (FEATURES C2, C3): a file just uploaded, or for the firm a
document or a folder of the matter.

A form names it as `upload:<public id>`, `document:<public id>` or `folder:<public id>`. Clients
attach only what they bring: what the firm shares with them is the firm's to share, and to stop.
"""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.core.errors import Invalid, Refusal
from portal.documents import uploads
from portal.documents.actions import add_document, from_client_folder
from portal.documents.models import Document, Folder, Upload
from portal.feed.people import Person

Attachable = Document | Folder | Upload
_KINDS: dict[str, type[Attachable]] = {"upload": Upload, "document": Document, "folder": Folder}


def key_of(what: Attachable) -> str:
    """How a form names it."""
    kind = next(kind for kind, table in _KINDS.items() if isinstance(what, table))
    return f"{kind}:{what.public_id}"


def chosen(session: Session, matter_id: int, by: Person, keys: list[str]) -> Attachable | None:
    """What a form attaches; None for nothing. Raises `Invalid` for more than one thing, for
    something of another matter or person, and for what is gone or was used."""
    named = [key for key in keys if key]
    if len(named) > 1:
        raise Invalid(
            _("A message carries one attachment. Send the others with messages of their own.")
            if by.is_client
            else _("A message carries one attachment. To share several, share a folder."),
            "attachment",
        )
    if not named:
        return None
    kind, _colon, public_id = named[0].partition(":")
    found = _found(session, matter_id, by, kind, public_id)
    if found is None:
        raise _gone()
    return found


def still_there(session: Session, matter_id: int, by: Person, keys: list[str]) -> Attachable | None:
    """What a draft attaches, as far as it can be: nothing in place of a refusal."""
    try:
        return chosen(session, matter_id, by, keys)
    except Invalid:
        return None


def _found(
    session: Session, matter_id: int, by: Person, kind: str, public_id: str
) -> Attachable | None:
    table = _KINDS.get(kind)
    if table is None or "\0" in public_id or (by.is_client and table is not Upload):
        return None
    which: list[ColumnElement[bool]] = [
        table.matter_id == matter_id,
        table.public_id == public_id,
        *([waiting(by)] if table is Upload else []),
    ]
    found: Any = session.scalar(select(table).where(*which))
    return found


def waiting(by: Person) -> ColumnElement[bool]:
    """That an upload is this person's, meant for a message, whole, and not used yet."""
    whole = (Upload.file_id.is_not(None), Upload.used_at.is_(None))
    return and_(by.is_named_by(Upload), Upload.for_message, *whole)


def placed(session: Session, matter_id: int, by: Person, what: Attachable) -> Document | Folder:
    """What is shared by the message: of an upload, the document that it becomes. A client's lands
    in **From client** (FEATURES C17). Raises `Invalid` where the upload was used meanwhile."""
    if not isinstance(what, Upload):
        return what
    try:
        upload = uploads.finished(session, what.public_id, by, matter_id)
    except Refusal as wrong:
        raise _gone() from wrong
    folder_id = from_client_folder(session, matter_id).id if by.is_client else None
    file = uploads.use(session, upload)
    return add_document(session, matter_id, file=file, name=upload.name, folder_id=folder_id, by=by)


def _gone() -> Invalid:
    return Invalid(_("What you attached is no longer there. Attach it again."), "attachment")
