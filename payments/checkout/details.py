"""What a payer types, read and refused in sentences. Nothing here keeps a card or bank number."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from flask_babel import gettext as _

from payments.accounts.settings import PROCESSOR_CENTS_MIN
from payments.checkout.target import PayTarget, What
from payments.gateway.results import MethodKind
from payments.methods.entering import postal_code
from payments.money.amounts import Money, NotAnAmount, as_typed, parse_cents
from portal.core.errors import Invalid
from portal.firm.addresses import checked_email

NAME_CHARS_MAX = 120
PAID_FOR_CHARS_MAX = 200
REFERENCE_CHARS_MAX = 100

FIELDS = ("amount", "name", "email", "paid_for", "reference", "postal_code", "pays", "third_party")
BALANCE, THIS = "balance", "this"  # what a payer of a bill chooses to pay (FEATURES L9)
TICKED = "yes"

_CARD_DIGITS_MIN, _CARD_DIGITS_MAX = 13, 19
# Digits in a row, and rows of them with nothing but a sign or two in between.
_DIGIT_GROUP = re.compile(r"[0-9]+")
_DIGIT_RUN = re.compile(r"[0-9]+(?:[^0-9A-Za-z]{1,2}[0-9]+)*")
# Controls, format marks (the bidi ones among them), surrogates, private use, ends of lines.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # needed to write Persian and several Indian scripts


@dataclass(frozen=True, slots=True)
class Details:
    """A payer's own words, checked. The amount is in cents of the account's currency.

    `balance`: it goes to all of the client's bills, oldest first (FEATURES L9). `third_party`:
    somebody else pays for the client (M12).
    """

    amount_cents: int
    name: str
    email: str
    paid_for: str
    reference: str
    postal_code: str
    method: MethodKind
    balance: bool = False
    third_party: bool = False

    def to_state(self) -> dict[str, Any]:
        """JSON values for a signed form token."""
        return asdict(self)

    def to_form(self, locale: str) -> dict[str, str]:
        """The fields as the payer would type them again."""
        amount = as_typed(self.amount_cents, locale)
        typed = {name: str(value) for name, value in asdict(self).items()}
        pays = BALANCE if self.balance else THIS
        ticked = TICKED if self.third_party else ""
        return {**typed, "amount": amount, "pays": pays, "third_party": ticked}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Back from a signed form token."""
        return cls(**{**state, "method": MethodKind(state["method"])})


def read(
    typed: Mapping[str, str],
    target: PayTarget,
    methods: tuple[MethodKind, ...],
    locale: str,
    stored: MethodKind | None = None,
) -> tuple[Details | None, dict[str, str]]:
    """The details, or a sentence for each field that is wrong (FEATURES L4, P2).

    `stored`: the client pays by a stored method of this kind, whatever fields are filled in.
    """
    errors: dict[str, str] = {}
    values: dict[str, Any] = _chosen(typed, target)
    method, code = typed.get("method", ""), typed.get("postal_code", "")
    values["method"] = stored or next((kind for kind in methods if kind == method), methods[0])
    checks = {
        "amount_cents": lambda: _amount(typed.get("amount", ""), target, values, locale),
        "name": lambda: _line("name", typed, NAME_CHARS_MAX, _("Enter your name.")),
        "email": lambda: _email(typed.get("email", "")),
        **(_asked_by_link(typed) if target.document is None else {}),
        "postal_code": lambda: "" if stored else postal_code(code, values["method"]),
    }
    for name, check in checks.items():
        try:
            values[name] = check()
        except Invalid as wrong:
            errors[wrong.field or name] = str(wrong)
    if stored and values.get("third_party"):
        errors["third_party"] = _("A stored method is your own. Untick this box to pay with it.")
    if not stored and method and method not in methods:
        errors["method"] = _("This firm takes no eCheck here. Please pay by card.")
    return (None if errors else Details(**values)), errors


def _chosen(typed: Mapping[str, str], target: PayTarget) -> dict[str, Any]:
    """What is chosen for a document, whose number says what the payment is for."""
    document = target.document
    if document is None:
        return {}
    return {
        "paid_for": _staff_title(target),
        "reference": "",
        "balance": bool(document.others) and typed.get("pays") == BALANCE,
        "third_party": document.beside_client or bool(typed.get("third_party")),
    }


def title_of(target: PayTarget) -> str:
    """The document as its payer knows it; it tells nothing of the matter (FEATURES M13)."""
    number = target.document.due.number if target.document is not None else 0
    if target.what is What.TRUST_REQUEST:
        return _("Trust request %(number)s", number=number)
    return _("Bill %(number)s", number=number)


def _staff_title(target: PayTarget) -> str:
    """The same for the firm's lists and emails, whose staff read English (FEATURES B3)."""
    number = target.document.due.number if target.document is not None else 0
    return f"{'Trust request' if target.what is What.TRUST_REQUEST else 'Bill'} {number}"


def _asked_by_link(typed: Mapping[str, str]) -> dict[str, Callable[[], str]]:
    missing = _("Enter who this payment is for.")
    return {
        "paid_for": lambda: _line("paid_for", typed, PAID_FOR_CHARS_MAX, missing),
        "reference": lambda: _line("reference", typed, REFERENCE_CHARS_MAX, None),
    }


def _amount(typed: str, target: PayTarget, chosen: Mapping[str, Any], locale: str) -> int:
    if not typed.strip():
        raise Invalid(_("Enter the amount to pay."), "amount")
    try:
        cents = parse_cents(typed, locale)
    except NotAnAmount as unreadable:
        example = "1 250,00" if locale.startswith("fr") else "1,250.00"
        raise Invalid(
            _("Enter the amount in numbers, such as %(example)s.", example=example), "amount"
        ) from unreadable
    balance = bool(chosen.get("balance"))
    least, most = target.least_cents(balance), target.open_cents(balance)
    if cents < least:
        shown = Money(least, target.currency).format(locale)
        raise Invalid(
            _("The smallest amount you can pay here is %(amount)s.", amount=shown), "amount"
        )
    if cents > most:
        raise Invalid(_too_much(target, Money(most, target.currency).format(locale)), "amount")
    if target.leaves_too_little(target.shares(cents, balance)):
        raise Invalid(too_small_a_rest(target, locale), "amount")
    return cents


def too_small_a_rest(target: PayTarget, locale: str) -> str:
    """What a payer is told whose part would leave a rest that cannot be paid online (P2)."""
    least = Money(PROCESSOR_CENTS_MIN, target.currency).format(locale)
    return _("Leave at least %(amount)s, or pay all of it.", amount=least)


def _too_much(target: PayTarget, most: str) -> str:
    if target.document is None:
        return _(
            "The largest amount you can pay here is %(amount)s. Please call us about more.",
            amount=most,
        )
    return _("There is %(amount)s left to pay. Enter that amount or less.", amount=most)


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
