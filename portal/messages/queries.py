"""The feed of a portal as a page shows it: messages by their place, with what they carry.

Everything is asked for by (matter, position), newest first, a constant number of SELECTs whatever
the page holds. Rows, not objects: this is the page that is open all day.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from portal.clients.access import Closed
from portal.clients.models import Contact, Matter
from portal.core.errors import Missing
from portal.documents.models import Document, DocumentVersion, Folder, Share, StoredFile
from portal.feed.models import EventKind, Feed, FeedEvent
from portal.feed.people import Person
from portal.firm.models import User
from portal.messages.models import Message

PAGE = 50
UNREAD_SHOWN_MAX = 500

_DELETER = aliased(User, name="deleter")
_USER_ACTOR_CHARS = len("user:")


def message(session: Session, public_id: str, closed: Closed) -> tuple[Message, Matter]:
    """One message and its matter. Raises `Missing` for none, or one of a matter that is `closed`
    to the viewer."""
    found = session.execute(
        select(Message, Matter)
        .join(Matter, Matter.id == Message.matter_id)
        .where(Message.public_id == public_id, *closed.left_out(Matter.id))
    ).first()
    if found is None:
        raise Missing(_("There is no such message."))
    return found.Message, found.Matter


def last_position(session: Session, matter_id: int) -> int:
    """The position of the newest event of a portal; 0 where there is none. The cheapest question
    that a page can ask every few seconds."""
    return session.scalar(select(Feed.last_position).where(Feed.matter_id == matter_id)) or 0


def messages(
    session: Session, matter_id: int, *which: ColumnElement[bool], limit: int
) -> Sequence[Any]:
    """The newest messages of a portal that fit, the newest first, each with its sender and the
    share that it carries, in one SELECT."""
    statement = (
        select(
            *(Message.position, Message.public_id, Message.user_id, Message.contact_id),
            *(Message.text, Message.share_id, Message.sent_at, Message.deleted_at),
            func.coalesce(User.name, Contact.name).label("sender"),
            _DELETER.name.label("deleter"),
        )
        .outerjoin(User, User.id == Message.user_id)
        .outerjoin(Contact, Contact.id == Message.contact_id)
        .outerjoin(
            _DELETER, _DELETER.public_id == func.substr(Message.deleted_by, _USER_ACTOR_CHARS + 1)
        )
        .where(Message.matter_id == matter_id, *which)
    )
    return session.execute(statement.order_by(Message.position.desc()).limit(limit)).all()


def carried(session: Session, share_ids: Iterable[int]) -> dict[int, Any]:
    """What messages carry, by their shares, in one SELECT; none where nothing is carried.

    Apart from the messages: PostgreSQL takes longer to plan nine tables at once than to read them.
    """
    wanted = set(share_ids)
    if not wanted:
        return {}
    version = and_(
        DocumentVersion.document_id == Share.document_id, DocumentVersion.number == Share.version
    )
    rows = session.execute(
        select(
            *(Share.id, Share.kind, Share.subject_id, Share.version, Share.stopped_by),
            func.coalesce(Document.name, Folder.name).label("name"),
            *(StoredFile.size_bytes, StoredFile.content_type, StoredFile.scan),
        )
        .outerjoin(Document, Document.id == Share.document_id)
        .outerjoin(Folder, Folder.id == Share.folder_id)
        .outerjoin(DocumentVersion, version)
        .outerjoin(StoredFile, StoredFile.id == DocumentVersion.file_id)
        .where(Share.id.in_(wanted))
    )
    return {row.id: row for row in rows}


def names_of_users(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """What these users are called, by `user:<public id>`, in one SELECT; none where nobody is."""
    wanted = {actor[_USER_ACTOR_CHARS:] for actor in actors if actor.startswith("user:")}
    if not wanted:
        return {}
    rows = session.execute(select(User.public_id, User.name).where(User.public_id.in_(wanted)))
    return {f"user:{row.public_id}": row.name for row in rows}


def events(
    session: Session, matter_id: int, *which: ColumnElement[bool], limit: int
) -> Sequence[Any]:
    """The newest events of a portal that fit, messages among them, the newest first, each with who
    did it, in one SELECT."""
    statement = (
        select(
            *(FeedEvent.position, FeedEvent.kind, FeedEvent.at, FeedEvent.name),
            *(FeedEvent.subject_kind, FeedEvent.subject_id, FeedEvent.up_to),
            func.coalesce(User.name, Contact.name).label("who"),
        )
        .outerjoin(User, User.id == FeedEvent.user_id)
        .outerjoin(Contact, Contact.id == FeedEvent.contact_id)
        .where(FeedEvent.matter_id == matter_id, *which)
    )
    return session.execute(statement.order_by(FeedEvent.position.desc()).limit(limit)).all()


def first_unread(session: Session, matter_id: int, reader: Person, up_to: int) -> int | None:
    """The position of the first message of others that somebody has not read, and still can."""
    column = Message.contact_id if reader.is_client else Message.user_id
    own = reader.contact_id if reader.is_client else reader.user_id
    return session.scalar(
        select(Message.position)
        .where(
            Message.matter_id == matter_id,
            Message.position > up_to,
            Message.deleted_at.is_(None),
            column.is_distinct_from(own),
        )
        .order_by(Message.position)
        .limit(1)
    )


def position_before(session: Session, matter_id: int, position: int, steps: int) -> int:
    """The position of the message that stands so many messages before this one, or the oldest."""
    older = (
        select(FeedEvent.position)
        .where(
            FeedEvent.matter_id == matter_id,
            FeedEvent.kind == EventKind.MESSAGE,
            FeedEvent.position <= position,
        )
        .order_by(FeedEvent.position.desc())
        .limit(steps + 1)
        .subquery()
    )
    return session.scalar(select(func.min(older.c.position))) or position


def changed_since(session: Session, matter_id: int, after: int, *, staff: bool) -> set[str]:
    """Which kinds of event, messages left out, came after a position and change what stands on an
    open page. Clients see neither what was read nor what was opened."""
    kinds = {EventKind.MESSAGE_DELETED, EventKind.SHARING_STOPPED}
    if staff:
        kinds |= {EventKind.READ, EventKind.OPENED}
    return set(
        session.scalars(
            select(FeedEvent.kind)
            .distinct()
            .where(
                FeedEvent.matter_id == matter_id,
                FeedEvent.position > after,
                FeedEvent.kind.in_(kinds),
            )
        )
    )


def deleted_since(session: Session, matter_id: int, after: int) -> Collection[str]:
    """The public ids of the messages that were deleted after this position."""
    return session.scalars(
        select(FeedEvent.subject_id).where(
            FeedEvent.matter_id == matter_id,
            FeedEvent.position > after,
            FeedEvent.kind == EventKind.MESSAGE_DELETED,
        )
    ).all()
