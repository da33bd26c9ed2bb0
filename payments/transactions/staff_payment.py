"""The page of one payment: who paid what, what happened to it, and what was booked for it."""

from datetime import datetime
from typing import Any

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.billing.handing_out import document_url
from payments.links.queries import pay_url
from payments.methods.models import StoredMethod
from payments.money.amounts import Money
from payments.transactions import overlays, queries, refunds, telling
from payments.transactions.failures import words
from payments.transactions.holding import still_held_until
from payments.transactions.linked import linked
from payments.transactions.models import Payment
from payments.transactions.overlays import NOTHING
from payments.transactions.staff import LIST, blueprint
from payments.transactions.states import Status
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Missing
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting, language
from portal.web.fragments import nothing_new, page_or_fragment, wants_fragment
from portal.web.permissions import LINK_PAYMENTS, LOOK, REFUND


@blueprint.get(f"{LIST}/<public_id>", needs=LOOK)
def show(public_id: str) -> Response:
    """One payment: who paid what, what happened to it, and what was booked for it."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        payment = queries.by_public_id(session, public_id, closed)
        if payment is None:
            raise Missing(_("There is no such payment."))
        steps = queries.steps(session, payment)
        version = queries.version_of(session, payment, steps)
        version = f"{version}-{overlays.version(session, payment.id)}"
        if wants_fragment() and request.args.get("seen") == version:
            return nothing_new()
        entries = telling.entries(session, payment, closed)
        ever = linked(session, payment, closed)
        charged_by = _charged_by(session, payment)
        approved_at = _approved_at(session, payment)
        over = overlays.of(session, [payment.id]).get(payment.id, NOTHING)
        given_back = refunds.of_payment(session, payment)
    return page_or_fragment(
        "transactions/staff_payment.html",
        "transactions/_payment.html",
        payment=payment,
        life=telling.life(payment, steps),
        entries=entries,
        reason=_why(payment),
        facts=_facts(payment, charged_by),
        linked=ever,
        approved_at=approved_at,
        marks=over.marks,
        refunds=given_back,
        may_link=current_user.may(LINK_PAYMENTS),
        may_refund=current_user.may(REFUND) and _is_refundable(payment),
        poll_url=url_for(".show", public_id=public_id, seen=version),
    )


def _is_refundable(payment: Payment) -> bool:
    """Whether **Refund** leads anywhere: its page tells what else may stand in the way."""
    left_cents = payment.left.cents
    return payment.status == Status.COMPLETED and left_cents > 0


def _charged_by(session: Session, payment: Payment) -> str | None:
    if payment.charged_by is None:
        return None
    return actor_names(session, [payment.charged_by])[payment.charged_by]


def _approved_at(session: Session, payment: Payment) -> datetime:
    """When its payer agreed to the withdrawal: a charge by the firm, when its method was stored."""
    if payment.charged_by is None:
        return payment.made_at
    return session.get_one(StoredMethod, payment.stored_method_id).stored_at


def _facts(payment: Payment, charged_by: str | None) -> list[dict[str, Any]]:
    link, locale = payment.account_link, language.current()
    fee = Money(payment.fee_cents, payment.currency).format(locale) if payment.fee_cents else None
    paid_on = payment.document_link
    facts = [
        (_("Payer"), payment.payer_name),
        (_("Email"), payment.payer_email),
        (_("Client"), payment.client.name if payment.client else None),
        (_("Payer is"), _("Somebody else than the client") if payment.third_party else None),
        (_("Paid for"), payment.paid_for),
        (_("Payer's reference"), payment.payer_reference),
        (_("Account"), payment.bank_account.name),
        (_("Payment link"), pay_url(link.token) if link else None),
        (_("Paid on"), document_url(paid_on) if paid_on else None),
        (_("Link retired"), formatting.moment(link.retired_at) if link else None),
        (_("Method"), payment.method_label),
        (_("Charged by"), charged_by),
        (_("Reason"), payment.charge_reason),
        (_("Submitted"), formatting.moment(payment.made_at)),
        (_("Expected to complete"), None if payment.completed_at else _day_of(payment)),
        (_("Completed"), formatting.moment(payment.completed_at)),
        (_("On hold in trust until"), formatting.day(still_held_until(payment))),
        (_("Processing fee"), fee),
        (_("Stripe payment"), payment.intent_id),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]


def _day_of(payment: Payment) -> str | None:
    waits = payment.status in {Status.AUTHORIZED, Status.COMPLETED}
    return formatting.day(payment.expected_on) if waits else None


def _why(payment: Payment) -> str | None:
    """What the payer was told, and the code of the bank network, which staff may look up."""
    if not (payment.failure_code or payment.network_code):
        return None
    told = words(payment.failure_code or "", payment.method, payment.network_code)
    return f"{told} ({payment.network_code})" if payment.network_code else told
