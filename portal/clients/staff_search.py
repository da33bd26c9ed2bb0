"""The search in the staff bar, and its page: contacts and matters, and what others add."""

from collections.abc import Sequence

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from portal.clients import queries
from portal.clients.access import Closed, closed_to
from portal.clients.queries import CONTACT, MATTER, ClientOption
from portal.clients.search import (
    TYPED_CHARS_MIN,
    Group,
    Hit,
    Source,
    add_source,
    search,
    typed_in,
)
from portal.core import db
from portal.firm.brand import brand
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import LOOK

blueprint = staff_blueprint("search", __name__)


def search_clients() -> None:
    """Have contacts and matters searched."""
    add_source(Source(_lazy("Contacts"), _lazy("All in Contacts"), "contacts.index", "q", _people))
    add_source(Source(_lazy("Matters"), _lazy("All in Matters"), "matters.index", "q", _matters))


@blueprint.get("/search", needs=LOOK)
def index() -> Response:
    """What was found of `q`, by kind: a page, or as somebody types the list alone (FEATURES X2)."""
    typed = typed_in(request.args.get("q", ""))
    with db.read() as session:
        g.brand = brand(session)
        groups = search(session, typed, closed_to(session, current_user))
    return page_or_fragment(
        "clients/staff_search.html",
        "clients/_search.html",
        typed=typed,
        too_short=0 < len(typed) < TYPED_CHARS_MIN,
        groups=groups,
        count_words=_count_words(groups),
        announced=wants_fragment(),
    )


def _count_words(groups: Sequence[Group]) -> str:
    shown = sum(len(group.hits) for group in groups)
    if any(group.more for group in groups):
        return _("%(count)s shown, and there are more", count=shown)
    return ngettext("%(num)s found", "%(num)s found", shown)


def _people(session: Session, typed: str, closed: Closed, most: int) -> list[Hit]:
    found = queries.find_clients(session, typed, closed, limit=most, kinds=(CONTACT,))
    return [_hit(one, "contacts.show") for one in found]


def _matters(session: Session, typed: str, closed: Closed, most: int) -> list[Hit]:
    found = queries.find_clients(session, typed, closed, limit=most, kinds=(MATTER,))
    return [_hit(one, "matters.show") for one in found]


def _hit(option: ClientOption, endpoint: str) -> Hit:
    return Hit(option.label, option.detail, url_for(endpoint, public_id=option.public_id))
