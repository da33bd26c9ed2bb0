"""What the messages pages of staff share: the blueprint, whose portal it is, and who looks."""

from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Response, g, url_for
from flask_babel import format_time
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.access.frame import portal_frame
from portal.clients import queries as clients
from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.feed.people import Person, SignedIn, person_of_user
from portal.feed.queries import shows_all_events
from portal.firm.brand import brand
from portal.messages.timeline import View
from portal.web import fragments
from portal.web.blueprints import staff_blueprint

blueprint = staff_blueprint("staff_messages", __name__)
PORTAL = "/matters/<public_id>/portal"
SIDE: dict[str, Any] = {"side": "staff_messages", "hour": format_time}


def me() -> Person:
    """The signed-in user as somebody who writes."""
    return person_of_user(cast(SignedIn, current_user))


def find(session: Session, public_id: str) -> Matter:
    """The matter of an address. Raises `Missing`, also where it is closed to the user (N8)."""
    return clients.matter(session, public_id, closed_to(session, current_user))


def view_of(session: Session, matter: Matter) -> View:
    """The portal as this user looks at it, with every event where they want that (C7)."""
    g.brand = brand(session)
    all_events = shows_all_events(session, current_user.id)
    return View(matter.id, me(), ZoneInfo(g.brand.timezone or "UTC"), all_events)


def frame(session: Session, matter: Matter) -> dict[str, Any]:
    """The tabs around the page."""
    return {**portal_frame(session, matter, current_user), **SIDE}


def part(template: str, of: Matter, status: int = 200, **context: Any) -> Response:
    """A part of the page, for htmx."""
    return fragments.part(template, status, **{**SIDE, "matter": of, **context})


def to_the_page(public_id: str) -> AnyResponse:
    """Back to the messages, the whole page."""
    return fragments.go_to(url_for("staff_messages.show", public_id=public_id))
