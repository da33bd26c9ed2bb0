"""Alerts: what staff must look at, each with one sentence, its one action, and **Resolve**."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from flask_babel import ngettext, to_user_timezone
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.core import clock, db
from portal.notifications import actions, alert_links, queries
from portal.notifications import log_watch as _log_watch  # noqa: F401  registers its jobs
from portal.notifications import log_words as _log_words  # noqa: F401  they register themselves
from portal.notifications.alert_links import Topic
from portal.notifications.queries import OpenAlert
from portal.web import overview
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import nothing_new, page_or_fragment, wants_fragment
from portal.web.overview import Work
from portal.web.permissions import LOOK, RESOLVE_ALERTS
from portal.web.staff_shell import Counter, count_by, is_open

blueprint = staff_blueprint("notifications", __name__)
RESOLVED, FEW_DAYS = "resolved", 3


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows, as its address says: one topic or all, what is open or was resolved."""

    topic: Topic | None
    resolved: bool

    @classmethod
    def read(cls) -> "Filters":
        """From the address; what nobody knows is left out."""
        topic = next((one for one in Topic if one == request.args.get("about")), None)
        return cls(topic, request.args.get("state") == RESOLVED)

    def address(self, **changed: Any) -> str:
        """The list as it is, or with something changed."""
        values: Any = {"about": self.topic, "state": RESOLVED if self.resolved else None}
        return url_for("notifications.index", **(values | changed))


@blueprint.get("/alerts", needs=LOOK)
def index() -> Response:
    """What is open, the most urgent first; or what was resolved, by whom and when."""
    filters = Filters.read()
    with db.read() as session:
        context = _list(session, filters)
    return page_or_fragment(
        "notifications/staff_alerts.html", "notifications/_alerts.html", **context
    )


@blueprint.get("/alerts/count", needs=LOOK)
def count() -> Response:
    """The count afresh; 204 while it is what the page has `seen`."""
    total = _total()
    if request.args.get("seen") == str(total):
        return nothing_new()
    return make_response(render_template("notifications/_alerts_count.html", total=total))


@blueprint.post("/alerts/<key>/resolution", needs=RESOLVE_ALERTS)
def resolve(key: str) -> str | AnyResponse:
    """Take one alert off the page. One that is gone already was resolved by somebody else."""
    with db.transaction() as session:
        alert = queries.open_alert(session, key)
        if alert is not None:
            actions.resolve_alert(session, alert, by=current_user.actor)
        context = _list(session, Filters.read())
    told = _("Resolved.") if alert else _("Somebody resolved this meanwhile.")
    return _answer(context, told)


@blueprint.post("/alerts/<key>/retry", needs=RESOLVE_ALERTS)
def try_again(key: str) -> str | AnyResponse:
    """Do the work once more that was given up."""
    with db.transaction() as session:
        alert = queries.open_alert(session, key)
        again = alert is not None and actions.try_again(session, alert, by=current_user.actor)
        context = _list(session, Filters.read())
    told = _("It is tried again now.") if again else _("There is nothing to try again here.")
    return _answer(context, told)


def _answer(context: dict[str, Any], told: str) -> str | AnyResponse:
    if wants_fragment():
        return render_template("notifications/_resolved.html", total=_total(), told=told, **context)
    flash(told)
    return redirect(context["filters"].address(), 303)


def _list(session: Session, filters: Filters) -> dict[str, Any]:
    context: dict[str, Any] = {
        "filters": filters,
        "tabs": _tabs(filters),
        "topics": [{"value": "", "label": _("Everything")}, *_topics()],
    }
    if filters.resolved:
        seen_to = queries.resolved_alerts(session, filters.topic)
        return context | {
            "alerts": [_shown(one.alert, None) | {"at": one.at, "by": one.by} for one in seen_to]
        }
    found = queries.open_alerts(session, filters.topic)
    due = queries.due_days(session, found)
    found.sort(key=lambda alert: (alert.key not in due, due.get(alert.key)))
    return context | {"alerts": [_shown(alert, due.get(alert.key)) for alert in found]}


def _shown(alert: OpenAlert, due_at: datetime | None) -> dict[str, Any]:
    action = alert_links.action_of(alert.kind, alert.subject)
    link = None
    if action is not None and is_open(action.endpoint, current_user.may):
        arguments: Any = action.arguments(alert.subject)
        if arguments is not None:
            link = {"label": action.words, "url": url_for(action.endpoint, **arguments)}
    return {"row": alert, "action": link, "due_at": due_at, "left": _left(due_at)}


def _left(due_at: datetime | None) -> dict[str, Any] | None:
    """How many days are left, in words, and whether that is few."""
    if due_at is None:
        return None
    days = (_day(due_at) - _day(clock.now())).days
    if due_at < clock.now():
        return {"words": _("Too late"), "few": True}
    if days <= 0:
        return {"words": _("Today"), "few": True}
    words = ngettext("%(num)s day left", "%(num)s days left", days)
    return {"words": words, "few": days <= FEW_DAYS}


def _day(moment: datetime) -> date:
    return to_user_timezone(moment).date()


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    names = ((False, _("Open")), (True, _("Resolved")))
    return [
        {
            "label": label,
            "url": filters.address(state=RESOLVED if resolved else None),
            "current": filters.resolved is resolved,
            "id": f"tab-{RESOLVED if resolved else 'open'}",
        }
        for resolved, label in names
    ]


def _topics() -> list[dict[str, Any]]:
    words = {
        Topic.TRUST: _("Trust money"),
        Topic.BACK: _("Refunds, disputes and returns"),
        Topic.PAYMENTS: _("Payments"),
        Topic.PLANS: _("Payment plans and autocharge"),
        Topic.STRIPE: _("Stripe and bank accounts"),
        Topic.OTHER: _("Emails, documents and the server"),
    }
    return [{"value": topic, "label": label} for topic, label in words.items()]


def _total() -> int:
    with db.read() as session:
        return queries.count_open(session)


count_by(
    "notifications.index",
    Counter(queries.open_at_most, queries.count_open, "notifications.count", "alerts"),
)


@overview.look_for_work
def look(session: Session) -> list[Work]:
    """The alerts that are open."""
    words = _("Each says what happened and what to do.")
    count = queries.count_open(session)
    return [Work(0, _("See to alerts"), count, words, "triangle-alert", "notifications.index")]


alert_links.leads_to(
    queries.EMAIL_GIVEN_UP,
    N_("See the emails that were given up"),
    "outbox.index",
    None,
    state="given-up",
)
