"""What somebody has begun to write, kept on the server as they type: it waits for them on any
device, and is gone once it is sent. At most one a person and portal."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.errors import Invalid
from portal.documents.models import Document, Folder, Upload
from portal.feed.people import Person
from portal.messages import once
from portal.messages.attaching import Attachable, chosen, key_of, still_there, waiting
from portal.messages.models import TEXT_CHARS_MAX, Draft, Message
from portal.messages.texts import clean

_NEWEST = 50


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft as a composer shows it: its text, and what is attached to it."""

    text: str = ""
    attachment: Attachable | None = None

    @property
    def attached_key(self) -> str:
        """What the form sends for its attachment: `document:<public id>`; empty for none."""
        return key_of(self.attachment) if self.attachment is not None else ""

    @property
    def is_folder(self) -> bool:
        """Whether a folder is attached, with all that lies in it."""
        return isinstance(self.attachment, Folder)


def begun(session: Session, matter_id: int, by: Person) -> Begun:
    """What this person has begun to write in this portal. An upload that was used or swept is not
    attached any more."""
    kept = session.execute(
        select(Draft.text, Document, Folder, Upload)
        .outerjoin(Document, Document.id == Draft.document_id)
        .outerjoin(Folder, Folder.id == Draft.folder_id)
        .outerjoin(Upload, and_(Upload.id == Draft.upload_id, waiting(by)))
        .where(Draft.matter_id == matter_id, by.is_named_by(Draft))
    ).first()
    if kept is None:
        return Begun()
    return Begun(kept.text, kept.Document or kept.Folder or kept.Upload)


def typed(session: Session, matter_id: int, by: Person, text: str, keys: list[str]) -> Begun:
    """What was just typed and refused, for the composer to show again. Of several attachments the
    first stays."""
    return Begun(text, still_there(session, matter_id, by, keys[:1]))


def keep(
    session: Session,
    matter_id: int,
    *,
    by: Person,
    text: str,
    attached: list[str],
    nonce: str,
) -> None:
    """Keep what is typed so far, at most a little more than can be sent; `attached` are the keys of
    what it carries, as far as that is still there. Nothing is kept of what its form has sent
    meanwhile, whole or in part: what comes late does not come back."""
    attachment = still_there(session, matter_id, by, attached)
    said = clean(text)[: 2 * TEXT_CHARS_MAX]
    if _was_sent(session, once.form_of(matter_id, by.actor, nonce), matter_id, said):
        return
    if not said and attachment is None:
        forget(session, matter_id, by)
        return
    _put(session, matter_id, by, {"text": said, **_columns(attachment)})


def _was_sent(session: Session, form: str, matter_id: int, said: str) -> bool:
    """Whether a form sent this, or what it became, among the newest messages of a portal."""
    newest = (
        select(Message.nonce, Message.text)
        .where(Message.matter_id == matter_id)
        .order_by(Message.position.desc())
        .limit(_NEWEST)
        .subquery()
    )
    by_form = func.substr(newest.c.nonce, 1, len(form)) == form
    texts = session.scalars(select(newest.c.text).where(by_form))
    return any(text.startswith(said) for text in texts)


def attach(session: Session, matter_id: int, *, by: Person, keys: list[str]) -> str | None:
    """Keep what is to be sent with the message that is being written, by its key; none takes it
    off. The text stays as it is. Answers in words why it cannot be attached, and then takes off
    what was: the composer shows both."""
    problem: str | None = None
    try:
        what = chosen(session, matter_id, by, keys)
    except Invalid as wrong:
        what, problem = None, str(wrong)
    _put(session, matter_id, by, _columns(what))
    return problem


def _columns(what: Attachable | None) -> dict[str, int | None]:
    return {
        "upload_id": what.id if isinstance(what, Upload) else None,
        "document_id": what.id if isinstance(what, Document) else None,
        "folder_id": what.id if isinstance(what, Folder) else None,
    }


def _put(session: Session, matter_id: int, by: Person, values: dict[str, Any]) -> None:
    # Two devices at once: the later one stands.
    begin = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    values = {**values, "changed_at": clock.now()}
    session.execute(
        begin(Draft)
        .values(**{"matter_id": matter_id, "text": "", **by.columns, **values})
        .on_conflict_do_update(
            index_elements=["matter_id", "contact_id" if by.is_client else "user_id"], set_=values
        )
    )


def forget(session: Session, matter_id: int, by: Person) -> None:
    """Let go of what this person has begun to write in this portal."""
    session.execute(delete(Draft).where(Draft.matter_id == matter_id, by.is_named_by(Draft)))
