"""Checks and cash that the firm records by hand (FEATURES S5: Create New → Record Payment)."""

from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.ledger import actions as ledger
from payments.receipts import actions
from payments.receipts.models import Receipt, ReceiptSource
from portal.clients.access import NOTHING_CLOSED, Closed
from portal.core import clock
from portal.core.errors import Conflict, Invalid
from portal.firm.models import Firm
from portal.web.language import for_staff

AMOUNT_CENTS_MAX = 10_000_000_000
AGE_MAX = timedelta(days=3650)
NUMBER_CHARS_MAX = 40
NOTE_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class Recorded:
    """A check or cash that the firm has in hand. `received_on` is a day in the firm's zone."""

    source: ReceiptSource
    client_id: int
    matter_id: int | None
    bank_account: BankAccount
    amount_cents: int
    received_on: date
    number: str = ""
    note: str = ""
    currency: str | None = None  # as written on the check, where it says so
    trust_request_id: int | None = None


def record(
    session: Session,
    recorded: Recorded,
    *,
    apply: bool,
    expected: str | None,
    by: str,
    closed: Closed = NOTHING_CLOSED,
) -> Receipt:
    """Record a check or cash as the client's, and with `apply` put it on open bills.

    Raises `Invalid` beside the field for an amount that is not positive, another currency than the
    account's, a day to come, a check without a number or recorded before, another client's matter,
    and trust money that is to be applied; `PlanChanged` where the bills have changed.
    """
    _check(session, recorded)
    money = actions.MoneyIn(
        source=recorded.source,
        cause="",
        client_id=recorded.client_id,
        matter_id=recorded.matter_id,
        account=recorded.bank_account,
        amount_cents=recorded.amount_cents,
        received_on=recorded.received_on,
        number=recorded.number.strip(),
        note=recorded.note.strip(),
        closed=closed,
        trust_request_id=recorded.trust_request_id,
    )
    actions.lock_clients(session, [recorded.client_id])
    _refuse_twice(session, recorded, closed)
    receipt, entries = actions.receive(session, money, apply=apply, expected=expected, by=by)
    ledger.transfer_all(session, entries)
    return receipt


def _check(session: Session, recorded: Recorded) -> None:
    if recorded.source not in {ReceiptSource.CHEQUE, ReceiptSource.CASH}:
        raise Invalid(_("Choose check or cash."), "source")
    if not 0 < recorded.amount_cents <= AMOUNT_CENTS_MAX:
        raise Invalid(_("Enter an amount above zero, as it is written on the check."), "amount")
    held = recorded.bank_account.currency
    if recorded.currency not in (None, held):
        raise Invalid(
            _("This account holds %(currency)s. Exchange the money first.", currency=held),
            "amount",
        )
    today = clock.today(_firm(session).timezone)
    if recorded.received_on > today:
        raise Invalid(_("This day is still to come. Enter the day it was received."), "received_on")
    if recorded.received_on < today - AGE_MAX:
        raise Invalid(_("This day is more than ten years ago. Look at the year."), "received_on")
    number = recorded.number.strip()
    if recorded.source is ReceiptSource.CHEQUE and not number:
        raise Invalid(_("Enter the number of the check."), "number")
    if len(number) > NUMBER_CHARS_MAX or len(recorded.note.strip()) > NOTE_CHARS_MAX:
        raise Invalid(_("That is too long."), "number" if len(number) > 40 else "note")


def _refuse_twice(session: Session, recorded: Recorded, closed: Closed) -> None:
    """A check of a closed matter is refused too, as it is in hand once; its day is not told."""
    if recorded.source is not ReceiptSource.CHEQUE:
        return
    earlier = session.execute(
        select(Receipt.received_on, closed.among(Receipt.matter_id).label("hidden")).where(
            Receipt.client_id == recorded.client_id,
            Receipt.source == ReceiptSource.CHEQUE,
            Receipt.number == recorded.number.strip(),
            Receipt.amount_cents == recorded.amount_cents,
            Receipt.undone_at.is_(None),
        )
    ).first()
    if earlier is not None and earlier.hidden:
        raise Invalid(_("This check was recorded already."), "number")
    if earlier is not None:
        day = format_date(earlier.received_on, locale=for_staff(_firm(session).country))
        raise Invalid(
            _("This check was recorded already, as received on %(day)s.", day=day), "number"
        )


def _firm(session: Session) -> Firm:
    return session.scalars(select(Firm)).one()


def reverse(session: Session, receipt: Receipt, *, reason: str, by: str) -> None:
    """Reverse a check or cash that was recorded wrongly or bounced, and all that it paid (S8).

    Raises `Conflict` for a linked payment (**Change link** does that), for one from trust (its
    own reversal puts the money back into trust) or what was reversed before,
    `Overdrawn` where trust money of it is spent, `Invalid` without a reason.
    """
    if receipt.source == ReceiptSource.PAYMENT:
        raise Conflict(_("This is a linked payment. Use Change link on the payment."))
    if receipt.source == ReceiptSource.TRUST:
        raise Conflict(_("This was paid from trust. Reverse it as a payment from trust."))
    ledger.transfer_all(session, actions.take_back(session, receipt, reason=reason, by=by))
