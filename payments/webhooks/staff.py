"""An event of the processor's that fitted nothing: what it tells, why it was put aside, and **Read
it again** (FEATURES M10: quarantined)."""

from flask import Response, flash, g, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from payments.webhooks import log_words as _log_words  # noqa: F401  they register themselves
from payments.webhooks.actions import PUT_ASIDE, read_again
from payments.webhooks.models import ProcessorEvent
from payments.webhooks.refused import REFUSED
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.notifications.alert_links import Topic, file_under, leads_to
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import LOOK, RESOLVE_ALERTS

ONE = "/online-payments/events/<public_id>"

blueprint = staff_blueprint("processor_events", __name__)
leads_to(PUT_ASIDE, _lazy("Open the event"), "processor_events.show")
leads_to(REFUSED, _lazy("Check the webhooks"), "settings.index", None)
file_under(Topic.STRIPE, PUT_ASIDE, REFUSED)


@blueprint.get(ONE, needs=LOOK)
def show(public_id: str) -> Response:
    """The event as it came; where more than one account sent it, each."""
    with db.read() as session:
        g.brand = brand(session)
        named = ProcessorEvent.event_id == public_id.replace("\0", "?")
        rows = session.scalars(select(ProcessorEvent).where(named).order_by(ProcessorEvent.id))
        events = list(rows)
    if not events:
        raise Missing(_("There is no such event."))
    page = render_template(
        "webhooks/staff_event.html",
        name=public_id,
        events=events,
        put_aside=any(event.problem for event in events),
        waits=any(event.handled_at is None for event in events),
    )
    return make_response(page)


@blueprint.post(f"{ONE}/readings", needs=RESOLVE_ALERTS)
def read(public_id: str) -> AnyResponse:
    """**Read it again**; pressed twice, it is read once."""
    with db.transaction() as session:
        again = read_again(session, public_id.replace("\0", "?"), by=current_user.actor)
    told = _("It is read again now. If it still fits nothing, it stands in the alerts again.")
    flash(told if again else _("It was not put aside, so there is nothing to read again."))
    return redirect(url_for("processor_events.show", public_id=public_id), 303)
