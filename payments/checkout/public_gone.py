"""What the address of a pay page shows while nothing can be paid there, in words (FEATURES L10)."""

from typing import Any

from flask import Response, g, make_response, render_template

from payments.billing.models import BillStatus
from payments.checkout import receipts
from payments.checkout.public_pages import amounts_as, day, document_context, path
from payments.checkout.target import PayTarget
from payments.money.amounts import Money
from portal.core import db

GONE, NOT_NOW, CLOSED = 410, 503, 409


def gone(target: PayTarget, *, paying: bool = False) -> Response | None:
    """The page to show instead of the form; None where something can be paid.

    `paying`: a form was sent, so that a page which is no error by itself refuses it.
    """
    document = target.document
    if target.retired:
        return make_response(render_template("links/public_retired.html"), GONE)
    if (void := withdrawn(target)) is not None:
        return void
    if document is not None and document.status is BillStatus.PAID:
        return _document(target, "paid", CLOSED if paying else 200)
    if document is not None and not document.due.open_cents:
        return _document(target, "reserved", CLOSED if paying else 200)
    if target.too_small:
        return _document(target, "small", CLOSED if paying else 200)
    if not target.online:
        return make_response(render_template("checkout/public_offline.html"), NOT_NOW)
    if not target.connected:
        return make_response(render_template("checkout/public_not_ready.html"), NOT_NOW)
    return None


def withdrawn(target: PayTarget) -> Response | None:
    """The page of a void bill or trust request, whatever of it is asked for (FEATURES L10)."""
    document = target.document
    void = document is not None and document.status is BillStatus.VOID
    return _document(target, "void", GONE) if void else None


def _document(target: PayTarget, state: str, status: int) -> Response:
    context: dict[str, Any] = {
        "brand": g.brand,
        "state": state,
        "document": document_context(target),
        "kind": target.kind,
        "payments": _payments(target) if state == "paid" else [],
        "page_path": path(target),
    }
    return make_response(render_template("checkout/public_document.html", **context), status)


def _payments(target: PayTarget) -> list[dict[str, str]]:
    with db.read() as session:
        found = receipts.paid_by(session, target)
    return [
        {
            "words": one.words,
            "reference": one.reference,
            "paid_on": day(one.paid_on),
            "amount": Money(one.cents, target.currency).format(amounts_as()),
        }
        for one in found
    ]
