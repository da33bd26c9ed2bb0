"""**Refund**: all of a completed payment or some of it goes back to its payer (FEATURES M6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, g, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from htmx_flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from payments.accounts.models import AccountKind
from payments.money.amounts import Money, as_typed
from payments.receipts.actions import PlanChanged
from payments.receipts.models import Receipt
from payments.transactions import queries, refunding, refunds, withdrawing
from payments.transactions.linked import standing
from payments.transactions.models import Payment
from payments.transactions.refund_forms import RefundForm
from payments.transactions.refunded import Refund, RefundState
from payments.transactions.staff import blueprint
from payments.transactions.withdrawing import Outlook
from portal.clients.access import Closed, closed_to
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm.brand import brand
from portal.web import language
from portal.web.fragments import page_or_fragment
from portal.web.permissions import REFUND

ADDRESS = "/online-payments/transactions/<public_id>/refund"


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment, whose it is, and why nothing of it can be refunded, if so. `most_cents` can be."""

    payment: Payment
    receipt: Receipt | None
    most_cents: int
    obstacle: str | None


@blueprint.get(ADDRESS, needs=REFUND)
def choose_refund(public_id: str) -> Response:
    """How much to give back, why, and what it would come off; where only the amount has changed,
    only what it would come off."""
    form = RefundForm.read(request.args)
    if request.htmx.target == "refund-preview":
        return make_response(_preview_alone(public_id, form))
    return _draw(public_id, form)


@blueprint.post(ADDRESS, needs=REFUND)
def refund(public_id: str) -> Response:
    """Give it back as it was shown. What has changed meanwhile is shown anew instead."""
    form = RefundForm.read(request.form)
    try:
        asked = _ask(public_id, form)
    except (Invalid, Conflict) as refusal:
        return _draw(public_id, form, refusal)
    flash(_told(refunding.send(asked.id)))
    return redirect(url_for("transactions.show", public_id=public_id), 303)


def _ask(public_id: str, form: RefundForm) -> Refund:
    """Book the refund. Raises `Invalid` beside a field, `Conflict` where it cannot be made."""
    with db.read() as session:
        shown = _shown(session, public_id, closed_to(session, current_user))
    if shown.obstacle:
        raise Conflict(shown.obstacle)
    cents, reason = _cents(form, shown), form.said_why()
    with db.transaction() as session:
        return refunding.ask(
            session,
            public_id,
            cents,
            reason,
            expected=form.expected,
            by=current_user.actor,
            closed=closed_to(session, current_user),
        )


def _told(made: Refund) -> str:
    amount = made.amount.format(language.current())
    match made.state:
        case RefundState.FAILED | RefundState.CANCELED:
            why = refunds.why(made.failure)
            return _("Stripe refused the refund: nothing was given back. %(why)s", why=why)
        case RefundState.ASKED:
            return _(
                "The refund of %(amount)s is on its way. Stripe has not answered yet.",
                amount=amount,
            )
        case _:
            return _("%(amount)s was refunded. The payer is emailed.", amount=amount)


def _shown(session: Session, public_id: str, closed: Closed) -> Shown:
    g.brand = brand(session)
    payment = queries.by_public_id(session, public_id, closed)
    if payment is None:
        raise Missing(_("There is no such payment."))
    receipt = standing(session, payment)
    obstacle = refunding.why_not(session, payment, closed)
    if obstacle is not None:
        return Shown(payment, receipt, 0, obstacle)
    most = withdrawing.outlook(session, payment, payment.left.cents)
    return Shown(payment, receipt, most.most_cents, None if most.most_cents else _spent(receipt))


def _spent(receipt: Receipt | None) -> str:
    if receipt is None:
        return _("Nothing of this payment is available now.")
    return _(
        "Nothing of it is available in the trust ledger of %(client)s: it was spent, or it is on "
        "hold.",
        client=receipt.client.name,
    )


def _cents(form: RefundForm, shown: Shown) -> int:
    currency = shown.payment.currency
    most = Money(shown.most_cents, currency).format(language.current())
    return form.cents(shown.most_cents, most, language.current())


def _preview_alone(public_id: str, form: RefundForm) -> str:
    with db.read() as session:
        shown = _shown(session, public_id, closed_to(session, current_user))
        context = _planned(session, shown, form)
    return render_template("transactions/_refund_preview.html", announced=True, **context)


def _planned(session: Session, shown: Shown, form: RefundForm) -> dict[str, Any]:
    """What the amount typed would come off, or why it would not."""
    payment = shown.payment
    planned: Outlook | None = None
    unclear: str | None = None
    if shown.obstacle is None:
        try:
            cents = shown.most_cents if form.amount is None else _cents(form, shown)
            planned = withdrawing.outlook(session, payment, cents)
        except Invalid as refusal:
            unclear = str(refusal)
    return {
        "payment": payment,
        "receipt": shown.receipt,
        "trust": payment.bank_account.kind == AccountKind.TRUST,
        "outlook": planned,
        "unclear": unclear,
    }


def _draw(public_id: str, form: RefundForm, refusal: Invalid | Conflict | None = None) -> Response:
    with db.read() as session:
        shown = _shown(session, public_id, closed_to(session, current_user))
        context = _planned(session, shown, form)
    field = refusal.field or "amount" if isinstance(refusal, Invalid) else None
    refused = str(refusal) if isinstance(refusal, Conflict) else None
    payment, locale = shown.payment, language.current()
    return page_or_fragment(
        "transactions/staff_refund.html",
        "components/task_dialog.html",
        refusal.status if refusal else 200,
        body="transactions/_refund.html",
        title=_("Refund payment %(reference)s", reference=payment.reference),
        errors=_errors(field, refusal, context),
        obstacle=shown.obstacle,
        changed=isinstance(refusal, PlanChanged),
        problem=refused if refused != shown.obstacle else None,
        form=form,
        amount=as_typed(shown.most_cents, locale) if form.amount is None else form.amount,
        most_cents=shown.most_cents,
        here=url_for("transactions.choose_refund", public_id=public_id),
        **context,
    )


def _errors(
    field: str | None, refusal: Invalid | Conflict | None, context: Mapping[str, Any]
) -> dict[str, str]:
    """The sentences beside fields. An amount that cannot be is told once somebody has typed it."""
    errors = {"amount": context["unclear"]} if context["unclear"] else {}
    return {**errors, field: str(refusal)} if field else errors
