"""What the messages page needs, the same for both sides: the feed, what is new, the composer."""

from typing import Any

from sqlalchemy.orm import Session

from portal.access import queries as access
from portal.clients.models import Matter
from portal.core import ids
from portal.documents.audience import readers
from portal.feed import queries as feed
from portal.feed.models import EventKind
from portal.messages import attaching, drafts, queries, timeline
from portal.messages.drafts import Begun
from portal.messages.timeline import View


def page(session: Session, view: View) -> dict[str, Any]:
    """The end of the feed, opened where something is new."""
    up_to = feed.up_to_of(session, view.matter_id, view.reader)
    shown = timeline.newest(session, view, up_to)
    return {"page": shown, **unread(session, view)}


def news(session: Session, view: View, after: int) -> dict[str, Any]:
    """What an open page that knows the feed up to a position has to add and to draw anew."""
    last = queries.last_position(session, view.matter_id)
    after = min(after, last)
    added = timeline.since(session, view, after, last)
    changed = queries.changed_since(session, view.matter_id, after, staff=view.is_staff)
    again: list[timeline.Bubble] = []
    if changed:
        gone = queries.deleted_since(session, view.matter_id, after)
        known = timeline.again(session, view, gone)
        again = [bubble for bubble in known if bubble.position <= after]
    # Who saw it is drawn apart from what was said, which would be read out again.
    whole = bool(changed & {EventKind.MESSAGE_DELETED, EventKind.SHARING_STOPPED})
    return {"page": added, "again": again, "whole": whole, **unread(session, view)}


def unread(session: Session, view: View) -> dict[str, int]:
    """How many messages are new to the reader: the number in the badge and the page's title."""
    return {"unread": feed.unread(session, view.reader, [view.matter_id]).get(view.matter_id, 0)}


def composer(
    session: Session,
    view: View,
    *,
    begun: Begun | None = None,
    errors: dict[str, str] | None = None,
    uploaded: str | None = None,
) -> dict[str, Any]:
    """The composer with what was begun: as it was kept, or as it was just typed and refused.
    `uploaded` is the id of a file that a form without script has just brought."""
    if begun is None:
        begun = drafts.begun(session, view.matter_id, view.reader)
    if uploaded:
        keys = [f"upload:{uploaded}"]
        brought = attaching.still_there(session, view.matter_id, view.reader, keys)
        begun = Begun(begun.text, brought or begun.attachment)
    return {"begun": begun, "nonce": ids.public_id(), "errors": errors or {}}


def before_the_first(session: Session, matter: Matter) -> dict[str, Any]:
    """Before a portal is opened: whom the first message invites (FEATURES C8)."""
    if access.portal_of(session, matter.id) is not None:
        return {"invited": None}
    return {"invited": readers(session, matter)}
