"""What must hold of payments from trust, asked in sets by `flask check-books` (FEATURES S9)."""

from collections.abc import Callable
from functools import cache

from sqlalchemy import Executable, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from payments.ledger.models import Transfer
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Allocation, Receipt, ReceiptSource

TOLD_MAX = 20
_STANDS = TrustTransfer.undone_at.is_(None)


@cache
def _against_receipts() -> Executable:
    """The receipt is the transfer's other side: same client, same matter, same money."""
    fits = and_(
        Receipt.source == ReceiptSource.TRUST,
        Receipt.cause == literal("trust_transfer:") + TrustTransfer.public_id,
        Receipt.client_id == TrustTransfer.client_id,
        func.coalesce(Receipt.matter_id, 0) == func.coalesce(TrustTransfer.matter_id, 0),
        Receipt.bank_account_id == TrustTransfer.operating_account_id,
        Receipt.currency == TrustTransfer.currency,
        Receipt.amount_cents == TrustTransfer.amount_cents,
        Receipt.undone_at.is_(None) == _STANDS,
    )
    return (
        select(TrustTransfer.public_id)
        .join(Receipt, Receipt.id == TrustTransfer.receipt_id)
        .where(~fits)
        .limit(TOLD_MAX)
    )


@cache
def _against_bills() -> Executable:
    """All of a standing transfer is on its own bill: trust money never becomes credit."""
    standing = (
        select(
            Allocation.receipt_id,
            Allocation.bill_id,
            func.sum(Allocation.amount_cents - Allocation.reversed_cents).label("cents"),
        )
        .group_by(Allocation.receipt_id, Allocation.bill_id)
        .subquery()
    )
    own = and_(
        standing.c.receipt_id == TrustTransfer.receipt_id,
        standing.c.bill_id == TrustTransfer.bill_id,
    )
    applied = func.coalesce(standing.c.cents, 0)
    return (
        select(
            TrustTransfer.public_id, TrustTransfer.amount_cents.label("paid"), applied.label("on")
        )
        .outerjoin(standing, own)
        .where(_STANDS, applied != TrustTransfer.amount_cents)
        .limit(TOLD_MAX)
    )


@cache
def _against_books() -> Executable:
    """Both transfers are booked, out of trust and into operating, and each reversal of a pair."""
    name = literal("trust_transfer:") + TrustTransfer.public_id
    came = literal("receipt:") + Receipt.public_id
    out, back, into, undone = (aliased(Transfer) for _side in range(4))
    amount = TrustTransfer.amount_cents
    whole = and_(
        func.coalesce(out.amount_cents, 0) == amount,
        func.coalesce(into.amount_cents, 0) == amount,
        or_(
            and_(_STANDS, back.id.is_(None), undone.id.is_(None)),
            and_(~_STANDS, back.amount_cents == amount, undone.amount_cents == amount),
        ),
    )
    return (
        select(TrustTransfer.public_id)
        .join(Receipt, Receipt.id == TrustTransfer.receipt_id)
        .outerjoin(out, and_(out.once == name, out.situation == "paid_from_trust"))
        .outerjoin(into, and_(into.once == came, into.situation == "received_from_trust"))
        .outerjoin(back, back.once == name + literal(":undone"))
        .outerjoin(undone, undone.once == came + literal(":undone"))
        .where(func.coalesce(whole, literal(value=False)).is_(False))
        .limit(TOLD_MAX)
    )


@cache
def _receipts_alone() -> Executable:
    return (
        select(Receipt.public_id)
        .outerjoin(TrustTransfer, TrustTransfer.receipt_id == Receipt.id)
        .where(Receipt.source == ReceiptSource.TRUST, TrustTransfer.id.is_(None))
        .limit(TOLD_MAX)
    )


CHECKS: tuple[tuple[Callable[[], Executable], str], ...] = (
    (_against_receipts, "payment from trust {public_id}: its receipt says something else"),
    (
        _against_bills,
        "payment from trust {public_id}: {paid} cents left trust, {on} of them are on its bill",
    ),
    (_against_books, "payment from trust {public_id}: the books lack one of its two sides"),
    (_receipts_alone, "receipt {public_id} is from trust, and no payment from trust names it"),
)
