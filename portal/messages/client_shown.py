"""What the messages pages of clients share: the blueprint, whose portal it is, and who looks."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, url_for
from flask_babel import format_time
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.access.queries import client_matter
from portal.clients.models import Matter
from portal.feed.people import Person, person_of_client
from portal.firm.brand import brand
from portal.messages.timeline import View
from portal.web import fragments
from portal.web.blueprints import client_blueprint
from portal.web.client_surface import current_client

blueprint = client_blueprint("client_messages", __name__)
MESSAGES = "/matters/<public_id>/messages"
SIDE: dict[str, Any] = {"side": "client_messages", "hour": format_time}


def me() -> Person:
    """The signed-in client as somebody who writes."""
    return person_of_client(current_client())


def find(session: Session, public_id: str) -> Matter:
    """The matter of an address, if the client takes part in its portal now. Raises `Missing`."""
    return client_matter(session, current_client().contact_id, public_id)


def view_of(session: Session, matter: Matter) -> View:
    """The portal as this client looks at it."""
    g.brand = brand(session)
    return View(matter.id, me(), ZoneInfo(g.brand.timezone or "UTC"))


def part(template: str, of: Matter, status: int = 200, **context: Any) -> Response:
    """The page, or a part of it for htmx."""
    return fragments.part(template, status, **{**SIDE, "matter": of, **context})


def to_the_page(public_id: str) -> AnyResponse:
    """Back to the messages, the whole page."""
    return fragments.go_to(url_for("client_messages.show", public_id=public_id))
