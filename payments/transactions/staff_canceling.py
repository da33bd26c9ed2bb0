"""**Cancel payment**: a payment that still waits for its payer is called off at Stripe (M9)."""

from flask import Response, flash, g, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.gateway.errors import InvalidRequest, NotFound, Unavailable
from payments.transactions import queries, resolving
from payments.transactions.models import Payment
from payments.transactions.staff import blueprint
from payments.transactions.states import ENDED_WITHOUT_MONEY, UNANSWERED, Status
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LINK_PAYMENTS

CANCEL = "/online-payments/transactions/<public_id>/cancel"
REFUSED = 409


@blueprint.get(CANCEL, needs=LINK_PAYMENTS)
def confirm_cancel(public_id: str) -> Response:
    """Ask once more before a payment is called off."""
    return _page(_payment(public_id))


@blueprint.post(CANCEL, needs=LINK_PAYMENTS)
def cancel(public_id: str) -> AnyResponse:
    """Have Stripe cancel it. What it reserved on a bill or trust request is free again once Stripe
    has said so; the payer may have finished it meanwhile, which is told."""
    payment = _payment(public_id)
    if payment.status not in UNANSWERED:
        return _page(payment, REFUSED)
    try:
        status = resolving.call_off(payment.id, current_user.actor)
    except Unavailable:
        return _page(payment, REFUSED, _("Stripe cannot be reached now. Try again in a minute."))
    except (InvalidRequest, NotFound):
        sentence = _("Stripe does not know this payment, or refuses to cancel it. Ask for help.")
        return _page(payment, REFUSED, sentence)
    flash(_became(status))
    return redirect(url_for("transactions.show", public_id=public_id), 303)


def _became(status: Status) -> str:
    if status in ENDED_WITHOUT_MONEY:
        return _("The payment was canceled. No money was taken.")
    if status in UNANSWERED:
        return _("Stripe has not canceled it yet. Try again in a minute.")
    return _("The payment went through meanwhile.")


def _payment(public_id: str) -> Payment:
    with db.read() as session:
        g.brand = brand(session)
        payment = queries.by_public_id(session, public_id, closed_to(session, current_user))
    if payment is None:
        raise Missing(_("There is no such payment."))
    return payment


def _page(payment: Payment, status: int = 200, problem: str = "") -> Response:
    """A dialog for htmx, else a page of its own."""
    waits = payment.status in UNANSWERED
    return page_or_fragment(
        "transactions/staff_cancel.html",
        "components/task_dialog.html",
        status,
        payment=payment,
        body="transactions/_cancel.html",
        title=_("Cancel payment %(reference)s", reference=payment.reference),
        errors={},
        waits=waits,
        problem=problem or ("" if waits else _("This payment waits for nobody any more.")),
    )
