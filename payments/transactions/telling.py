"""A payment's life and what was booked for it, in words for the people of the firm."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from payments.billing.closed import left_out
from payments.ledger.models import AccountKind, LedgerAccount, Transfer, TransferState
from payments.money.amounts import Money
from payments.transactions import log_words as _log_words  # noqa: F401  they register themselves
from payments.transactions.models import Origin, Payment, PaymentStep
from payments.transactions.overlays import Overlay
from payments.transactions.queries import causes
from payments.transactions.states import Status
from portal.clients.access import Closed
from portal.clients.models import Contact, Matter


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a payment's life: when, what, and who told us."""

    at: datetime
    status: Status
    sentence: str
    told: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer of the ledger. `booked` is false for what only waits, or was called off."""

    at: datetime
    sentence: str
    debit: str
    credit: str
    amount: Money
    booked: bool


def statuses() -> dict[Status, str]:
    """The statuses of FEATURES M5 by their exact labels."""
    return {
        Status.PENDING: _("Pending"),
        Status.ACTION_NEEDED: _("Action needed"),
        Status.AUTHORIZED: _("Authorized"),
        Status.COMPLETED: _("Completed"),
        Status.FAILED: _("Failed"),
        Status.CANCELED: _("Canceled"),
        Status.RETURNED: _("Returned"),
    }


def overlays() -> dict[Overlay, str]:
    """What lies over a status, by the exact labels of FEATURES M5."""
    return {
        Overlay.REFUNDED: _("Refunded"),
        Overlay.PARTLY_REFUNDED: _("Partly refunded"),
        Overlay.DISPUTED: _("Disputed"),
        Overlay.DISPUTE_WON: _("Dispute won"),
        Overlay.DISPUTE_LOST: _("Dispute lost"),
    }


def whose(client: Contact, matter: Matter | None) -> str:
    """The client, or the matter and its client, in words."""
    if matter is None:
        return client.name
    named = f"{matter.number} {matter.name}"
    return _("%(matter)s, matter of %(client)s", matter=named, client=client.name)


def life(payment: Payment, steps: Sequence[PaymentStep]) -> list[Event]:
    """What happened to a payment, oldest first."""
    return [
        Event(step.at, Status(step.became), _happened(payment, Status(step.became)), _told(step))
        for step in steps
    ]


def _happened(payment: Payment, became: Status) -> str:
    match became:
        case Status.PENDING:
            return _begun(payment)
        case Status.ACTION_NEEDED if payment.method == "bank":
            return _("The payer must confirm two small test deposits.")
        case Status.ACTION_NEEDED:
            return _("The payer's bank asked the payer to approve the payment.")
        case Status.AUTHORIZED:
            return _("The payment was accepted. The money is on its way.")
        case Status.COMPLETED:
            return _("The money has arrived.")
        case Status.FAILED:
            return _("The payment did not go through. No money was taken.")
        case Status.CANCELED if payment.failure_code == "refunded":
            return _("The payment was given back.")
        case Status.CANCELED:
            return _("The payment was called off. No money was taken.")
        case Status.RETURNED:
            return _("The payer's bank took the money back.")


def _begun(payment: Payment) -> str:
    if payment.is_found:
        return _("It was made before these books were put back from a backup.")
    return {
        Origin.STAFF: _("The firm charged the stored method."),
        Origin.PLAN: _("The payment plan charged the stored method."),
        Origin.AUTOCHARGE: _("Autocharge charged the stored method."),
        Origin.PAYER: _("The payer pressed Submit payment."),
    }[Origin(payment.origin)]


def _told(step: PaymentStep) -> str:
    known = {
        "payer": _("The payer's own visit"),
        Origin.STAFF: _("Somebody at the firm"),
        Origin.PLAN: _("The payment plan"),
        Origin.AUTOCHARGE: _("Autocharge"),
        "webhook": _("Stripe told us"),
        "job": _("We asked Stripe"),
        "reconciler": _("We compared our books with Stripe's"),
    }
    if step.told_by.startswith("user:"):
        return _("Somebody at the firm")
    return known.get(step.told_by, step.told_by)


def entries(session: Session, payment: Payment, closed: Closed) -> list[Entry]:
    """Every transfer that this payment caused, oldest first, as an accountant reads it; what was
    booked for closed matters and bills is left out (FEATURES N8)."""
    return entries_of(session, causes(session, payment), closed)


def entries_of(session: Session, named: Collection[str], closed: Closed) -> list[Entry]:
    """The same of the things that are `named`, as the ledger calls what a transfer is about."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    seen = [
        clause
        for side in (debit, credit)
        for clause in (*closed.left_out(side.matter_id), *left_out(closed, side.bill_id))
    ]
    rows = session.execute(
        select(
            Transfer.at,
            Transfer.situation,
            Transfer.state,
            Transfer.amount_cents,
            debit.kind.label("debit"),
            credit.kind.label("credit"),
            debit.currency,
        )
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .where(Transfer.cause.in_(named), *seen)
        .order_by(Transfer.id)
    )
    accounts, situations = _accounts(), _situations()
    return [
        Entry(
            row.at,
            situations.get(row.situation) or row.situation.replace("_", " ").capitalize(),
            accounts[AccountKind(row.debit)],
            accounts[AccountKind(row.credit)],
            Money(row.amount_cents, row.currency),
            row.state in {TransferState.POSTED, TransferState.POST},
        )
        for row in rows
    ]


def _situations() -> dict[str, str]:
    return {
        "authorized": _("Promised by Stripe: nothing is booked yet"),
        "failed": _("The promise was called off: nothing was booked"),
        "completed": _("Received from the payer"),
        "settled": _("Now in the firm's balance at Stripe"),
        "fee": _("Processing fee"),
        "fee_on_trust": _("Processing fee taken from trust: the firm owes it back"),
        "returned": _("Taken back by the payer's bank"),
        "linked": _("Linked: the money is the client's now"),
        "applied": _("Applied to a bill"),
        "application_reversed": _("Taken off a bill"),
        "link_reversed": _("Link taken back: the money is nobody's again"),
        "refund_begun": _("Set aside for a refund that is on its way"),
        "refunded": _("Refunded to the payer"),
        "refund_failed": _("The refund failed: nothing left"),
        "refund_returned": _("The refund came back"),
        "disputed": _("Taken by the payer's bank for a dispute"),
        "dispute_won": _("Dispute won: the money is back"),
        "dispute_fee": _("Dispute fee"),
        "dispute_fee_on_trust": _("Dispute fee taken from trust: the firm owes it back"),
        "dispute_fee_returned": _("Dispute fee given back"),
        "return_fee": _("Fee of an eCheck that came back"),
        "return_fee_on_trust": _("Fee of an eCheck that came back: the firm owes it to trust"),
        "shortfall_covered": _("Spent already: the firm answers for it, no other client"),
        "cover_released": _("The money is back: the firm answers for it no more"),
        "trust_replenished": _("Put into trust by the firm"),
        "surplus_taken_out": _("Taken out of trust by the firm: it was there twice"),
    }


def _accounts() -> dict[AccountKind, str]:
    return {
        AccountKind.BANK: _("Cash in bank"),
        AccountKind.PROCESSOR: _("Balance at Stripe"),
        AccountKind.IN_TRANSIT: _("Payments on their way"),
        AccountKind.FIRM_COVER: _("Owed to trust by the firm"),
        AccountKind.FEES: _("Processing fees"),
        AccountKind.RECEIVABLE: _("Accounts receivable"),
        AccountKind.UNLINKED: _("Payments not yet linked"),
        AccountKind.CLIENT_TRUST: _("Client trust ledger"),
        AccountKind.CLIENT_CREDIT: _("Client credit"),
        AccountKind.INCOME: _("Fee income"),
    }
