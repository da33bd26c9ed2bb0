"""The review of a payment: everything once more, before any money moves (FEATURES P3–P5)."""

from typing import Any

from flask import Response, make_response, render_template
from flask_babel import gettext as _

from payments.checkout.public_pages import address, money, pay_context
from payments.checkout.state import Reviewed
from payments.checkout.target import PayTarget
from payments.gateway.results import MethodKind
from portal.web.fragments import wants_fragment


def sheet(
    target: PayTarget,
    reviewed: Reviewed,
    methods: tuple[MethodKind, ...],
    errors: dict[str, str] | None = None,
    *,
    store: bool = False,
) -> Response:
    """The sheet with **Submit payment**, and with what still has to be ticked: a part of the pay
    page for its script, else a page of its own.

    `store`: the store box stays ticked where the sheet comes back.
    """
    context = _context(target, reviewed, methods, errors or {}, store=store)
    template = "checkout/_review.html" if wants_fragment() else "checkout/public_review.html"
    return make_response(render_template(template, **context), 422 if errors else 200)


def _context(
    target: PayTarget,
    reviewed: Reviewed,
    methods: tuple[MethodKind, ...],
    errors: dict[str, str],
    *,
    store: bool,
) -> dict[str, Any]:
    details = reviewed.details
    context = pay_context(target, methods, {}, errors)
    context["review"] = {
        "amount": money(target, details.amount_cents),
        "name": details.name,
        "email": details.email,
        "paid_for": details.paid_for,
        "reference": details.reference,
        "postal_code": details.postal_code,
        "method": details.method,
        "method_label": reviewed.method_label,
        "mandate": reviewed.mandate_text,
        "store_text": reviewed.store_text,
        "store": store,
        "third_party": details.third_party,
        "shares": _shares(target, reviewed),
        "left": _left(target, reviewed),
        "attempt_token": reviewed.sign(),
        "stored": bool(reviewed.stored),
        "submit_url": address(target, "submit"),
        "back_url": None if wants_fragment() else address(target),
    }
    return context


def _shares(target: PayTarget, reviewed: Reviewed) -> list[dict[str, Any]]:
    """Which bills get what, where it is more than one (FEATURES L9)."""
    document = target.document
    if document is None or len(reviewed.shares) < 2:
        return []
    numbers = {due.id: due.number for due in document.pays(balance=True)}
    return [
        {"key": _("Bill %(number)s", number=numbers[one]), "value": money(target, cents)}
        for one, cents, _version in reviewed.shares
        if one in numbers
    ]


def _left(target: PayTarget, reviewed: Reviewed) -> str | None:
    """What will be left to pay of what was chosen; none where nothing is."""
    if target.document is None:
        return None
    balance = reviewed.details.balance
    owed = target.document.balance_cents if balance else target.document.due.open_cents
    left_cents = owed - reviewed.details.amount_cents
    return money(target, left_cents) if left_cents > 0 else None
