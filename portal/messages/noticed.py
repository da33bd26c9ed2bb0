"""What of a portal's news is gone by the time its email goes out (FEATURES C5, C12, C13)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.models import Document, Folder, ShareKind
from portal.documents.visible import Visible, visible
from portal.feed.models import EventKind
from portal.messages.models import Message
from portal.notifications.portal_items import Item, leave_out_by


@leave_out_by
def gone(session: Session, matter_id: int, items: Sequence[Item]) -> set[int]:
    """The positions of messages that were deleted, and of what clients no longer see."""
    written = [item.position for item in items if item.kind == EventKind.MESSAGE]
    shared = [item for item in items if item.kind == EventKind.SHARING_STARTED]
    return _deleted(session, matter_id, written) | _shared_no_more(session, matter_id, shared)


def _deleted(session: Session, matter_id: int, written: Iterable[int]) -> set[int]:
    return set(
        session.scalars(
            select(Message.position).where(
                Message.matter_id == matter_id,
                Message.position.in_(set(written)),
                Message.deleted_at.is_not(None),
            )
        )
    )


def _shared_no_more(session: Session, matter_id: int, shared: Sequence[Item]) -> set[int]:
    """What is shared by itself may be stopped, and still be seen by a folder that it lies in; what
    was put into a shared folder is seen by that folder alone (FEATURES C3)."""
    if not shared:
        return set()
    named = {item.subject_id for item in shared}
    shown = visible(session, matter_id)
    documents = select(Document).where(Document.public_id.in_(named))
    folders = select(Folder).where(Folder.public_id.in_(named))
    seen = {one.public_id for one in session.scalars(documents) if shown.shows_document(one)}
    seen |= {one.public_id for one in session.scalars(folders) if shown.shows_folder(one.id)}
    return {item.position for item in shared if not _is_seen(item, seen, shown)}


def _is_seen(item: Item, seen: set[str], shown: Visible) -> bool:
    if item.subject_kind in list(ShareKind):
        return item.subject_id in seen
    return shown.shows(item.subject_kind, item.subject_id)
