"""Reading trust requests: one by its name, what a client is asked for, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, joinedload

from payments.billing.models import BillStatus
from payments.billing.requested import TrustRequest
from portal.clients.access import Closed
from portal.core.audit import AuditEntry
from portal.core.errors import Missing

HISTORY_MAX = 100
_LINES: tuple[Any, ...] = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.detail,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client or a matter is still asked for, in cents, and by how many requests."""

    asked_cents: int
    requests: int


def find(session: Session, public_id: str, closed: Closed) -> TrustRequest | None:
    """The request that pages name by this id, with client, matter and account. None where its
    matter is closed to whoever looks."""
    return session.scalar(
        select(TrustRequest)
        .where(TrustRequest.public_id == public_id, *closed.left_out(TrustRequest.matter_id))
        .options(
            joinedload(TrustRequest.client),
            joinedload(TrustRequest.matter),
            joinedload(TrustRequest.bank_account),
        )
    )


def trust_request(session: Session, public_id: str, closed: Closed) -> TrustRequest:
    """The same. Raises `Missing`."""
    found = find(session, public_id, closed)
    if found is None:
        raise Missing("There is no such trust request.")
    return found


def open_requests(
    session: Session, *, client_id: int, closed: Closed, matter_id: int | None = None
) -> Sequence[TrustRequest]:
    """What of a client, or one of their matters, can take a payment now, OLDEST FIRST, with its
    matter. One whose rest is reserved for a payment under way is left out (FEATURES M9)."""
    left = TrustRequest.amount_cents - TrustRequest.paid_cents - TrustRequest.reserved_cents
    statement = (
        select(TrustRequest)
        .where(TrustRequest.client_id == client_id)
        .where(TrustRequest.status == BillStatus.AWAITING_PAYMENT, left > 0)
        .where(*closed.left_out(TrustRequest.matter_id))
        .options(joinedload(TrustRequest.matter))
        .order_by(TrustRequest.due_on, TrustRequest.issued_on, TrustRequest.number)
    )
    if matter_id is not None:
        statement = statement.where(TrustRequest.matter_id == matter_id)
    return session.scalars(statement).all()


def standing(
    session: Session, closed: Closed, client_id: int | None = None, matter_id: int | None = None
) -> Standing:
    """What a client, or one matter, is still asked for by issued requests."""
    left = TrustRequest.amount_cents - TrustRequest.paid_cents
    whose = (
        TrustRequest.client_id == client_id
        if matter_id is None
        else TrustRequest.matter_id == matter_id
    )
    unpaid = TrustRequest.status == BillStatus.AWAITING_PAYMENT
    row = session.execute(
        select(func.coalesce(func.sum(left), 0), func.count()).where(
            whose, unpaid, *closed.left_out(TrustRequest.matter_id)
        )
    ).one()
    return Standing(int(row[0]), int(row[1]))


def history(session: Session, asked: TrustRequest) -> Sequence[Row[Any]]:
    """What was done with a request, newest first, as the log keeps it."""
    statement: Select[*tuple[Any, ...]] = (
        select(*_LINES)
        .where(AuditEntry.subject == f"trust_request:{asked.public_id}")
        .order_by(AuditEntry.id.desc())
        .limit(HISTORY_MAX)
    )
    return session.execute(statement).all()
