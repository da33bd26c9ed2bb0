"""What the pages of one portal have in common for staff: the matter's head, and the portal's tabs.

A page that is a tab of a portal, whichever feature it belongs to, extends
`access/staff_portal_frame.html` with its `portal_title` and `portal_tab` blocks, and passes
`**portal_frame(session, matter, current_user)`. It need not have been opened: the first message or
share opens it (FEATURES C8).
"""

from dataclasses import dataclass
from typing import Any, Protocol, cast

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from portal.access.queries import participation
from portal.clients.models import Matter
from portal.clients.tabs import matter_frame
from portal.feed import queries as feed
from portal.feed.people import SignedIn, person_of_user
from portal.web.permissions import Permission
from portal.web.staff_shell import is_open

COMMUNICATIONS = "client_portals.communications"
MESSAGES = "staff_messages.show"
SHARED_RESOURCES = "shared_resources.index"
PARTICIPANTS = "participants.index"
LABELS = (
    (_("Messages"), MESSAGES),
    (_("Shared resources"), SHARED_RESOURCES),
    (_("Participants"), PARTICIPANTS),
)


class Viewer(SignedIn, Protocol):
    """A signed-in user of the firm (`portal.firm.sessions.SignedIn`)."""

    @property
    def levels(self) -> frozenset[str]:
        """The levels that the user holds."""
        ...

    def may(self, permission: Permission) -> bool:
        """Whether the user may do something."""
        ...


@dataclass(frozen=True, slots=True)
class PortalTab:
    """One tab of a portal. `count`: how many messages are new to the viewer, none for no badge."""

    label: Any
    endpoint: str
    count: int | None = None


def portal_frame(
    session: Session, matter: Matter, viewer: Viewer | LocalProxy[Any]
) -> dict[str, Any]:
    """What `access/staff_portal_frame.html` needs, for a matter loaded by `clients.queries.matter`:
    the tabs that this deployment has (FEATURES C1), **Messages** with the viewer's unread ones, if
    they take part."""
    reader = person_of_user(cast(Viewer, viewer))
    news = None
    if participation(session, matter.id, reader) is not None:
        news = feed.unread(session, reader, [matter.id]).get(matter.id)
    return {
        **matter_frame(matter),
        "current_tab": COMMUNICATIONS,
        "portal_tabs": [
            PortalTab(label, endpoint, news if endpoint == MESSAGES else None)
            for label, endpoint in LABELS
            if is_open(endpoint, viewer.may)
        ],
    }
