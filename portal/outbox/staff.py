"""Emails: what became of each, and sending one again."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Conflict
from portal.outbox import actions, queries
from portal.outbox.models import DeliveryState
from portal.web.asked import row_id
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import LOOK, SEND_EMAIL_AGAIN

blueprint = staff_blueprint("outbox", __name__)


@blueprint.get("/emails", needs=LOOK)
def index() -> Response:
    """Every email that was owed, newest first: to whom, its state, the server's last reply."""
    state = _state(request.args.get("state"))
    before = row_id(request.args.get("before", ""))
    after = row_id(request.args.get("after", ""))
    with db.read() as session:
        page = queries.deliveries(session, state=state, before=before, after=after)
    newer = _address(state, after=page.newer_than) if page.newer_than else None
    older = _address(state, before=page.older_than) if page.older_than else None
    return page_or_fragment(
        "outbox/staff_emails.html",
        "outbox/_emails.html",
        listed=page,
        state=state,
        tabs=_tabs(state),
        newer=newer,
        older=older,
    )


@blueprint.post("/emails/<public_id>/attempts", needs=SEND_EMAIL_AGAIN)
def send_again(public_id: str) -> str | AnyResponse:
    """Try a refused or given-up email once more, as the same message."""
    problem = None
    with db.transaction() as session:
        delivery = queries.delivery(session, public_id)
        try:
            actions.send_again(session, delivery, by=current_user.actor)
        except Conflict as changed:
            problem = str(changed)
    told = problem or _("The email will be sent again.")
    if wants_fragment():
        return render_template("outbox/_sent_again.html", delivery=delivery, told=told)
    flash(told)
    return redirect(_address(_state(request.args.get("state"))), 303)


def _state(said: str | None) -> DeliveryState | None:
    return next((state for state in DeliveryState if _in_address(state) == said), None)


def _in_address(state: DeliveryState) -> str:
    return state.value.replace(" ", "-")


def _address(
    state: DeliveryState | None, *, before: int | None = None, after: int | None = None
) -> str:
    chosen = _in_address(state) if state is not None else None
    return url_for("outbox.index", state=chosen, before=before, after=after)


def _tabs(current: DeliveryState | None) -> list[dict[str, object]]:
    labels: dict[DeliveryState | None, str] = {
        None: _("All"),
        DeliveryState.OWED: _("Waiting"),
        DeliveryState.SENT: _("Sent"),
        DeliveryState.REFUSED: _("Refused"),
        DeliveryState.GIVEN_UP: _("Given up"),
        DeliveryState.WITHDRAWN: _("Not needed"),
    }
    return [
        {"label": label, "url": _address(state), "current": state == current}
        for state, label in labels.items()
    ]
