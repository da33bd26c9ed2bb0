"""What people type about bills."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from flask import request
from flask_babel import gettext as _

from payments.billing.choices import Choices
from payments.billing.details import LINES_MAX, TAXES_MAX, BillDetails, LineDetails
from payments.billing.models import Bill
from payments.billing.quantities import NotAQuantity, parse_thousandths, plain
from payments.billing.reckoning import NO_DISCOUNT, Discount, Reckoning, TaxDetails, reckon
from payments.money.amounts import Money, NotAnAmount, parse_cents

_LINE_FIELDS = ("matter", "worked_on", "quantity", "rate", "description")
_LINE_FIELD = re.compile(rf"(?:{'|'.join(_LINE_FIELDS)})-([0-9]{{1,4}})")
_LAST_FIELDS = ("discount", "tax_label-0", "tax_percent-0", "tax_label-1", "tax_percent-1", "note")
_PLACES = {"client": 0, "due_on": 1, "account": 2, "lines": 3}
_PLACES |= {field: 5 + place for place, field in enumerate((*_LAST_FIELDS, "reason"))}
PERCENT, AMOUNT = "percent", "amount"
NO_DAY = date(2000, 1, 1)  # stands in where a day cannot be read, while the rest is looked at


@dataclass(frozen=True, slots=True)
class LineForm:
    """One line as typed. `matter` is its public id."""

    matter: str = ""
    worked_on: str = ""
    description: str = ""
    quantity: str = "1"
    rate: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing of one's own was typed: the line is left out when the bill is saved."""
        return not (self.description.strip() or self.rate.strip())

    def amount_cents(self, locale: str) -> int | None:
        """Quantity times rate, None while they cannot be read."""
        line, errors = self.details(0, 0, locale)
        return None if {"quantity-0", "rate-0"} & errors.keys() else line.amount_cents

    def details(
        self, position: int, matter_id: int, locale: str
    ) -> tuple[LineDetails, dict[str, str]]:
        """The line, with stand-ins where it cannot be read, and the sentences for those."""
        errors: dict[str, str] = {}
        worked_on, quantity, rate = read_day(self.worked_on), 1_000, 0
        if worked_on is None:
            errors[f"worked_on-{position}"] = _("Enter the day like 2026-05-31.")
        try:
            quantity = parse_thousandths(self.quantity, locale)
        except NotAQuantity:
            errors[f"quantity-{position}"] = _("Enter a quantity like 1.5.")
        try:
            rate = _parse_rate(self.rate, locale)
        except NotAnAmount:
            errors[f"rate-{position}"] = _("Enter an amount like 250.00.")
        line = LineDetails(matter_id, worked_on or NO_DAY, self.description, quantity, rate)
        return line, errors


@dataclass(frozen=True, slots=True)
class TaxForm:
    """One tax as typed."""

    label: str = ""
    percent: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was typed: there is no such tax then."""
        return not (self.label.strip() or self.percent.strip())

    def details(self, place: int, locale: str) -> tuple[TaxDetails, dict[str, str]]:
        """The tax, of nothing where it cannot be read, and the sentence for that."""
        try:
            return TaxDetails(self.label, parse_thousandths(self.percent, locale)), {}
        except NotAQuantity:
            sentence = _("Enter a percentage like 8.25.")
            return TaxDetails(self.label, 1), {f"tax_percent-{place}": sentence}


@dataclass(frozen=True, slots=True)
class BillForm:
    """A bill as typed. `account` is a public id; `mark` says which state of it was shown, and
    `reason` why an issued one is changed. Blank taxes are left out."""

    account: str
    due_on: str
    note: str
    lines: Sequence[LineForm]
    taxes: Sequence[TaxForm] = ()
    discount_kind: str = PERCENT
    discount: str = ""
    mark: str = ""
    reason: str = ""

    @classmethod
    def of(cls, bill: Bill) -> Self:
        """What a bill says, ready to be edited. All that it is made of is loaded."""
        percent = bill.discount_percent_thousandths
        amount = Money(bill.discount_cents, bill.currency).plain() if bill.discount_cents else ""
        return cls(
            mark=bill.mark,
            discount_kind=AMOUNT if amount and not percent else PERCENT,
            discount=plain(percent) if percent else amount,
            taxes=[TaxForm(tax.label, plain(tax.percent_thousandths)) for tax in bill.taxes],
            account=bill.bank_account.public_id,
            due_on=bill.due_on.isoformat() if bill.due_on else "",
            note=bill.note,
            lines=[
                LineForm(
                    matter=line.matter.public_id,
                    worked_on=line.worked_on.isoformat(),
                    description=line.description,
                    quantity=plain(line.quantity_thousandths),
                    rate=Money(line.rate_cents, bill.currency).plain(),
                )
                for line in bill.lines
            ],
        )

    @classmethod
    def from_request(cls) -> Self:
        """What was sent, its lines in the order of their numbers; more than a bill may have are
        cut off one after the last, so that the refusal can be told."""
        sent = request.form
        matches = (_LINE_FIELD.fullmatch(name) for name in sent)
        places = sorted({int(match[1]) for match in matches if match})
        lines = [
            LineForm(**{field: sent.get(f"{field}-{place}", "") for field in _LINE_FIELDS})
            for place in places[: LINES_MAX + 1]
        ]
        taxes = [
            TaxForm(sent.get(f"tax_label-{place}", ""), sent.get(f"tax_percent-{place}", ""))
            for place in range(TAXES_MAX)
        ]
        named = ("account", "due_on", "note", "discount", "mark", "reason")
        return cls(
            lines=lines,
            taxes=[tax for tax in taxes if not tax.blank],
            discount_kind=AMOUNT if sent.get("discount_kind") == AMOUNT else PERCENT,
            **{field: sent.get(field, "") for field in named},
        )

    def with_line(self) -> Self:
        """One more line, on the matter and day of the last."""
        last = self.lines[-1] if self.lines else LineForm()
        return replace(self, lines=[*self.lines, LineForm(last.matter, last.worked_on)])

    def without_line(self, place: str) -> Self:
        """The form without its nth line."""
        return replace(self, lines=[line for n, line in enumerate(self.lines) if str(n) != place])

    def without_blanks(self) -> Self:
        """The form without the lines in which nothing was typed."""
        return replace(self, lines=[line for line in self.lines if not line.blank])

    def amounts(self, locale: str) -> list[int | None]:
        """What each line comes to in cents, None where it cannot be read."""
        return [line.amount_cents(locale) for line in self.lines]

    def sums(self, locale: str) -> Reckoning:
        """What it comes to; what cannot be read counts as nothing."""
        taxes = [tax.details(0, locale) for tax in self.taxes]
        readable = [TaxDetails("", 0) if wrong else tax for tax, wrong in taxes]
        lines = sum(amount or 0 for amount in self.amounts(locale))
        return reckon(lines, self._discount(locale)[0], readable)

    def _discount(self, locale: str) -> tuple[Discount, dict[str, str]]:
        if not self.discount.strip():
            return NO_DISCOUNT, {}
        try:
            if self.discount_kind == AMOUNT:
                return Discount(cents=parse_cents(self.discount, locale)), {}
            return Discount(parse_thousandths(self.discount, locale)), {}
        except NotAnAmount:
            return NO_DISCOUNT, {"discount": _("Enter an amount like 250.00.")}
        except NotAQuantity:
            return NO_DISCOUNT, {"discount": _("Enter a percentage like 8.25.")}

    def details(self, choices: Choices, locale: str) -> tuple[BillDetails, dict[str, str]]:
        """The bill, with stand-ins where it cannot be read, and a sentence for each of those.

        A matter or account that is not among the `choices` becomes one that does not exist.
        """
        discount, errors = self._discount(locale)
        due_on = read_day(self.due_on)
        if due_on is None:
            errors["due_on"] = _("Enter the day like 2026-05-31.")
        taxes: list[TaxDetails] = []
        for place, tax in enumerate(self.taxes):
            read, wrong = tax.details(place, locale)
            taxes.append(read)
            errors |= wrong
        lines: list[LineDetails] = []
        for position, typed in enumerate(self.lines):
            matter_id = choices.matters.get(typed.matter, 0)
            line, wrong = typed.details(position, matter_id, locale)
            lines.append(line)
            errors |= wrong
        account_id = choices.accounts.get(self.account, 0)
        day, note = due_on or NO_DAY, self.note
        bill = BillDetails(choices.client_id, account_id, lines, day, note, discount, taxes)
        return bill, errors


def in_page_order(errors: Mapping[str, str]) -> dict[str, str]:
    """The sentences in the order of the fields on the page."""

    def place(field: str) -> tuple[int, int, int]:
        name, _dash, number = field.rpartition("-")
        if name in _LINE_FIELDS:
            return 4, int(number), _LINE_FIELDS.index(name)
        return _PLACES.get(field, len(_PLACES) + 1), 0, 0

    return {field: errors[field] for field in sorted(errors, key=place)}


def _parse_rate(typed: str, locale: str) -> int:
    """Cents for one; with a minus before it the line is a credit."""
    text = typed.strip()
    credit = text[:1] in {"-", "\u2212"}
    return -parse_cents(text[1:], locale) if credit else parse_cents(text, locale)


def read_day(typed: str) -> date | None:
    """The day in `2026-05-31`, None for anything else."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None
