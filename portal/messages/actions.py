"""Sending a message, and deleting one of the firm's (FEATURES C2, C8, C13)."""

import hashlib
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access import actions as access
from portal.access.queries import participation
from portal.clients.models import Matter
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid, Missing
from portal.documents import sharing
from portal.documents.models import Document, DocumentVersion, Folder, Share, StoredFile
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.feed.people import Person
from portal.messages import drafts, once
from portal.messages.attaching import Attachable, chosen, key_of, placed
from portal.messages.models import Message
from portal.messages.texts import checked, clean
from portal.notifications import windows


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that stands. `lacking` are the names of client participants who could not be
    invited, as they have no email address: whoever sends must be told (FEATURES C9)."""

    message: Message
    lacking: list[str]


def send(
    session: Session,
    matter: Matter,
    *,
    by: Person,
    text: str,
    attachment: Attachable | None = None,
    nonce: str,
) -> Sent:
    """Write in the portal of a matter. The firm's first message opens the portal with its sender
    and the matter's client, and each message invites whoever has not joined (FEATURES C8).

    `nonce` names the form: the same text and attachment by the same form is the same message,
    however often it arrives; anything else by it is one more.
    Raises `Invalid` for a text that is empty or too long, `Missing` for a client who does not take
    part.
    """
    said = checked(text, may_be_empty=attachment is not None)
    _come_in(session, matter, by)
    key = key_of(attachment) if attachment is not None else ""
    named = once.name_of(matter.id, by.actor, nonce, said, key)
    known = _sent_as(session, named)
    if known is not None:
        return Sent(known, [])
    message = _add(session, matter, by, said, attachment, named)
    drafts.forget(session, matter.id, by)
    lacking = [] if by.is_client else access.invite_missing(session, matter, by)
    windows.note_item(session, matter.id, by=by, position=message.position)
    return Sent(message, lacking)


def send_written(
    session: Session, matter: Matter, *, by: Person, text: str, attached: list[str], nonce: str
) -> Sent:
    """Send what a form brought: `attached` are the keys of what it carries. A form that comes again
    names an upload that the first one used, so what was sent is looked for first.

    Raises what `send` raises, and `Invalid` for what cannot be attached.
    """
    named = once.name_of(matter.id, by.actor, nonce, clean(text), "".join(attached))
    known = _sent_as(session, named)
    if known is not None:
        return Sent(known, [])
    try:
        attachment = chosen(session, matter.id, by, attached)
    except Invalid:
        known = _sent_as(session, named)  # by the same form, since we looked
        if known is None:
            raise
        return Sent(known, [])
    return send(session, matter, by=by, text=text, attachment=attachment, nonce=nonce)


def _come_in(session: Session, matter: Matter, by: Person) -> None:
    """Hold the feed, with the sender as somebody who takes part."""
    if by.is_client:
        if participation(session, matter.id, by) is not None:
            feed.lock(session, matter.id)
        if participation(session, matter.id, by) is None:  # removed while we waited
            raise Missing(_("There is nothing at this address. Please check the link."))
        return
    access.take_part(session, matter, by)


def _sent_as(session: Session, named: str) -> Message | None:
    return session.scalar(select(Message).where(Message.nonce == named))


def _add(
    session: Session,
    matter: Matter,
    by: Person,
    said: str,
    attachment: Attachable | None,
    nonce: str,
) -> Message:
    share = None
    if attachment is not None:
        what = placed(session, matter.id, by, attachment)
        share = sharing.attach(session, matter.id, by=by, what=what)
    public_id = ids.public_id()
    position = feed.add_event(
        session,
        matter.id,
        EventKind.MESSAGE,
        by=by,
        subject_kind="message",
        subject_id=public_id,
    )
    message = Message(
        public_id=public_id,
        matter_id=matter.id,
        position=position,
        **by.columns,
        text=said,
        share_id=share.id if share else None,
        nonce=nonce,
        sent_at=clock.now(),
    )
    session.add(message)
    session.flush()
    return message


def delete(session: Session, message: Message, *, by: Person) -> None:
    """Delete a message of the firm's: its text is gone and what it carries is shared no longer,
    for everybody in the portal. The feed keeps who did it, the activity log what it was, by its
    SHA-256 (FEATURES C13). Deleting twice is once.

    Raises `Conflict` for a client's message, `Missing` where a client asks.
    """
    if by.is_client:
        raise Missing(_("There is no such message."))
    feed.lock(session, message.matter_id)
    session.refresh(message)
    if message.contact_id is not None:
        raise Conflict(_("Messages of clients cannot be deleted."))
    if message.deleted_at is not None:
        return
    text_hash = hashlib.sha256(message.text.encode()).hexdigest()
    file_hash = _stop_sharing(session, message, by)
    message.text, message.deleted_at, message.deleted_by = "", clock.now(), by.actor
    session.flush()
    feed.add_event(
        session,
        message.matter_id,
        EventKind.MESSAGE_DELETED,
        by=by,
        subject_kind="message",
        subject_id=message.public_id,
    )
    told = {"text_sha256": text_hash, "attachment_sha256": file_hash}
    audit.record(session, by.actor, "message.deleted", f"message:{message.public_id}", **told)


def _stop_sharing(session: Session, message: Message, by: Person) -> str | None:
    """End the share of what a message carries; answers the SHA-256 of its file, none for none."""
    row = session.execute(
        select(Share, Document.name, Folder.name, StoredFile.sha256)
        .outerjoin(Document, Document.id == Share.document_id)
        .outerjoin(Folder, Folder.id == Share.folder_id)
        .outerjoin(
            DocumentVersion,
            (DocumentVersion.document_id == Share.document_id)
            & (DocumentVersion.number == Share.version),
        )
        .outerjoin(StoredFile, StoredFile.id == DocumentVersion.file_id)
        .where(Share.id == message.share_id)
    ).first()
    if row is None:
        return None
    share, document, folder, file_hash = row
    sharing.stop(session, share, by=by, name=document or folder)
    return file_hash
