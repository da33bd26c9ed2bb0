"""Reading disputes: the lists, one of them, those of a payment, and what was taken off a bill."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, case, exists, select
from sqlalchemy.orm import Session, joinedload

from payments.receipts.models import Allocation
from payments.transactions.disputed import (
    DISPUTE_OPEN,
    DISPUTE_UNANSWERED,
    Dispute,
    DisputeFile,
)
from payments.transactions.models import Payment
from payments.transactions.queries import left_out
from payments.transactions.withdrawn import Withdrawal, WithdrawalPart, WithdrawalState
from portal.clients.access import Closed
from portal.core.errors import Missing
from portal.web.pagination import PAGE_ROWS, Page, cut

OPEN_MAX = 200
"""So many open disputes are listed, the most urgent first."""

_IS_OPEN = Dispute.state.in_(sorted(DISPUTE_OPEN))


def _whole(closed: Closed) -> Select[Dispute]:
    return (
        select(Dispute)
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(*left_out(closed))
        .options(joinedload(Dispute.payment))
    )


def open_ones(session: Session, closed: Closed) -> Sequence[Dispute]:
    """The disputes that have not ended: those that wait for the firm first, by the day that is
    theirs; then those with the bank."""
    waits = case((Dispute.state.in_(sorted(DISPUTE_UNANSWERED)), 0), else_=1)
    dated = case((Dispute.due_at.is_(None), 1), else_=0)
    return session.scalars(
        _whole(closed)
        .where(_IS_OPEN)
        .order_by(waits, dated, Dispute.due_at, Dispute.id)
        .limit(OPEN_MAX)
    ).all()


def ended_ones(
    session: Session, closed: Closed, *, before: int | None = None, after: int | None = None
) -> Page[Dispute]:
    """The disputes that have ended, newest first; keyset by id."""
    query = _whole(closed).where(~_IS_OPEN)
    if after is not None:
        query = query.where(Dispute.id > after).order_by(Dispute.id)
    else:
        query = query.order_by(Dispute.id.desc())
        if before is not None:
            query = query.where(Dispute.id < before)
    rows = session.scalars(query.limit(PAGE_ROWS + 1)).all()
    return cut(rows, lambda one: one.id, before=before, after=after)


def any_at_all(session: Session) -> bool:
    """Whether a payment was ever disputed."""
    return bool(session.scalar(select(exists(select(Dispute.id)))))


def dispute(session: Session, public_id: str, closed: Closed, *, locked: bool = False) -> Dispute:
    """One dispute, as its page names it. Raises `Missing`, also where its payment is closed to
    whoever looks (FEATURES N8)."""
    query = _whole(closed).where(Dispute.public_id == public_id)
    if locked:
        query = query.with_for_update(of=Dispute).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise Missing("")
    return found


def of_payment(session: Session, payment_id: int) -> Sequence[Dispute]:
    """Every dispute of a payment, oldest first."""
    return session.scalars(
        select(Dispute).where(Dispute.payment_id == payment_id).order_by(Dispute.id)
    ).all()


def files(session: Session, dispute_id: int) -> Sequence[DisputeFile]:
    """The files of a dispute's kit, in the order in which they were added."""
    return session.scalars(
        select(DisputeFile).where(DisputeFile.dispute_id == dispute_id).order_by(DisputeFile.id)
    ).all()


def due_days(session: Session, subjects: list[str]) -> Mapping[str, datetime]:
    """Until when the disputes of these alerts may be answered, by "dispute:<public id>:…"."""
    named = {subject: subject.split(":")[1] for subject in subjects}
    rows = session.execute(
        select(Dispute.public_id, Dispute.due_at).where(
            Dispute.public_id.in_(set(named.values())), Dispute.due_at.is_not(None)
        )
    )
    days: dict[str, datetime] = {row.public_id: row.due_at for row in rows}
    return {subject: days[name] for subject, name in named.items() if name in days}


def names(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    """What the activity log calls disputes: by their payments."""
    rows = session.execute(
        select(Dispute.public_id, Payment.reference)
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(Dispute.public_id.in_(public_ids))
    )
    return {row.public_id: row.reference for row in rows}


def called(session: Session, typed: str) -> Collection[str]:
    """The disputes of the payment of that reference."""
    reference = typed.upper().replace(" ", "-")
    return session.scalars(
        select(Dispute.public_id)
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(Payment.reference == reference)
    ).all()


def taken_off(session: Session, bill_id: int, closed: Closed) -> Sequence[Row]:
    """What refunds, disputes and returns have taken off a bill and not put on it again, newest
    first: `kind`, `state`, `cents`, `made_at`, `reference`, `public_id`."""
    cents: ColumnElement[int] = WithdrawalPart.cents - WithdrawalPart.again_cents
    return session.execute(
        select(
            Withdrawal.kind,
            Withdrawal.state,
            Withdrawal.made_at,
            cents.label("cents"),
            Payment.reference,
            Payment.public_id,
            Payment.currency,
        )
        .join(Withdrawal, Withdrawal.id == WithdrawalPart.withdrawal_id)
        .join(Allocation, Allocation.id == WithdrawalPart.allocation_id)
        .join(Payment, Payment.id == Withdrawal.payment_id)
        .where(Allocation.bill_id == bill_id, cents > 0)
        .where(Withdrawal.state != WithdrawalState.BACK, *left_out(closed))
        .order_by(WithdrawalPart.id.desc())
    ).all()
