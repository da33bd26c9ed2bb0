"""The **Sandbox** menu of the staff pages: moving the demo clock forward."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core import audit, db, demo_clock
from portal.core.errors import Invalid
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import LOOK

STEPS = {
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "5d": timedelta(days=5),
}

blueprint = staff_blueprint("sandbox", __name__)

audit.describe(
    {"demo_clock.advanced": lazy_gettext("Demo clock advanced")},
    {"demo_clock": audit.Kind(lazy_gettext("Demo clock"))},
)


@blueprint.post("/sandbox/clock", needs=LOOK)
def advance() -> Response:
    """**Advance 5 minutes / 1 hour / 1 day / 5 days**: due jobs, settlements and windows follow."""
    step = STEPS.get(request.form.get("duration", ""))
    if step is None:
        raise Invalid(_("Choose how far to advance: 5 minutes, 1 hour, 1 day or 5 days."))
    with db.transaction() as session:
        demo_clock.advance(session, step)
        audit.record(
            session,
            current_user.actor,
            "demo_clock.advanced",
            "demo_clock",
            seconds=step.total_seconds(),
        )
    flash(_("The demo clock has moved forward."))
    return redirect(_back(), 303)


def _back() -> str:
    came_from = request.referrer or ""
    inside = came_from.startswith(request.host_url + "staff")
    return came_from if inside else url_for("transactions.index")
