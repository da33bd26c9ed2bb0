"""**Settings → Client portal**, for administrators (FEATURES M13)."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.access import queries
from portal.access.settings import set_portals
from portal.core import db
from portal.firm.brand import brand
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import SET_UP_FIRM

ADDRESS = "/settings/client-portal"

blueprint = staff_blueprint("portal_settings", __name__)


@blueprint.get(ADDRESS, needs=SET_UP_FIRM)
def show() -> str:
    """What holds now, ready to be changed."""
    with db.read() as session:
        g.brand = brand(session)
        names_matters = queries.names_matters(session)
    return render_template("access/staff_settings.html", names_matters=names_matters)


@blueprint.post(ADDRESS, needs=SET_UP_FIRM)
def save() -> AnyResponse:
    """**Save changes**."""
    with db.transaction() as session:
        named = request.form.get("names_matters") == "yes"
        set_portals(session, names_matters=named, by=current_user.actor)
    flash(_("The changes were saved."))
    return redirect(url_for("portal_settings.show"), 303)
