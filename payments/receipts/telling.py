"""A client's ledger in words that the client would understand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.models import Bill
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.movements import Move
from portal.clients.queries import matter_labels


@dataclass(frozen=True, slots=True)
class Named:
    """What the movements of a page speak of: bills and matters by id, receipts by cause.

    A payment that was linked several times has several receipts, oldest first.
    """

    receipts: Mapping[str, Sequence[Receipt]]
    bills: Mapping[int, Bill]
    matters: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One movement in words. `note` is what somebody said or wrote about it.

    `receipt` may be reversed from here; `bill` is the one that it speaks of, `payment` the name of
    the processor's payment. `received_on` is told of money that was recorded by hand.
    """

    sentence: str
    note: str
    matter: str
    bill: Bill | None
    receipt: Receipt | None
    payment: str | None
    due_on: date | None
    received_on: date | None


def named(session: Session, moves: Iterable[Move]) -> Named:
    """Everything that these movements speak of: three queries, however many they are."""
    moves = list(moves)
    receipts = session.scalars(
        select(Receipt)
        .where(Receipt.cause.in_({move.cause for move in moves}))
        .order_by(Receipt.id)
    )
    by_cause: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        by_cause[receipt.cause].append(receipt)
    bills = session.scalars(select(Bill).where(Bill.id.in_({move.bill_id for move in moves})))
    matters = {move.matter_id for move in moves if move.matter_id is not None}
    return Named(
        by_cause,
        {bill.id: bill for bill in bills},
        matter_labels(session, matters),
    )


def tell(move: Move, known: Named) -> Told:
    """One movement in words."""
    history = known.receipts.get(move.cause, ())
    receipt = history[-1] if history else None
    bill = known.bills.get(move.bill_id) if move.bill_id is not None else None
    by_hand = move.situation in {"cheque_recorded", "cash_recorded"}
    return Told(
        sentence=_about_a_bill(move, bill, receipt) if bill else _sentence(move, history),
        note=move.reason or (receipt.note if receipt is not None and by_hand else ""),
        matter=known.matters.get(move.matter_id, "") if move.matter_id is not None else "",
        bill=bill,
        receipt=receipt if by_hand and receipt is not None and receipt.undone_at is None else None,
        payment=_payment(move),
        due_on=bill.due_on if bill is not None and move.situation == "bill_issued" else None,
        received_on=receipt.received_on if by_hand and receipt is not None else None,
    )


def _payment(move: Move) -> str | None:
    kind, _colon, public_id = move.cause.partition(":")
    return public_id if kind == "payment" else None


def _sentence(move: Move, history: Sequence[Receipt]) -> str:
    name = name_of(history[-1] if history else None)
    if move.situation == "link_reversed":
        return _link_reversed(move, history, name)
    known = {
        "linked": _("%(payment)s received", payment=name),
        "cheque_recorded": _("%(payment)s received", payment=name),
        "cheque_reversed": _("%(payment)s taken back", payment=name),
        "cash_recorded": _("%(payment)s received", payment=name),
        "cash_reversed": _("%(payment)s taken back", payment=name),
        "returned": _("%(payment)s returned by the payer's bank", payment=name),
        "refunded": _("%(payment)s refunded", payment=name),
        "disputed": _("%(payment)s disputed by the payer", payment=name),
        "dispute_won": _("%(payment)s back after a dispute", payment=name),
        "paid_from_trust": _("Paid from trust"),
        "received_from_trust": _("Received from trust"),
    }
    return known.get(move.situation) or move.situation.replace("_", " ").capitalize()


def _link_reversed(move: Move, history: Sequence[Receipt], name: str) -> str:
    """Where the money of an undone link went: what that receipt's next one says."""
    undone = next((one for one in history if move.once == f"receipt:{one.public_id}:undone"), None)
    later = next((one for one in history if undone is not None and one.id > undone.id), None)
    if undone is None or later is None:
        return _("%(payment)s taken back", payment=name)
    if later.client_id != undone.client_id:
        return _("%(payment)s moved to another client", payment=name)
    if later.matter_id != undone.matter_id:
        return _("%(payment)s moved to another matter", payment=name)
    return _("%(payment)s linked again", payment=name)


def _about_a_bill(move: Move, bill: Bill, receipt: Receipt | None) -> str:
    number = bill.number
    if move.situation == "bill_issued":
        return _("Bill %(number)s", number=number)
    if move.situation == "bill_voided":
        return _("Bill %(number)s withdrawn", number=number)
    if move.situation == "application_reversed":
        return _("%(payment)s taken off bill %(number)s", payment=name_of(receipt), number=number)
    return _("%(payment)s applied to bill %(number)s", payment=name_of(receipt), number=number)


def name_of(receipt: Receipt | None) -> str:
    """What money was received as: "Payment K7QM-92TX", "Check 1234", "Cash"."""
    if receipt is None:
        return _("Payment")
    if receipt.source == ReceiptSource.CHEQUE:
        return _("Check %(number)s", number=receipt.number)
    if receipt.source == ReceiptSource.CASH:
        return _("Cash")
    return _("Payment %(reference)s", reference=receipt.note) if receipt.note else _("Payment")
