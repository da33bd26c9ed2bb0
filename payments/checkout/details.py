"""What a payer types, read and refused in sentences. Nothing here keeps a card or bank number."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from flask_babel import gettext as _

from payments.gateway.results import MethodKind
from payments.links.queries import LinkTarget
from payments.money.amounts import Money, NotAnAmount, parse_cents
from portal.core.errors import Invalid
from portal.firm.addresses import checked_email

NAME_CHARS_MAX = 120
PAID_FOR_CHARS_MAX = 200
REFERENCE_CHARS_MAX = 100
POSTAL_CODE_CHARS_MAX = 12

FIELDS = ("amount", "name", "email", "paid_for", "reference", "postal_code")

_POSTAL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{1,11}")
_CARD_DIGITS_MIN, _CARD_DIGITS_MAX = 13, 19
# Digits in a row, and rows of them with nothing but a sign or two in between.
_DIGIT_GROUP = re.compile(r"[0-9]+")
_DIGIT_RUN = re.compile(r"[0-9]+(?:[^0-9A-Za-z]{1,2}[0-9]+)*")
# Controls, format marks (the bidi ones among them), surrogates and private use.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_JOINERS = frozenset("\u200c\u200d")  # needed to write Persian and several Indian scripts


@dataclass(frozen=True, slots=True)
class Details:
    """A payer's own words, checked. The amount is in cents of the account's currency."""

    amount_cents: int
    name: str
    email: str
    paid_for: str
    reference: str
    postal_code: str
    method: MethodKind

    def to_state(self) -> dict[str, Any]:
        """JSON values for a signed form token."""
        return asdict(self)

    def to_form(self) -> dict[str, str]:
        """The fields as the payer would type them again."""
        amount = f"{self.amount_cents // 100}.{self.amount_cents % 100:02d}"
        return {**{name: str(value) for name, value in asdict(self).items()}, "amount": amount}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Back from a signed form token."""
        return cls(**{**state, "method": MethodKind(state["method"])})


def read(
    typed: Mapping[str, str], link: LinkTarget, methods: tuple[MethodKind, ...], locale: str
) -> tuple[Details | None, dict[str, str]]:
    """The details, or a sentence for each field that is wrong (FEATURES L4, P2)."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    method = typed.get("method", "")
    values["method"] = next((kind for kind in methods if kind == method), methods[0])
    checks = {
        "amount_cents": lambda: _amount(typed.get("amount", ""), link, locale),
        "name": lambda: _line("name", typed, NAME_CHARS_MAX, _("Enter your name.")),
        "email": lambda: _email(typed.get("email", "")),
        "paid_for": lambda: _line(
            "paid_for", typed, PAID_FOR_CHARS_MAX, _("Enter who this payment is for.")
        ),
        "reference": lambda: _line("reference", typed, REFERENCE_CHARS_MAX, None),
        "postal_code": lambda: _postal_code(typed, values["method"]),
    }
    for name, check in checks.items():
        try:
            values[name] = check()
        except Invalid as wrong:
            errors[wrong.field or name] = str(wrong)
    if method and method not in methods:
        errors["method"] = _("This firm takes no eCheck here. Please pay by card.")
    return (None if errors else Details(**values)), errors


def _amount(typed: str, link: LinkTarget, locale: str) -> int:
    if not typed.strip():
        raise Invalid(_("Enter the amount to pay."), "amount")
    try:
        cents = parse_cents(typed, locale)
    except NotAnAmount as unreadable:
        example = "1 250,00" if locale.startswith("fr") else "1,250.00"
        raise Invalid(
            _("Enter the amount in numbers, such as %(example)s.", example=example), "amount"
        ) from unreadable
    least, most = link.link_min_cents, link.link_max_cents
    if cents < least:
        shown = Money(least, link.currency).format(locale)
        raise Invalid(
            _("The smallest amount you can pay here is %(amount)s.", amount=shown), "amount"
        )
    if cents > most:
        shown = Money(most, link.currency).format(locale)
        raise Invalid(
            _(
                "The largest amount you can pay here is %(amount)s. Please call us about more.",
                amount=shown,
            ),
            "amount",
        )
    return cents


def _email(typed: str) -> str:
    if not typed.strip():
        raise Invalid(_("Enter your email address, for the receipt."), "email")
    return checked_email(typed)


def _line(field: str, typed: Mapping[str, str], chars_max: int, missing: str | None) -> str:
    text = unicodedata.normalize("NFC", typed.get(field, "")).strip()
    if not text:
        if missing is None:
            return ""
        raise Invalid(missing, field)
    if len(text) > chars_max:
        raise Invalid(_("This is too long: at most %(count)s characters.", count=chars_max), field)
    if any(unicodedata.category(char) in _HIDDEN and char not in _JOINERS for char in text):
        raise Invalid(_("This holds hidden characters. Please type it again by hand."), field)
    if holds_card_number(text):
        raise Invalid(
            _("This looks like a card number. Please take it out: it belongs in the card field."),
            field,
        )
    return text


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits pass the card check (Luhn), written as one or as groups of their own.

    A bill number before the card or its date behind it is another group; spaces, hyphens and dots
    part groups, and full-width digits count as digits.
    """
    plain = unicodedata.normalize("NFKC", text)
    return any(
        _CARD_DIGITS_MIN <= len(digits) <= _CARD_DIGITS_MAX and _luhn(digits)
        for run in _DIGIT_RUN.findall(plain)
        for digits in _joined(_DIGIT_GROUP.findall(run))
    )


def _joined(groups: list[str]) -> Iterator[str]:
    """Every way to join groups that stand next to each other, up to a card's length."""
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) > _CARD_DIGITS_MAX:
                break
            yield digits


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _postal_code(typed: Mapping[str, str], method: MethodKind) -> str:
    text = typed.get("postal_code", "").strip()
    if method is not MethodKind.CARD:
        return ""
    if not text:
        raise Invalid(_("Enter the postal code of your card's billing address."), "postal_code")
    if not _POSTAL_CODE.fullmatch(text):
        raise Invalid(_("Enter a postal code such as 95814 or K1A 0B1."), "postal_code")
    return text.upper()
