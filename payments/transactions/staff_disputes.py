"""Online payments → **Disputes**: what payers' banks have taken back, and how long there is to
answer (FEATURES M7)."""

from typing import Any

from flask import Response, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import queries as bills
from payments.billing.panels import ON_BILLS
from payments.transactions import (  # noqa: F401  emails, words and routes register themselves
    dispute_answering,
    dispute_emails,
    dispute_log_words,
    dispute_notices,
    dispute_queries,
    dispute_telling,
    queries,
    staff_dispute_answers,
    staff_dispute_files,
)
from payments.transactions.disputed import Dispute
from payments.transactions.staff_disputes_shown import LIST, ONE, blueprint, page
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.notifications.alert_links import due_by, leads_to
from portal.web import lists
from portal.web.asked import row_id
from portal.web.fragments import page_or_fragment
from portal.web.pagination import Page
from portal.web.permissions import LOOK

OPEN, ENDED = "open", "ended"

for _kind in (dispute_notices.ANSWER, dispute_notices.REFUSED):
    leads_to(_kind, _lazy("Answer the dispute"), "disputes.show")
    due_by(_kind, dispute_queries.due_days)
leads_to(dispute_notices.LOST, _lazy("Open the dispute"), "disputes.show")


def show_on_other_pages() -> None:
    """What was taken off a bill again, on its page. Called by app.py."""
    ON_BILLS.add_note("disputes.of_bill", _lazy("Show what was taken off this bill again"))


@blueprint.get(LIST, needs=LOOK)
def index() -> Response:
    """The disputes that are open, the most urgent first; in a tab of their own those that ended."""
    state = ENDED if request.args.get("state") == ENDED else OPEN
    before, after = (row_id(request.args.get(name, "")) for name in ("before", "after"))
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        if state == OPEN:
            found = Page(dispute_queries.open_ones(session, closed), None, None)
        else:
            found = dispute_queries.ended_ones(session, closed, before=before, after=after)
        ever = dispute_queries.any_at_all(session)
    return page_or_fragment(
        "transactions/staff_disputes.html",
        "transactions/_disputes.html",
        rows=[_row(one) for one in found.rows],
        state=state,
        ever=ever,
        most=dispute_queries.OPEN_MAX if len(found.rows) == dispute_queries.OPEN_MAX else None,
        tabs=_tabs(state),
        pages=lists.pages(found, lambda **to: url_for(".index", state=ENDED, **to)),
    )


def _tabs(state: str) -> list[dict[str, Any]]:
    names = [(OPEN, _("Open")), (ENDED, _("Ended"))]
    return lists.tabs(names, state, lambda value: url_for(".index", state=value))


def _row(dispute: Dispute) -> dict[str, Any]:
    waits = dispute_answering.answerable(dispute)
    return {
        "dispute": dispute,
        "payment": dispute.payment,
        "state": dispute_telling.state(dispute),
        "reason": dispute_telling.reason(dispute.reason),
        "left": dispute_telling.time_left(dispute.due_at) if waits else "",
        "short": waits and dispute_telling.is_short(dispute.due_at),
    }


@blueprint.get(ONE, needs=LOOK)
def show(public_id: str) -> Response:
    """One dispute: what, why, until when, and what the firm answers."""
    return page(public_id)


@blueprint.get("/online-payments/transactions/<public_id>/dispute", needs=LOOK)
def of_payment(public_id: str) -> AnyResponse:
    """The newest dispute of a payment."""
    with db.read() as session:
        payment = queries.by_public_id(session, public_id, closed_to(session, current_user))
        found = dispute_queries.of_payment(session, payment.id) if payment else []
    if not found:
        raise Missing(_("There is no such dispute."))
    return redirect(url_for(".show", public_id=found[-1].public_id), 303)


@blueprint.get("/bills/<public_id>/taken-off", needs=LOOK)
def of_bill(public_id: str) -> Response:
    """What refunds, disputes and returns took off a bill: why it is unpaid again (FEATURES M7)."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        bill = bills.bill(session, public_id, closed)
        rows = dispute_queries.taken_off(session, bill.id, closed)
    return page_or_fragment(
        "transactions/staff_taken_off.html",
        "transactions/_taken_off.html",
        bill=bill,
        rows=rows,
    )
