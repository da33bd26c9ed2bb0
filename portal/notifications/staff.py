"""Alerts: what staff must look at, each with one sentence and **Resolve**."""

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.notifications import actions, queries
from portal.notifications import log_watch as _log_watch  # noqa: F401  registers its jobs
from portal.notifications import log_words as _log_words  # noqa: F401  they register themselves
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import LOOK, RESOLVE_ALERTS

blueprint = staff_blueprint("notifications", __name__)


@blueprint.get("/alerts", needs=LOOK)
def index() -> Response:
    """Everything that is open."""
    with db.read() as session:
        alerts = queries.open_alerts(session)
    return page_or_fragment(
        "notifications/staff_alerts.html", "notifications/_alerts.html", alerts=alerts
    )


@blueprint.post("/alerts/<key>/resolution", needs=RESOLVE_ALERTS)
def resolve(key: str) -> str | AnyResponse:
    """Take one alert off the page. One that is gone already was resolved by somebody else."""
    with db.transaction() as session:
        alert = queries.open_alert(session, key)
        if alert is not None:
            actions.resolve_alert(session, alert, by=current_user.actor)
        alerts = queries.open_alerts(session)
    return _answer(alerts, _("Resolved.") if alert else _("Somebody resolved this meanwhile."))


@blueprint.post("/alerts/<key>/retry", needs=RESOLVE_ALERTS)
def try_again(key: str) -> str | AnyResponse:
    """Do the work once more that was given up."""
    with db.transaction() as session:
        alert = queries.open_alert(session, key)
        again = alert is not None and actions.try_again(session, alert, by=current_user.actor)
        alerts = queries.open_alerts(session)
    told = _("It is tried again now.") if again else _("There is nothing to try again here.")
    return _answer(alerts, told)


def _answer(alerts: list[queries.OpenAlert], told: str) -> str | AnyResponse:
    if wants_fragment():
        return render_template("notifications/_resolved.html", alerts=alerts, told=told)
    flash(told)
    return redirect(url_for("notifications.index"), 303)
