"""A client's ledger in words that the client would understand."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.closed import left_out
from payments.billing.models import Bill
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.movements import Move
from portal.clients.access import Closed
from portal.clients.queries import matter_labels

TRANSFER = "trust_transfer"
"""What a cause begins with that names a transfer from trust."""

Payments = Callable[[Session, Collection[str]], Mapping[str, str]]
_of_payments: dict[str, Payments] = {}
"""Causes that are about a payment, by what they begin with: its public id by theirs."""


def about_payments(kind: str, payments: Payments) -> None:
    """Tell what is booked for causes of this kind as movements of the payment that they are of.

    Features to the right of this one register what they book themselves.
    """
    _of_payments[kind] = payments


@dataclass(frozen=True, slots=True)
class Named:
    """What the movements of a page speak of: bills and matters by id, receipts by cause.

    A payment that was linked several times has several receipts, oldest first. `hidden` are the ids
    of those among them whose matter is closed to whoever looks. `paid` are the numbers of the bills
    that transfers from trust have paid, by cause; those of closed bills are left out. `payments`
    are the causes of the payments that refunds, disputes and returns are of, by theirs.
    """

    receipts: Mapping[str, Sequence[Receipt]]
    bills: Mapping[int, Bill]
    matters: Mapping[int, str]
    hidden: frozenset[int]
    paid: Mapping[str, int]
    payments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One movement in words. `note` is what somebody said or wrote about it.

    `receipt` may be reversed from here; `bill` is the one that it speaks of, `payment` the name of
    the processor's payment, `transfer` that of a payment from trust. `received_on` is told of money
    that was recorded by hand.
    """

    sentence: str
    note: str
    matter: str
    bill: Bill | None
    receipt: Receipt | None
    payment: str | None
    transfer: str | None
    due_on: date | None
    received_on: date | None


def named(session: Session, moves: Iterable[Move], closed: Closed) -> Named:
    """Everything that these movements speak of: five queries at most, however many they are."""
    moves = list(moves)
    payments = _payments(session, {move.cause for move in moves})
    receipts = session.execute(
        select(Receipt, closed.among(Receipt.matter_id).label("hidden"))
        .where(Receipt.cause.in_({payments.get(move.cause, move.cause) for move in moves}))
        .order_by(Receipt.id)
    )
    by_cause: dict[str, list[Receipt]] = defaultdict(list)
    hidden: set[int] = set()
    for receipt, is_hidden in receipts:
        by_cause[receipt.cause].append(receipt)
        if is_hidden:
            hidden.add(receipt.id)
    by_cause.update({cause: by_cause[payment] for cause, payment in payments.items()})
    bills = session.scalars(select(Bill).where(Bill.id.in_({move.bill_id for move in moves})))
    matters = {move.matter_id for move in moves if move.matter_id is not None}
    return Named(
        by_cause,
        {bill.id: bill for bill in bills},
        matter_labels(session, matters),
        frozenset(hidden),
        _paid_from_trust(session, moves, closed),
        payments,
    )


def _payments(session: Session, causes: Collection[str]) -> dict[str, str]:
    """The payment that each of these causes is of, where it is of one; one query for each kind."""
    named: dict[str, set[str]] = defaultdict(set)
    for cause in causes:
        kind, _colon, public_id = cause.partition(":")
        if kind in _of_payments:
            named[kind].add(public_id)
    return {
        f"{kind}:{public_id}": f"payment:{payment}"
        for kind, public_ids in named.items()
        for public_id, payment in _of_payments[kind](session, public_ids).items()
    }


def _paid_from_trust(session: Session, moves: Sequence[Move], closed: Closed) -> dict[str, int]:
    names = {name for move in moves if (name := transfer_named(move.cause)) is not None}
    if not names:
        return {}
    rows = session.execute(
        select(TrustTransfer.public_id, Bill.number)
        .join(Bill, Bill.id == TrustTransfer.bill_id)
        .where(TrustTransfer.public_id.in_(names))
        .where(*closed.left_out(TrustTransfer.matter_id), *left_out(closed))
    )
    return {f"{TRANSFER}:{row.public_id}": row.number for row in rows}


def transfer_named(cause: str) -> str | None:
    """The public id of the transfer from trust that a cause names; none where it names another."""
    kind, _colon, public_id = cause.partition(":")
    return public_id if kind == TRANSFER else None


def tell(move: Move, known: Named) -> Told:
    """One movement in words."""
    history = known.receipts.get(move.cause, ())
    receipt = history[-1] if history else None
    bill = known.bills.get(move.bill_id) if move.bill_id is not None else None
    by_hand = move.situation in {"cheque_recorded", "cash_recorded"}
    return Told(
        sentence=_about_a_bill(move, bill, receipt) if bill else _sentence(move, known),
        note=_note(move, bill, receipt if by_hand else None, known),
        matter=known.matters.get(move.matter_id, "") if move.matter_id is not None else "",
        bill=bill,
        receipt=receipt if by_hand and receipt is not None and receipt.undone_at is None else None,
        payment=_payment(move, known),
        transfer=transfer_named(move.cause) if move.cause in known.paid else None,
        due_on=bill.due_on if bill is not None and move.situation == "bill_issued" else None,
        received_on=receipt.received_on if by_hand and receipt is not None else None,
    )


def _note(move: Move, bill: Bill | None, recorded: Receipt | None, known: Named) -> str:
    if bill is None and move.situation in _ON_BILLS:
        return ""  # what was said of a bill that is not shown
    if move.situation in _TAKEN_BACK and _ever_hidden(move, known):
        return ""  # why it was taken back tells where it went
    if transfer_named(move.cause) is not None and move.cause not in known.paid:
        return ""
    return move.reason or (recorded.note if recorded is not None else "")


_ON_BILLS = {"applied", "application_reversed"}
_TAKEN_BACK = {"link_reversed", "application_reversed"}


def _ever_hidden(move: Move, known: Named) -> bool:
    return any(one.id in known.hidden for one in known.receipts.get(move.cause, ()))


def _payment(move: Move, known: Named) -> str | None:
    """The payment to lead to; none while it is linked to a matter that is closed."""
    history = known.receipts.get(move.cause, ())
    if history and history[-1].id in known.hidden and history[-1].undone_at is None:
        return None
    kind, _colon, public_id = known.payments.get(move.cause, move.cause).partition(":")
    return public_id if kind == "payment" else None


def _sentence(move: Move, known: Named) -> str:
    history = known.receipts.get(move.cause, ())
    name = name_of(history[-1] if history else None)
    if move.situation == "link_reversed":
        return _link_reversed(move, history, name, known.hidden)
    if move.situation == "paid_from_trust" and move.cause in known.paid:
        return _("Paid from trust: bill %(number)s", number=known.paid[move.cause])
    told = {
        "linked": _("%(payment)s received", payment=name),
        "cheque_recorded": _("%(payment)s received", payment=name),
        "cheque_reversed": _("%(payment)s taken back", payment=name),
        "cash_recorded": _("%(payment)s received", payment=name),
        "cash_reversed": _("%(payment)s taken back", payment=name),
        "returned": _("%(payment)s returned by the payer's bank", payment=name),
        "refunded": _("%(payment)s refunded", payment=name),
        "refund_returned": _("%(payment)s: a refund came back", payment=name),
        "disputed": _("%(payment)s disputed by the payer", payment=name),
        "dispute_won": _("%(payment)s back after a dispute", payment=name),
        "paid_from_trust": _("Paid from trust"),
        "paid_from_trust_reversed": _("Payment from trust reversed"),
        "received_from_trust": _("Received from trust"),
        "received_from_trust_reversed": _("Taken back into trust"),
        "applied": _("Applied to a bill that is not shown to you"),
        "application_reversed": _("Taken off a bill that is not shown to you"),
    }
    return told.get(move.situation) or move.situation.replace("_", " ").capitalize()


def _link_reversed(
    move: Move, history: Sequence[Receipt], name: str, hidden: frozenset[int]
) -> str:
    """Where the money of an undone link went: what that receipt's next one says, unless that is
    a closed matter's (FEATURES N8)."""
    undone = next((one for one in history if move.once == f"receipt:{one.public_id}:undone"), None)
    later = next((one for one in history if undone is not None and one.id > undone.id), None)
    if undone is None or later is None or later.id in hidden:
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
    if receipt.source == ReceiptSource.TRUST:
        return _("Payment from trust")
    return _("Payment %(reference)s", reference=receipt.note) if receipt.note else _("Payment")
