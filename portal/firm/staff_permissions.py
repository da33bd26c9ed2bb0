"""**Settings → Groups, Permissions, and Job Titles → Permissions** (FEATURES N9)."""

from flask import render_template

from portal.firm.forms import level_names
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import SET_UP_FIRM, TABLE

blueprint = staff_blueprint("permissions", __name__)


@blueprint.get("/settings/permissions", needs=SET_UP_FIRM)
def index() -> str:
    """What each level may do, from the very rows that the staff pages are guarded by."""
    return render_template("firm/staff_permissions.html", rows=TABLE, level_names=level_names())
