"""Taking money out of a completed payment, for a refund, a dispute or a return, and back again.

It is taken from where the payment is: from unlinked money, or out of its receipt, what is left of
it first, then off its bills, newest first (FEATURES M6, M7). In trust it comes from the ledger of
that client alone. What is not there any more the firm covers, never another client; a refund that
the firm makes itself is refused instead.

Locked in this order: the payment (by whoever calls `take`), its client, the receipt, bills by id,
then balances (docs/decisions/0005). Nothing here calls the processor.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from payments.billing.models import Bill
from payments.ledger import actions as ledger
from payments.ledger.actions import Entry
from payments.receipts import allocating, leaving
from payments.receipts.models import Allocation, Receipt
from payments.transactions import postings, replenishing
from payments.transactions import withdrawal_words as _words  # noqa: F401  they register themselves
from payments.transactions.holdings import (
    available,
    in_ledger,
    linked,
    owner,
    refuse_more_than_available,
)
from payments.transactions.models import Payment
from payments.transactions.replenished import CoverReason
from payments.transactions.withdrawn import (
    Withdrawal,
    WithdrawalKind,
    WithdrawalPart,
    WithdrawalState,
)
from portal.core import audit, clock, ids
from portal.core.errors import Conflict

REASONS = {
    WithdrawalKind.REFUND: "The payment was refunded.",
    WithdrawalKind.DISPUTE: "The payment was disputed.",
    WithdrawalKind.RETURN: "The payer's bank took the money back.",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a refund of so many cents would do. Nothing is changed by looking.

    `bills` are those that it would come off, newest application first: how many cents, and what
    would be owed on each afterwards. `from_credit_cents` would come from what pays no bill: credit,
    trust or unlinked money. `left_cents` of the payment were not given back or taken back yet;
    `available_cents` of them are there: in trust, what the client has in that ledger.
    """

    cents: int
    bills: Sequence[tuple[Bill, int, int]]
    from_credit_cents: int
    left_cents: int
    available_cents: int
    fingerprint: str

    @property
    def most_cents(self) -> int:
        """The most that may be refunded now."""
        return min(self.left_cents, self.available_cents)


def take(
    session: Session,
    payment: Payment,
    cents: int,
    kind: WithdrawalKind,
    *,
    by: str,
    hold: bool = False,
) -> Withdrawal:
    """Take cents out of a payment that is locked and completed. With `hold` they wait in the books
    for the processor's answer (`carry_out` or `put_back`); without, they have left.

    Raises ValueError for cents that the payment does not have any more, and `Overdrawn` where a
    refund that is still to be made (`hold`) would need more than the client's trust ledger has.
    """
    left = payment.left.cents
    if not 0 < cents <= left:
        raise ValueError(f"{cents} cents of payment {payment.public_id}, of which {left} are left")
    receipt = linked(session, payment)
    if hold:
        refuse_more_than_available(session, payment, receipt, cents)
    withdrawal = _row(payment, receipt, cents, kind, by=by, hold=hold)
    withdrawal.shortfall_cents = max(0, cents - in_ledger(session, payment, receipt))
    session.add(withdrawal)
    session.flush()
    entries = _out_of_receipt(session, payment, receipt, withdrawal)
    if not hold:
        entries += postings.left(payment, withdrawal, owner(payment, receipt), by)
        _gone(receipt, withdrawal)
    payment.withdrawn_cents += cents
    session.flush()
    ledger.transfer_all(session, entries)
    if hold:
        ledger.hold(session, postings.begun(payment, withdrawal, owner(payment, receipt), by))
    _cover(session, payment, withdrawal)
    _record(session, withdrawal, payment, "payment.money_left", by)
    return withdrawal


def carry_out(session: Session, withdrawal: Withdrawal, *, by: str) -> None:
    """The processor made the refund: what was held has left. Does nothing where it had already.

    Raises `Conflict` where the money was put back before.
    """
    _payment, receipt = _lock(session, withdrawal)
    if withdrawal.state == WithdrawalState.OUT:
        return
    if withdrawal.state == WithdrawalState.BACK:
        raise Conflict(_("This money was put back already."))
    withdrawal.state = WithdrawalState.OUT
    if withdrawal.receipt_id is not None:
        _gone(receipt, withdrawal)
    session.flush()
    postings.carried_out(session, withdrawal, by)


def put_back(session: Session, withdrawal: Withdrawal, *, by: str) -> None:
    """The money is here again: a refund failed, or a dispute was won. Does nothing the second time.

    It goes on the same bills again as far as they are still open, else it is the client's credit or
    trust money as before, or unlinked. Where the payment was linked meanwhile it goes to the same
    client. What the firm had covered is its own again. Raises ValueError for a return: it is final.
    """
    payment, receipt = _lock(session, withdrawal)
    if withdrawal.state == WithdrawalState.BACK:
        return
    if withdrawal.kind == WithdrawalKind.RETURN:
        raise ValueError("a return is final")
    was_out = withdrawal.state == WithdrawalState.OUT
    withdrawal.state, withdrawal.back_at = WithdrawalState.BACK, clock.now()
    payment.withdrawn_cents -= withdrawal.cents
    entries: list[Entry] = []
    if was_out:
        whose = owner(payment, receipt if withdrawal.receipt_id is not None else None)
        entries = postings.came_back(payment, withdrawal, whose, by)
    if receipt is not None:
        entries += _into_receipt(session, payment, receipt, withdrawal, was_out=was_out, by=by)
    session.flush()
    _uncover(session, payment, withdrawal)
    if not was_out:
        postings.not_carried_out(session, withdrawal, by)
    ledger.transfer_all(session, entries)
    _record(session, withdrawal, payment, "payment.money_back", by)


def outlook(session: Session, payment: Payment, cents: int) -> Outlook:
    """What a refund of so many cents would do: which bills it would come off, newest application
    first, and how much could be refunded at all. A few queries, however much it pays."""
    receipt = session.get(Receipt, payment.receipt_id) if payment.receipt_id else None
    left = payment.left.cents
    free = receipt.left.cents if receipt is not None else left
    from_credit = min(cents, free)
    off: dict[int, int] = {}
    rest = max(0, min(cents, left) - free)
    if receipt is not None and rest:
        for allocation, _matter_id in allocating.standing(session, receipt.id):
            part = min(rest, allocation.amount_cents - allocation.reversed_cents)
            if part:
                off[allocation.bill_id] = off.get(allocation.bill_id, 0) + part
                rest -= part
    found = {one.id: one for one in session.scalars(select(Bill).where(Bill.id.in_(off)))}
    bills = [
        (found[bill_id], part, found[bill_id].balance.cents + part) for bill_id, part in off.items()
    ]
    there = min(left, available(session, payment, receipt))
    told = (payment.id, receipt.id if receipt else None, cents, from_credit, left, there)
    told += tuple((bill.id, part, owed) for bill, part, owed in bills)
    mark = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    return Outlook(cents, bills, from_credit, left, there, mark)


def _lock(session: Session, withdrawal: Withdrawal) -> tuple[Payment, Receipt | None]:
    """The withdrawal with its payment and the receipt that this is linked by now, all locked."""
    payment = session.scalars(
        select(Payment)
        .where(Payment.id == withdrawal.payment_id)
        .with_for_update(of=Payment)
        .execution_options(populate_existing=True)
    ).one()
    receipt = linked(session, payment)
    session.refresh(withdrawal, with_for_update=True)
    return payment, receipt


def _row(
    payment: Payment,
    receipt: Receipt | None,
    cents: int,
    kind: WithdrawalKind,
    *,
    by: str,
    hold: bool,
) -> Withdrawal:
    return Withdrawal(
        public_id=ids.public_id(),
        payment_id=payment.id,
        receipt_id=receipt.id if receipt is not None else None,
        kind=kind,
        state=WithdrawalState.HELD if hold else WithdrawalState.OUT,
        cents=cents,
        made_at=clock.now(),
        made_by=by,
    )


def _out_of_receipt(
    session: Session, payment: Payment, receipt: Receipt | None, withdrawal: Withdrawal
) -> list[Entry]:
    if receipt is None:
        return []
    released = leaving.leave(
        session,
        receipt,
        payment.bank_account,
        withdrawal.cents,
        by=withdrawal.made_by,
        reason=REASONS[WithdrawalKind(withdrawal.kind)],
    )
    session.add_all(
        WithdrawalPart(withdrawal_id=withdrawal.id, allocation_id=allocation_id, cents=cents)
        for allocation_id, cents in released.parts.items()
    )
    return released.entries


def _into_receipt(
    session: Session,
    payment: Payment,
    receipt: Receipt,
    withdrawal: Withdrawal,
    *,
    was_out: bool,
    by: str,
) -> list[Entry]:
    account, cents = payment.bank_account, withdrawal.cents
    if withdrawal.receipt_id is None:
        return [leaving.grow(session, receipt, account, cents, once=withdrawal.public_id, by=by)]
    if was_out:
        receipt.gone_cents -= cents - withdrawal.shortfall_cents
    parts = _parts(session, withdrawal)
    off = [(part.allocation, part.cents) for part in parts]
    entries, again = leaving.come_back(session, receipt, account, cents, off, by=by)
    for part, placed in zip(parts, again, strict=True):
        part.again_cents = placed
    return entries


def _parts(session: Session, withdrawal: Withdrawal) -> Sequence[WithdrawalPart]:
    return session.scalars(
        select(WithdrawalPart)
        .where(WithdrawalPart.withdrawal_id == withdrawal.id)
        .options(joinedload(WithdrawalPart.allocation).load_only(Allocation.bill_share_id))
        .order_by(WithdrawalPart.id)
    ).all()


def _gone(receipt: Receipt | None, withdrawal: Withdrawal) -> None:
    if receipt is not None:
        receipt.gone_cents += withdrawal.cents - withdrawal.shortfall_cents


def _cover(session: Session, payment: Payment, withdrawal: Withdrawal) -> None:
    """What the client had spent is the firm's to put in."""
    if cents := withdrawal.shortfall_cents:
        once = postings.withdrawal_cause(withdrawal)
        replenishing.open_cover(session, payment, cents, CoverReason.SHORTFALL, once=once)


def _uncover(session: Session, payment: Payment, withdrawal: Withdrawal) -> None:
    """What the firm covered is its own again: nobody has to move it, or it lies in trust now."""
    if cents := withdrawal.shortfall_cents:
        once = postings.withdrawal_cause(withdrawal)
        replenishing.uncover(session, payment, cents, once=once)


def _record(
    session: Session, withdrawal: Withdrawal, payment: Payment, action: str, by: str
) -> None:
    about = {"kind": withdrawal.kind, "cents": withdrawal.cents}
    shortfall = withdrawal.shortfall_cents
    named = f"payment:{payment.public_id}"
    audit.record(session, by, action, named, **about, shortfall_cents=shortfall)
