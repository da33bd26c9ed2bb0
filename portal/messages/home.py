"""What a client's home shows: each of their matters, and what of it is new to them (FEATURES C16).

A constant number of SELECTs, however many matters there are.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.access.models import Participant
from portal.access.queries import NOW
from portal.clients.models import Matter
from portal.documents.models import Document, DocumentVersion, Folder, Scan, Share, StoredFile
from portal.documents.opening import SUBJECT
from portal.feed.models import EventKind, FeedEvent
from portal.feed.people import Person
from portal.feed.queries import unread

_KEPT_BACK = (Scan.WAITING, Scan.INFECTED)
_CONTACT_ID = bindparam("contact_id")


@dataclass(frozen=True, slots=True)
class MatterNews:
    """One matter of a client (`public_id` and `name`), with the messages and documents in it that
    are new to them."""

    matter: Any
    messages: int
    documents: int

    def __bool__(self) -> bool:
        return bool(self.messages or self.documents)


@dataclass(frozen=True)
class Home:
    """All matters of a client, the newest first."""

    matters: tuple[MatterNews, ...]

    @cached_property
    def needing(self) -> tuple[MatterNews, ...]:
        """Those in which something is new."""
        return tuple(one for one in self.matters if one)

    @property
    def messages(self) -> int:
        """How many messages are new, in all of them."""
        return sum(one.messages for one in self.matters)

    @cached_property
    def fingerprint(self) -> str:
        """A name for what is shown, by which an open page learns that it still is."""
        shown = [
            (one.matter.public_id, one.matter.name, one.messages, one.documents)
            for one in self.matters
        ]
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def home_of(session: Session, reader: Person) -> Home:
    """What this client's home shows now. The reader is a client."""
    if reader.contact_id is None:
        raise ValueError("only clients have a home in the portal")
    matters = session.execute(_MATTERS, {"contact_id": reader.contact_id}).all()
    messages = unread(session, reader, [matter.id for matter in matters])
    documents = new_documents(session, reader.contact_id)
    return Home(
        tuple(
            MatterNews(matter, messages.get(matter.id, 0), documents.get(matter.id, 0))
            for matter in matters
        )
    )


def new_documents(session: Session, contact_id: int) -> dict[int, int]:
    """How many documents of each of a client's matters are shared and were never opened by them.

    Those that they brought themselves are not new to them; those that cannot be opened, as they
    wait for the virus scanner or failed it, are left out.
    """
    rows = session.execute(_NEW_DOCUMENTS, {"contact_id": contact_id})
    return {row.matter_id: row.new for row in rows}


# Built once: an open page asks these every half minute, and building costs more than asking.
_MATTERS = (
    select(Matter.id, Matter.public_id, Matter.name)
    .join(Participant, Participant.matter_id == Matter.id)
    .where(Participant.contact_id == _CONTACT_ID, NOW)
    .order_by(Matter.id.desc())
)
_THEIRS = select(Participant.matter_id).where(Participant.contact_id == _CONTACT_ID, NOW)


def _is_shared() -> ColumnElement[bool]:
    """That a document of their matters is shared: by itself, by a message, or by a folder that it
    lies in, at any depth (`documents.visible`, for many matters at once)."""
    live = (Share.matter_id.in_(_THEIRS), Share.stopped_at.is_(None))
    itself = select(Share.document_id).where(*live, Share.document_id.is_not(None))
    inside = (
        select(Share.folder_id.label("id"))
        .where(*live, Share.folder_id.is_not(None))
        .cte("inside", recursive=True)
    )
    inside = inside.union(select(Folder.id).where(Folder.parent_id == inside.c.id))
    return or_(Document.id.in_(itself), Document.folder_id.in_(select(inside.c.id)))


_WAS_OPENED = exists().where(
    FeedEvent.matter_id == Document.matter_id,
    FeedEvent.kind == EventKind.OPENED,
    FeedEvent.contact_id == _CONTACT_ID,
    FeedEvent.subject_kind == SUBJECT,
    FeedEvent.subject_id == Document.public_id,
)
_LATEST = (DocumentVersion.document_id == Document.id) & (DocumentVersion.number == Document.latest)
_NEW_DOCUMENTS = (
    select(Document.matter_id, func.count().label("new"))
    .join(DocumentVersion, _LATEST)
    .join(StoredFile, StoredFile.id == DocumentVersion.file_id)
    .where(
        Document.matter_id.in_(_THEIRS),
        _is_shared(),
        DocumentVersion.contact_id.is_distinct_from(_CONTACT_ID),
        StoredFile.scan.not_in(_KEPT_BACK),
        ~_WAS_OPENED,
    )
    .group_by(Document.matter_id)
)
