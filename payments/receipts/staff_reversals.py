"""**Reverse**: a receipt that was recorded by hand, or one payment on one bill; with a reason."""

from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import queries as bills
from payments.billing.closed import left_out
from payments.ledger.actions import Overdrawn
from payments.receipts import actions, queries, recording
from payments.receipts.models import Allocation, Receipt, ReceiptSource
from payments.receipts.staff_requested import PAYMENT
from payments.receipts.staff_shown import blueprint, may_record, money
from payments.receipts.telling import name_of, transfer_named
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LOOK, RECORD_PAYMENTS, REFUND

RECEIPT = "/receipts/<public_id>/reversal"
ON_BILL = "/bill-payments/<public_id>/reversal"
FROM_TRUST = _lazy("This was paid from trust. Reverse it as a payment from trust.")


@blueprint.get(RECEIPT, needs=RECORD_PAYMENTS)
def reversal(public_id: str) -> Response:
    """What reversing a check or cash would take back, and why it is done (FEATURES S8)."""
    with db.read() as session:
        g.brand = brand(session)
        return _draw_receipt(session, _receipt(session, public_id))


@blueprint.post(RECEIPT, needs=RECORD_PAYMENTS)
def reverse(public_id: str) -> AnyResponse:
    """Reverse a check or cash and all that it paid. Nothing is edited or deleted."""
    reason = request.form.get("reason", "").replace("\0", "")
    with db.read() as session:
        g.brand = brand(session)
        receipt = _receipt(session, public_id)
    try:
        with db.transaction() as session:
            now = _receipt(session, public_id)
            if sentence := _unseen(session, now):
                raise Conflict(sentence)
            recording.reverse(session, now, reason=reason, by=current_user.actor)
    except (Invalid, Conflict) as refusal:
        with db.read() as session:
            return _draw_receipt(session, _receipt(session, public_id), refusal)
    flash(_("%(name)s was reversed.", name=name_of(receipt)))
    return redirect(_ledger(receipt), 303)


@blueprint.get(ON_BILL, needs=RECORD_PAYMENTS)
def bill_reversal(public_id: str) -> Response:
    """What taking one payment off one bill would change, and why it is done (FEATURES S8)."""
    with db.read() as session:
        g.brand = brand(session)
        return _draw_allocation(_allocation(session, public_id))


@blueprint.post(ON_BILL, needs=RECORD_PAYMENTS)
def reverse_on_bill(public_id: str) -> AnyResponse:
    """Take one payment off one bill: the money is the client's credit again."""
    reason = request.form.get("reason", "").replace("\0", "")
    with db.read() as session:
        g.brand = brand(session)
        allocation = _allocation(session, public_id)
    try:
        with db.transaction() as session:
            _allocation(session, public_id)
            actions.reverse_allocation(session, public_id, reason=reason, by=current_user.actor)
    except (Invalid, Conflict) as refusal:
        with db.read() as session:
            return _draw_allocation(_allocation(session, public_id), refusal)
    flash(_("The payment was taken off bill %(number)s.", number=allocation.bill.number))
    return redirect(url_for("bills.show", public_id=allocation.bill.public_id), 303)


@blueprint.get("/bills/<public_id>/payments", needs=LOOK)
def of_bill(public_id: str) -> Response:
    """The payments on a bill now, each with **Reverse**: for the bill's page, or as a page."""
    with db.read() as session:
        g.brand = brand(session)
        bill = bills.bill(session, public_id, closed_to(session, current_user))
        standing = queries.standing_allocations(session, bill.id)
    rows = [
        {
            "allocation": allocation,
            "name": name_of(allocation.receipt),
            "amount": money(allocation.amount_cents - allocation.reversed_cents),
            **_pages(allocation),
        }
        for allocation in standing
    ]
    return page_or_fragment(
        "receipts/staff_of_bill.html",
        "receipts/_of_bill.html",
        bill=bill,
        rows=rows,
        may_record=may_record(),
    )


def _pages(allocation: Allocation) -> dict[str, str | None]:
    """The page of a payment from trust, and the one that takes a payment off its bill: trust money
    goes back into trust, and never becomes credit."""
    transfer = transfer_named(allocation.receipt.cause)
    if transfer is None:
        reverse = url_for(".bill_reversal", public_id=allocation.public_id)
        return {**_pages_of_payment(allocation.receipt), "reverse_url": reverse}
    return {
        "refund_url": None,
        "url": url_for(".trust_transfer", public_id=transfer),
        "reverse_url": url_for(".trust_reversal", public_id=transfer),
    }


def _pages_of_payment(receipt: Receipt) -> dict[str, str | None]:
    """The page of a payment made online, and where it is refunded by those who may (M6)."""
    if receipt.source != ReceiptSource.PAYMENT:
        return {"url": None, "refund_url": None}
    payment = receipt.cause.removeprefix(PAYMENT)
    refund_url = url_for("transactions.choose_refund", public_id=payment)
    return {
        "url": url_for("transactions.show", public_id=payment),
        "refund_url": refund_url if current_user.may(REFUND) else None,
    }


def _receipt(session: Session, public_id: str) -> Receipt:
    return queries.receipt(session, public_id, closed_to(session, current_user))


def _unseen(session: Session, receipt: Receipt) -> str | None:
    if not queries.pays_closed(session, receipt.id, closed_to(session, current_user)):
        return None
    return _("This also paid bills that are not shown to you. Ask an administrator to reverse it.")


def _allocation(session: Session, public_id: str) -> Allocation:
    found = session.scalar(
        select(Allocation)
        .where(Allocation.public_id == public_id)
        .where(*left_out(closed_to(session, current_user), Allocation.bill_id))
        .options(joinedload(Allocation.bill), joinedload(Allocation.receipt))
    )
    if found is None:
        raise Missing(_("There is no such payment on a bill."))
    return found


def _ledger(receipt: Receipt) -> str:
    if receipt.matter is not None:
        return url_for("receipts.matter_ledger", public_id=receipt.matter.public_id)
    return url_for("receipts.contact_ledger", public_id=receipt.client.public_id)


def _draw_receipt(
    session: Session, receipt: Receipt, refusal: Invalid | Conflict | None = None
) -> Response:
    obstacle = None
    if receipt.source == ReceiptSource.PAYMENT:
        obstacle = _("This is a linked payment. Use Change link on the payment.")
    elif receipt.source == ReceiptSource.TRUST:
        obstacle = FROM_TRUST
    elif receipt.undone_at is not None:
        obstacle = _("This was reversed already.")
    else:
        obstacle = _unseen(session, receipt)
    paid = queries.paid_bills(session, receipt.id, closed_to(session, current_user))
    return _draw(
        refusal,
        title=_("Reverse %(name)s", name=name_of(receipt)),
        action=url_for(".reverse", public_id=receipt.public_id),
        back_url=_ledger(receipt),
        obstacle=obstacle,
        amount=money(receipt.amount_cents),
        whose=receipt.client.name,
        paid=[(bill.number, money(cents)) for bill, cents in paid],
    )


def _draw_allocation(allocation: Allocation, refusal: Invalid | Conflict | None = None) -> Response:
    left = allocation.amount_cents - allocation.reversed_cents
    number, name = allocation.bill.number, name_of(allocation.receipt)
    obstacle = None if left else _("This was reversed already.")
    if allocation.receipt.source == ReceiptSource.TRUST:
        obstacle = FROM_TRUST
    return _draw(
        refusal,
        title=_("Take %(name)s off bill %(number)s", name=name, number=number),
        action=url_for(".reverse_on_bill", public_id=allocation.public_id),
        back_url=url_for("bills.show", public_id=allocation.bill.public_id),
        obstacle=obstacle,
        amount=money(left),
        whose=None,
        paid=[(number, money(left))],
    )


def _draw(refusal: Invalid | Conflict | None, **shown: Any) -> Response:
    problem = str(refusal) if isinstance(refusal, Conflict) else None
    if isinstance(refusal, Overdrawn):
        problem = _("Some of this money was spent or paid back, so it cannot be taken back.")
    page = render_template(
        "receipts/staff_reversal.html",
        problem=None if shown["obstacle"] else problem,
        errors={"reason": str(refusal)} if isinstance(refusal, Invalid) else {},
        reason=request.form.get("reason", ""),
        **shown,
    )
    return make_response(page, refusal.status if refusal else 200)
