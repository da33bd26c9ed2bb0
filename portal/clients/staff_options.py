"""Clients and matters to choose from, as somebody types in a combobox."""

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.clients import queries
from portal.clients.access import closed_to
from portal.clients.choosing import CHOICES_MAX, TYPED_CHARS_MAX
from portal.clients.queries import KINDS
from portal.core import db
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import LOOK

blueprint = staff_blueprint("clients", __name__)


@blueprint.get("/clients/options", needs=LOOK)
def options() -> str:
    """The contacts and matters that fit `q`, as options of a listbox; `kinds` may name one."""
    typed = request.args.get("q", "").replace("\0", "")[:TYPED_CHARS_MAX]
    asked = request.args.get("kinds", "").split(",")
    kinds = [kind for kind in KINDS if kind in asked] or list(KINDS)
    with db.read() as session:
        closed = closed_to(session, current_user)
        found = queries.find_clients(session, typed, closed, limit=CHOICES_MAX, kinds=kinds)
    counted = ngettext("%(num)s found", "%(num)s found", len(found))
    none = _("Nothing found. Try a shorter word, or part of the number or email.")
    return render_template(
        "clients/_options.html", options=found, count_words=counted if found else none
    )
