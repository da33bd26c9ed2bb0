"""**Link**, **Change link** and **Unlink**: whose a payment is, shown whole before it is posted."""

from collections.abc import Mapping
from typing import Any

from flask import flash, g, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from htmx_flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import AccountKind
from payments.money.amounts import Money
from payments.receipts import queries as receipts
from payments.receipts.models import Receipt
from payments.transactions import (
    linking,
    linking_choice,
    queries,
    staff_canceling,  # noqa: F401  its pages register themselves
    staff_charging,  # noqa: F401  registers its routes
    staff_payment,  # noqa: F401  registers its route
    staff_refunding,  # noqa: F401  registers its routes
    telling,
)
from payments.transactions.holding import still_held_until
from payments.transactions.linked import standing
from payments.transactions.linking import Target
from payments.transactions.linking_choice import preview
from payments.transactions.linking_forms import NOBODY, LinkForm
from payments.transactions.models import Payment
from payments.transactions.staff import blueprint
from payments.transactions.states import Status
from payments.transactions.suggestions import suggestions
from portal.clients.access import Closed, closed_to
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing, Refusal
from portal.firm.brand import brand
from portal.web import language
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import LINK_PAYMENTS

PAYMENT = "/online-payments/transactions/<public_id>"
FIELDS = ("client", "reason")


@blueprint.get(f"{PAYMENT}/link", needs=LINK_PAYMENTS)
def choose(public_id: str) -> AnyResponse:
    """Whom to link a payment to, and what that would pay (FEATURES S2, S3)."""
    return _draw(public_id, LinkForm.read(request.args), request.args, changing=False)


@blueprint.post(f"{PAYMENT}/link", needs=LINK_PAYMENTS)
def link(public_id: str) -> AnyResponse:
    """Link a payment as it was shown. What has changed meanwhile is shown anew instead."""
    form = LinkForm.read(request.form)
    try:
        with db.transaction() as session:
            closed = _closed(session, public_id)
            to = linking.target(session, form.to, closed)
            receipt = linking.link(
                session,
                public_id,
                to,
                apply=form.apply,
                expected=form.expected if form.apply else None,
                by=current_user.actor,
            )
    except (Conflict, Invalid) as refusal:
        return _draw(public_id, form, {}, changing=False, refusal=refusal)
    return _done(public_id, _told(receipt, to))


@blueprint.get(f"{PAYMENT}/link/change", needs=LINK_PAYMENTS)
def choose_again(public_id: str) -> AnyResponse:
    """Whom to move a link to, what would be reversed, and what would be posted (FEATURES S8)."""
    return _draw(public_id, LinkForm.read(request.args), request.args, changing=True)


@blueprint.post(f"{PAYMENT}/link/change", needs=LINK_PAYMENTS)
def change(public_id: str) -> AnyResponse:
    """Move a link, or take it back. The reason is kept with the reversal."""
    form = LinkForm.read(request.form)
    try:
        with db.transaction() as session:
            closed = _closed(session, public_id)
            to = None if form.to == NOBODY else linking.target(session, form.to, closed)
            receipt = linking.change_link(
                session,
                public_id,
                to,
                standing=form.standing,
                apply=form.apply,
                reason=form.reason,
                expected=form.expected if form.apply else None,
                by=current_user.actor,
            )
    except (Conflict, Invalid) as refusal:
        return _draw(public_id, form, {}, changing=True, refusal=refusal)
    if receipt is None or to is None:
        return _done(public_id, _("The payment is unlinked: it belongs to nobody yet."))
    return _done(public_id, _told(receipt, to))


def _draw(
    public_id: str,
    form: LinkForm,
    typed: Mapping[str, str],
    *,
    changing: bool,
    refusal: Refusal | None = None,
) -> AnyResponse:
    """The dialog as it stands; where only the choice has changed, only what that would post."""
    preview_alone = request.htmx.target == "link-preview"
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        payment = queries.by_public_id(session, public_id, closed)
        if payment is None:
            raise Missing(_("There is no such payment."))
        linked = standing(session, payment)
        obstacle = _obstacle(payment, linked, changing=changing)
        obstacle = obstacle or (_unseen(session, linked, closed) if linked else None)
        found = [] if obstacle or preview_alone else suggestions(session, payment, closed)
        chosen = linking_choice.chosen(session, form, typed, found, closed)
        context = {
            "payment": payment,
            "linked": linked,
            "obstacle": obstacle,
            "paid": receipts.paid_bills(session, linked.id, closed) if linked else [],
            "preview": None if obstacle else preview(session, payment, form, chosen.key, closed),
            "chosen": chosen,
            "options": linking_choice.options(found, changing=changing),
            **_problems(refusal, chosen.typing.error),
        }
    return _rendered(context, form, refusal, changing=changing, preview_alone=preview_alone)


def _closed(session: Session, public_id: str) -> Closed:
    """What is closed to whoever links this payment. Raises `Missing` where the payment itself is,
    `Conflict` where it pays a bill that they do not see."""
    closed = closed_to(session, current_user)
    payment = queries.by_public_id(session, public_id, closed)
    if payment is None:
        raise Missing(_("There is no such payment."))
    linked = standing(session, payment)
    if linked is not None and (sentence := _unseen(session, linked, closed)):
        raise Conflict(sentence)
    return closed


def _unseen(session: Session, linked: Receipt, closed: Closed) -> str | None:
    if not receipts.pays_closed(session, linked.id, closed):
        return None
    return _("This also paid bills that are not shown to you. Ask an administrator to change it.")


def _rendered(
    context: dict[str, Any],
    form: LinkForm,
    refusal: Refusal | None,
    *,
    changing: bool,
    preview_alone: bool,
) -> AnyResponse:
    payment = context["payment"]
    way = "transactions.change" if changing else "transactions.link"
    context |= {
        "form": form,
        "changing": changing,
        "announced": preview_alone,
        "here": url_for(way, public_id=payment.public_id),
        "trust": payment.bank_account.kind == AccountKind.TRUST,
        "held_until": still_held_until(payment),
        "title": _("Change link") if changing else _("Link payment"),
    }
    if preview_alone:
        return make_response(render_template("transactions/_link_preview.html", **context))
    status = refusal.status if refusal else 200
    page, dialog = "transactions/staff_link.html", "transactions/_link.html"
    return page_or_fragment(page, dialog, status, **context)


def _obstacle(payment: Payment, linked: Receipt | None, *, changing: bool) -> str | None:
    """Why there is nothing to choose, in a sentence; None where there is."""
    match Status(payment.status):
        case Status.RETURNED:
            return _("The payer's bank took this payment back, so there is nothing to link.")
        case Status.FAILED | Status.CANCELED:
            return _("No money came with this payment, so there is nothing to link.")
        case Status.COMPLETED if linked is not None and not changing:
            return _("This payment is linked already.")
        case Status.COMPLETED if linked is None and changing:
            return _("This payment is not linked.")
        case Status.COMPLETED:
            return None
        case _:
            return _("This payment is not completed yet. It can be linked when it is.")


def _problems(refusal: Refusal | None, unclear: str | None) -> dict[str, Any]:
    """The sentences beside fields, and the one above all of them where it is about none."""
    errors = {"client": unclear} if unclear else {}
    if isinstance(refusal, Invalid) and refusal.field in FIELDS:
        return {"errors": {**errors, refusal.field: str(refusal)}, "problem": None}
    return {"errors": errors, "problem": str(refusal) if refusal else None}


def _told(receipt: Receipt, to: Target) -> str:
    """What was posted, for the live region and for the next page."""
    locale = language.current()
    applied = Money(receipt.applied_cents, receipt.currency)
    told = _("Linked to %(name)s.", name=telling.whose(to.client, to.matter))
    if receipt.applied_cents:
        paid = _("%(amount)s paid bills.", amount=applied.format(locale))
        told = f"{told} {paid}"
    return told


def _done(public_id: str, message: str) -> AnyResponse:
    """For htmx an empty dialog, and word to the page that it has to draw the payment anew."""
    if wants_fragment():
        response = make_response(render_template("transactions/_linked.html", message=message))
        response.headers["HX-Trigger"] = "payment-linked"
        return response
    flash(message)
    return redirect(url_for("transactions.show", public_id=public_id), 303)
