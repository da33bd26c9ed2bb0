"""The emails of notice windows: what came in a client portal, told to the other side (FEATURES C5).

They say how much came and from whom, never what: neither text nor a document's name, and to
clients the matter's name only where the firm says so (M13). The one text in them is what somebody
wrote for the email with which a bill is sent (D3). Answers are written in the portal.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.access.bound import has_joined
from portal.access.models import ClientAccount, Participant
from portal.access.queries import names_matters
from portal.clients.access import closed_to
from portal.clients.models import Contact, Matter
from portal.core import config
from portal.feed import actions as feed
from portal.firm.brand import brand
from portal.firm.models import User
from portal.notifications.models import NoticeWindow
from portal.notifications.portal_items import News, news, said
from portal.outbox.registry import Email, Recipient, audience, email
from portal.web import language

TO_CLIENT, TO_FIRM = "portal-news-client", "portal-news-firm"
AUDIENCES = {kind: f"notifications.{kind}" for kind in (TO_CLIENT, TO_FIRM)}
STREAM = "portal"


@dataclass(frozen=True, slots=True)
class _Viewer:
    id: int
    levels: frozenset[str]


@audience(AUDIENCES[TO_CLIENT])
def told_client(session: Session, args: dict[str, Any]) -> list[Recipient]:
    """The client whose window it is, while they take part and have joined with the address that is
    theirs now; nobody where nothing of what came is left."""
    found = _whole(session, args)
    contact = found.participant.contact
    if contact is None or found.participant.removed_at is not None or not found.lines:
        return []
    address = session.scalar(
        select(ClientAccount.address).where(ClientAccount.contact_id == contact.id, *has_joined())
    )
    return [Recipient(contact.name, address, _spoken(session, contact))] if address else []


@audience(AUDIENCES[TO_FIRM])
def told_user(session: Session, args: dict[str, Any]) -> list[Recipient]:
    """The user whose window it is, while they take part, work at the firm and may see the matter;
    nobody where nothing of what came is left."""
    found = _whole(session, args)
    user = found.participant.user
    if user is None or found.participant.removed_at is not None or not found.lines:
        return []
    if user.disabled_at is not None or not _may_see(session, user, found.matter):
        return []
    return [Recipient(user.name, user.email, language.for_staff(brand(session).country))]


@email(TO_CLIENT, stream=STREAM)
def portal_news_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To a client: the firm has written or shared something, with the way to it (FEATURES C5)."""
    found = news(session, args["window"])
    named = names_matters(session)
    return Email(
        TO_CLIENT,
        {
            "lines": found.lines,
            "said": said,
            "messages": found.messages,
            "matter_name": found.matter.name if named else "",
            "url": _url(f"/portal/matters/{found.matter.public_id}", found),
        },
    )


@email(TO_FIRM, stream=STREAM)
def portal_news_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To somebody of the firm: a client has written or uploaded something (FEATURES C5)."""
    found = news(session, args["window"])
    return Email(
        TO_FIRM,
        {
            "lines": found.lines,
            "said": said,
            "matter_number": found.matter.number,
            "url": f"{config.current().base_url}/staff/matters/{found.matter.public_id}/portal",
        },
    )


def _url(matter: str, found: News) -> str:
    """The messages, or the documents where nothing was written."""
    written = any(line.what == "message" for line in found.lines)
    return f"{config.current().base_url}{matter}/{'messages' if written else 'documents'}"


def _whole(session: Session, args: dict[str, Any]) -> News:
    """What the window brought, once nobody adds to it any more.

    Whoever adds holds the feed, from before the item's time is taken. So what came before the
    window closed is there as soon as the feed is ours, also what was committed just after.
    """
    matter_id = session.scalars(
        select(Participant.matter_id)
        .join(NoticeWindow, NoticeWindow.participant_id == Participant.id)
        .where(NoticeWindow.public_id == args["window"])
    ).one()
    feed.lock(session, matter_id)
    return news(session, args["window"])


def _may_see(session: Session, user: User, matter: Matter) -> bool:
    viewer = _Viewer(user.id, frozenset(row.level for row in user.levels))
    open_to_them = closed_to(session, viewer).left_out(Matter.id)
    return bool(session.scalar(select(exists().where(Matter.id == matter.id, *open_to_them))))


def _spoken(session: Session, contact: Contact) -> str:
    face = brand(session)
    return language.offered_as(contact.language or "", face.languages) or face.locale
