"""What a bill is made of before it is saved, and what makes it unusable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from portal.clients.models import Contact, Matter
from portal.core.errors import Invalid

LINES_MAX = 200
DESCRIPTION_CHARS_MAX = 1_000
NOTE_CHARS_MAX = 2_000
QUANTITY_THOUSANDTHS_MAX = 100_000_000
RATE_CENTS_MAX = 1_000_000_000
TOTAL_CENTS_MAX = 10_000_000_000
YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class LineDetails:
    """One line as somebody wants it: hours or pieces in thousandths, cents for one of them."""

    matter_id: int
    worked_on: date
    description: str
    quantity_thousandths: int
    rate_cents: int

    @property
    def amount_cents(self) -> int:
        """Quantity times rate, half a cent rounded up."""
        return (self.quantity_thousandths * self.rate_cents + 500) // 1_000


@dataclass(frozen=True, slots=True)
class BillDetails:
    """A bill as somebody wants it: one client, and lines on matters of that client."""

    client_id: int
    bank_account_id: int
    lines: Sequence[LineDetails]
    due_on: date
    note: str = ""

    @property
    def total_cents(self) -> int:
        """The lines' amounts together."""
        return sum(line.amount_cents for line in self.lines)


def check(session: Session, wanted: BillDetails, currency: str) -> None:
    """Raise `Invalid`, beside its field, where a bill like this cannot be saved.

    Every line's matter is the client's own, amounts are not negative, and the account is an
    operating one in the firm's currency: trust money never pays a bill directly (FEATURES S7).
    """
    if session.get(Contact, wanted.client_id) is None:
        raise Invalid(_("Choose the client that this bill is for."), "client")
    account = session.get(BankAccount, wanted.bank_account_id)
    if account is None or account.kind != AccountKind.OPERATING:
        raise Invalid(_("Choose an operating account. Trust money never pays a bill."), "account")
    if account.currency != currency:
        raise Invalid(_("Choose an account in the firm's own currency."), "account")
    if wanted.due_on.year not in YEARS:
        raise Invalid(_("Enter a due date between 2000 and 2100."), "due_on")
    if len(wanted.note) > NOTE_CHARS_MAX:
        raise Invalid(_("The note is too long. Keep it under 2,000 characters."), "note")
    _check_number_of_lines(wanted)
    for position, line in enumerate(wanted.lines):
        _check_line(line, position)
    _check_matters(session, wanted)
    if wanted.total_cents > TOTAL_CENTS_MAX:
        raise Invalid(_("A bill can be 100,000,000.00 at most."), "lines")


def _check_number_of_lines(wanted: BillDetails) -> None:
    if not wanted.lines:
        raise Invalid(_("A bill needs at least one line."), "lines")
    if len(wanted.lines) > LINES_MAX:
        raise Invalid(_("A bill can have 200 lines at most. Split it in two."), "lines")


def _check_line(line: LineDetails, position: int) -> None:
    if line.worked_on.year not in YEARS:
        raise Invalid(_("Enter a date between 2000 and 2100."), f"worked_on-{position}")
    if not line.description.strip():
        raise Invalid(_("Say what was done."), f"description-{position}")
    if len(line.description) > DESCRIPTION_CHARS_MAX:
        sentence = _("The description is too long. Keep it under 1,000 characters.")
        raise Invalid(sentence, f"description-{position}")
    if not 0 < line.quantity_thousandths <= QUANTITY_THOUSANDTHS_MAX:
        raise Invalid(_("Enter a quantity from 0.001 to 100,000."), f"quantity-{position}")
    if not 0 <= line.rate_cents <= RATE_CENTS_MAX:
        raise Invalid(_("Enter a rate from 0.00 to 10,000,000.00."), f"rate-{position}")


def _check_matters(session: Session, wanted: BillDetails) -> None:
    theirs = set(
        session.scalars(
            select(Matter.id).where(
                Matter.client_id == wanted.client_id,
                Matter.id.in_({line.matter_id for line in wanted.lines}),
            )
        )
    )
    for position, line in enumerate(wanted.lines):
        if line.matter_id not in theirs:
            raise Invalid(_("Choose a matter of this client."), f"matter-{position}")
