"""What a bill is made of before it is saved, and what makes it unusable."""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.billing.reckoning import (
    NO_DISCOUNT,
    PERCENT_THOUSANDTHS,
    Discount,
    Reckoning,
    TaxDetails,
    reckon,
)
from portal.clients.details import Problems
from portal.clients.models import Contact, Matter

LINES_MAX = 500
TAXES_MAX = 2
LABEL_CHARS_MAX = 40
DESCRIPTION_CHARS_MAX = 1_000
NOTE_CHARS_MAX = 2_000
QUANTITY_THOUSANDTHS_MAX = 100_000_000
RATE_CENTS_MAX = 1_000_000_000
TOTAL_CENTS_MAX = 10_000_000_000
YEARS = range(2000, 2101)
_HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True)
class LineDetails:
    """One line as somebody wants it: hours or pieces in thousandths, cents for one of them. A rate
    below zero makes it a credit."""

    matter_id: int
    worked_on: date
    description: str
    quantity_thousandths: int
    rate_cents: int

    @property
    def amount_cents(self) -> int:
        """Quantity times rate, half a cent rounded away from zero: a credit of as much as a line
        cancels it."""
        cents = (self.quantity_thousandths * abs(self.rate_cents) + 500) // 1_000
        return cents if self.rate_cents >= 0 else -cents


@dataclass(frozen=True, slots=True)
class BillDetails:
    """A bill as somebody wants it: one client, and lines on matters of that client."""

    client_id: int
    bank_account_id: int
    lines: Sequence[LineDetails]
    due_on: date
    note: str = ""
    discount: Discount = NO_DISCOUNT
    taxes: Sequence[TaxDetails] = ()

    @property
    def sums(self) -> Reckoning:
        """What it comes to."""
        lines = sum(line.amount_cents for line in self.lines)
        return reckon(lines, self.discount, self.taxes)


def check(session: Session, wanted: BillDetails, currency: str) -> None:
    """Raise `Problems`, a sentence for each field, where a bill like this cannot be saved.

    Every line's matter is the client's own, all together come to nothing less than zero, and the
    account is an operating one in the firm's currency: trust money never pays a bill directly
    (FEATURES S7). Fields of the nth line, from 0: `matter-n`, `worked_on-n` and so on; of the nth
    tax: `tax_label-n`, `tax_percent-n`.
    """
    errors: dict[str, str] = {}
    if session.get(Contact, wanted.client_id) is None:
        errors["client"] = _("Choose the client that this bill is for.")
    if sentence := _wrong_with_account(session, wanted.bank_account_id, currency):
        errors["account"] = sentence
    errors |= wrong_with(wanted, _matters_of(session, wanted))
    if errors:
        raise Problems(errors)


def wrong_with(wanted: BillDetails, theirs: Collection[int]) -> dict[str, str]:
    """The same of everything but client and account, by field; `theirs` are the matters of the
    client among those that the lines name."""
    errors: dict[str, str] = {}
    if wanted.due_on.year not in YEARS:
        errors["due_on"] = _("Enter a due date between 2000 and 2100.")
    if len(wanted.note) > NOTE_CHARS_MAX:
        errors["note"] = _("The note is too long. Keep it under 2,000 characters.")
    for position, line in enumerate(wanted.lines[:LINES_MAX]):
        for field, sentence in _wrong_with_line(line, theirs):
            errors[f"{field}-{position}"] = sentence
    errors |= _wrong_with_taxes(wanted.taxes)
    if sentence := _wrong_with_lines(wanted, so_far=bool(errors)):
        errors["lines"] = sentence
    elif sentence := _wrong_with_discount(wanted):
        errors["discount"] = sentence
    return errors


def _wrong_with_account(session: Session, account_id: int, currency: str) -> str | None:
    account = session.get(BankAccount, account_id)
    if account is None or account.kind != AccountKind.OPERATING:
        return _("Choose an operating account. Trust money never pays a bill.")
    if account.currency != currency:
        return _("Choose an account in the firm's own currency.")
    return None


def _wrong_with_lines(wanted: BillDetails, *, so_far: bool) -> str | None:
    if not wanted.lines:
        return _("A bill needs at least one line.")
    if len(wanted.lines) > LINES_MAX:
        return _("A bill can have 500 lines at most. Split it in two.")
    if not so_far and wanted.sums.subtotal_cents < 0:
        return _("The credits are more than the other lines. A bill cannot be below zero.")
    if not so_far and wanted.sums.total_cents > TOTAL_CENTS_MAX:
        return _("A bill can be 100,000,000.00 at most.")
    return None


def _wrong_with_discount(wanted: BillDetails) -> str | None:
    discount, subtotal = wanted.discount, wanted.sums.subtotal_cents
    if not 0 <= discount.percent_thousandths <= PERCENT_THOUSANDTHS:
        return _("Enter a discount from 0 to 100 percent.")
    if discount.cents < 0 or discount.of(subtotal) > max(0, subtotal):
        return _("The discount is more than the lines come to.")
    return None


def _wrong_with_taxes(taxes: Sequence[TaxDetails]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for place, tax in enumerate(taxes):
        label = cleaned(tax.label)
        if not label or "\n" in label:
            errors[f"tax_label-{place}"] = _("Say what the tax is called.")
        if len(label) > LABEL_CHARS_MAX:
            errors[f"tax_label-{place}"] = _("Keep the tax's name under 40 characters.")
        if not 0 < tax.percent_thousandths <= PERCENT_THOUSANDTHS:
            errors[f"tax_percent-{place}"] = _("Enter a tax from 0.001 to 100 percent.")
    if len(taxes) > TAXES_MAX:
        errors["lines"] = _("A bill can have two taxes at most.")
    return errors


def _matters_of(session: Session, wanted: BillDetails) -> Collection[int]:
    named = {line.matter_id for line in wanted.lines[:LINES_MAX]}
    return session.scalars(
        select(Matter.id).where(Matter.client_id == wanted.client_id, Matter.id.in_(named))
    ).all()


def _wrong_with_line(line: LineDetails, matters: Collection[int]) -> Iterator[tuple[str, str]]:
    if line.matter_id not in matters:
        yield "matter", _("Choose a matter of this client.")
    if line.worked_on.year not in YEARS:
        yield "worked_on", _("Enter a date between 2000 and 2100.")
    if not cleaned(line.description):
        yield "description", _("Say what was done.")
    if len(line.description) > DESCRIPTION_CHARS_MAX:
        yield "description", _("The description is too long. Keep it under 1,000 characters.")
    if not 0 < line.quantity_thousandths <= QUANTITY_THOUSANDTHS_MAX:
        yield "quantity", _("Enter a quantity from 0.001 to 100,000.")
    if not -RATE_CENTS_MAX <= line.rate_cents <= RATE_CENTS_MAX:
        yield "rate", _("Enter a rate up to 10,000,000.00.")


def cleaned(text: str) -> str:
    """The text without characters that nobody sees, which PostgreSQL or a reader would trip on."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    kept = (char for char in plain if char == "\n" or unicodedata.category(char) not in _HIDDEN)
    return "".join(kept).strip()
