"""**Client portals**: all of them, and what stands on a matter's **Communications** tab."""

from typing import Any, cast

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from portal.access import contact_card as _contact_card  # noqa: F401  it registers itself
from portal.access import frame, listing, queries
from portal.access import log_words as _log_words  # noqa: F401  they register themselves
from portal.access.filters import UNREAD, PortalFilters
from portal.access.frame import COMMUNICATIONS
from portal.access.listing import FoundPortals
from portal.access.states import first_invited, standings
from portal.clients import tabs
from portal.clients.access import closed_to
from portal.clients.queries import matter
from portal.core import db
from portal.feed import queries as feed
from portal.feed.people import Person, person_of_user
from portal.firm.brand import brand
from portal.web import lists
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import list_or_fragment
from portal.web.permissions import PORTALS
from portal.web.staff_shell import is_open

blueprint = staff_blueprint("client_portals", __name__)


def show_on_other_pages() -> None:
    """**Communications** as a tab of every matter. Called by app.py."""
    tabs.add_matter_tab(_lazy("Communications"), COMMUNICATIONS)


@blueprint.get("/portals", needs=PORTALS)
def index() -> Response:
    """The portals that the user may see, those with unread messages first (FEATURES X2, X4)."""
    filters = PortalFilters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        closed, reader = closed_to(session, current_user), _reader()
        found = listing.find_portals(session, closed, reader, filters.wanted)
        context = _of_each(session, found, reader)
    here = filters.query(after=filters.after, before=filters.before)
    return list_or_fragment(
        "access/staff_portals.html",
        "access/_portals.html",
        url_for("client_portals.index", **cast(Any, here)),
        filters=filters,
        found=found,
        **context,
        tabs=lists.tabs([(None, _("All")), (UNREAD, _("Unread"))], filters.show, _shown(filters)),
        pages={
            "previous_url": _address(filters, before=found.previous_spot),
            "next_url": _address(filters, after=found.next_spot),
        },
        count_words=lists.count_words(
            found.count,
            len(found.rows),
            lambda count: ngettext("%(num)s portal", "%(num)s portals", count),
        ),
        messages=_messages(),
    )


def _of_each(session: Session, found: FoundPortals, reader: Person) -> dict[str, Any]:
    """Who takes part in the portals of a page, how the clients stand, and what is unread there."""
    people = listing.participants_of(session, (row.matter_id for row in found.rows))
    everybody = [one for those in people.values() for one in those]
    clients = {one.contact.id: one.contact for one in everybody if one.contact is not None}
    mine = {one.matter_id for one in everybody if one.user_id == reader.user_id}
    return {
        "people": people,
        "standings": standings(session, clients.values(), in_detail=False),
        "unread": feed.unread(session, reader, mine) if mine else {},
    }


def _address(filters: PortalFilters, **place: listing.Spot | None) -> str | None:
    if not any(place.values()):
        return None
    return url_for("client_portals.index", **cast(Any, filters.query(**place)))


def _shown(filters: PortalFilters) -> Any:
    return lambda show: url_for("client_portals.index", **cast(Any, filters.query(show=show)))


@blueprint.get("/matters/<public_id>/communications", needs=PORTALS)
def communications(public_id: str) -> str:
    """How this matter is talked about with its client, and the way to its portal (FEATURES C1)."""
    with db.read() as session:
        g.brand = brand(session)
        found = matter(session, public_id, closed_to(session, current_user))
        people = queries.participants(session, found.id)
        clients = [one.contact for one in people if one.contact is not None]
        reader = _reader()
        takes_part = any(one.user_id == reader.user_id for one in people)
        portal = queries.portal_of(session, found.id)
        context = {
            **tabs.matter_frame(found),
            "portal": portal,
            "last_news": listing.last_news(session, found.id),
            "people": people,
            "standings": standings(session, clients),
            "unread": feed.unread(session, reader, [found.id]).get(found.id, 0),
            "takes_part": takes_part,
            "first_invited": None if portal else first_invited(session, found),
        }
    messages_url = url_for(_messages(), public_id=public_id)
    return render_template("access/staff_communications.html", **context, messages_url=messages_url)


def _reader() -> Person:
    return person_of_user(cast(Any, current_user))


def _messages() -> str:
    """The page that **Go to client portal** opens."""
    here = is_open(frame.MESSAGES, current_user.may)
    return frame.MESSAGES if here else frame.PARTICIPANTS
