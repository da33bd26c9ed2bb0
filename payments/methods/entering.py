"""Entering a card or bank account: what pay pages and **Store a payment method** have in common."""

import re

from flask_babel import gettext as _

from payments.gateway.results import MethodKind, MethodPreview
from portal.core.errors import Invalid

_POSTAL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{1,11}")
_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}


def kinds_taken(account_currency: str, firm_currency: str) -> tuple[MethodKind, ...]:
    """Cards everywhere; bank accounts for US firms only (FEATURES P2)."""
    us = account_currency == "USD" and firm_currency == "USD"
    return (MethodKind.CARD, MethodKind.BANK) if us else (MethodKind.CARD,)


def postal_code(typed: str, kind: MethodKind) -> str:
    """That of a card's billing address; none of a bank account. Raises `Invalid`."""
    code = typed.strip()
    if kind is not MethodKind.CARD:
        return ""
    if not code:
        raise Invalid(_("Enter the postal code of your card's billing address."), "postal_code")
    if not _POSTAL_CODE.fullmatch(code):
        raise Invalid(_("Enter a postal code such as 95814 or K1A 0B1."), "postal_code")
    return code.upper()


def method_label(preview: MethodPreview) -> str:
    """`Visa •••• 4242` or `Test Bank •••• 6789`: never a full number."""
    brand = _BRANDS.get(preview.brand, preview.brand.replace("_", " ").title())
    name = preview.bank_name if preview.kind is MethodKind.BANK else brand
    return f"{name} •••• {preview.last4}".strip()
