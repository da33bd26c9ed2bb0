"""Reading payments: one by its names, the steps it took, and whether anything is new."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from payments.billing.closed import is_closed
from payments.billing.requested import TrustRequest
from payments.ledger.models import Transfer
from payments.receipts.models import Receipt
from payments.transactions.disputed import Dispute
from payments.transactions.models import Payment, PaymentStep, Reservation
from payments.transactions.replenished import Replenishment
from payments.transactions.withdrawn import Withdrawal
from portal.clients.access import NOT_FOR_ALL, Clause, Closed, MatterId
from portal.clients.models import Contact, Matter

STEPS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a payment is linked to: a client, and the matter where it is for one (FEATURES S4)."""

    client_public_id: str
    client_name: str
    matter_public_id: str | None
    matter_number: str | None
    matter_name: str | None


def owners(session: Session, receipt_ids: Collection[int]) -> dict[int, Owner]:
    """Whom these receipts are for, by their ids: one reading for a page of payments."""
    if not receipt_ids:
        return {}
    rows = session.execute(
        select(
            Receipt.id,
            Contact.public_id,
            Contact.name,
            Matter.public_id,
            Matter.number,
            Matter.name,
        )
        .join(Contact, Contact.id == Receipt.client_id)
        .outerjoin(Matter, Matter.id == Receipt.matter_id)
        .where(Receipt.id.in_(receipt_ids))
    )
    return {receipt_id: Owner(*named) for receipt_id, *named in rows}


_RECEIPT = aliased(Receipt, name="closed_receipt")
_ASKED = aliased(TrustRequest, name="closed_request")


def left_out(
    closed: Closed,
    receipt_id: MatterId = Payment.receipt_id,
    payment_id: MatterId = Payment.id,
) -> list[Clause]:
    """What a reading of payments adds to its clauses: that they are not linked to a closed matter,
    nor made on its bill or trust request (FEATURES N8). Looked up payment by payment, so that a
    page pays for its own rows."""
    if not closed:
        return []
    asked = exists().where(
        _ASKED.id == Reservation.trust_request_id, closed.among(_ASKED.matter_id)
    )
    on = or_(is_closed(closed, Reservation.bill_id), asked)
    return [
        ~exists().where(_RECEIPT.id == receipt_id, closed.among(_RECEIPT.matter_id)),
        ~exists().where(Reservation.payment_id == payment_id, on),
    ]


def restricted(session: Session, payment_ids: Collection[int]) -> set[int]:
    """Which of these somebody at the firm may not see: what everybody there reads must not name
    what they are for (FEATURES N8)."""
    for_all = select(Payment.id).where(Payment.id.in_(payment_ids), *left_out(NOT_FOR_ALL))
    return set(payment_ids) - set(session.scalars(for_all))


def _whole() -> Select[Payment]:
    # Views read the account, the links and the client after the session is closed.
    return select(Payment).options(
        joinedload(Payment.bank_account),
        joinedload(Payment.account_link),
        joinedload(Payment.document_link),
        joinedload(Payment.client),
    )


def by_status_token(session: Session, token: str) -> Payment | None:
    """The payment whose lasting status page has this address (FEATURES P6)."""
    return session.scalar(_whole().where(Payment.status_token == token))


def by_public_id(session: Session, public_id: str, closed: Closed) -> Payment | None:
    """The payment that staff pages name by this id; None where it is linked to a matter that is
    closed to whoever looks."""
    return session.scalar(_whole().where(Payment.public_id == public_id, *left_out(closed)))


def by_id(session: Session, payment_id: int) -> Payment:
    """The payment that an email or a job is about."""
    return session.scalars(_whole().where(Payment.id == payment_id)).one()


def steps(session: Session, payment: Payment) -> Sequence[PaymentStep]:
    """What happened to a payment, in order."""
    return session.scalars(
        select(PaymentStep).where(PaymentStep.payment_id == payment.id).order_by(PaymentStep.id)
    ).all()


def causes(session: Session, payment: Payment) -> list[str]:
    """What the ledger's transfers of this payment name: itself, its withdrawals, its disputes, and
    what the firm owes trust for it."""
    named = [
        select(literal(name) + table.public_id).where(table.payment_id == payment.id)
        for name, table in (
            ("withdrawal:", Withdrawal),
            ("dispute:", Dispute),
            ("replenishment:", Replenishment),
        )
    ]
    own = [f"{kind}:{payment.public_id}" for kind in ("payment", "return")]
    return [*own, *session.scalars(union_all(*named))]


def version(session: Session) -> str:
    """A mark that changes whenever a payment takes a step, is linked, or pays a bill.

    Pages poll with the one that they have seen. On PostgreSQL a row may be committed after a
    later-numbered one, so the highest number alone would hide it: the last few are told apart too.
    """
    newest = [
        select(literal(name).label("name"), table.id)
        .order_by(table.id.desc())
        .limit(STEPS_LOOKED_AT)
        .subquery()
        for name, table in (("step", PaymentStep), ("transfer", Transfer))
    ]
    united = union_all(*(select(one.c.name, one.c.id) for one in newest)).subquery()
    rows = session.execute(
        select(func.max(united.c.id), func.sum(united.c.id))
        .group_by(united.c.name)
        .order_by(united.c.name)
    )
    return "-".join(f"{highest}-{total}" for highest, total in rows) or "0"


def version_of(session: Session, payment: Payment, steps: Sequence[PaymentStep]) -> str:
    """The same for one payment: its last step, its link, and how much of it pays bills."""
    applied = select(Receipt.applied_cents).where(Receipt.id == payment.receipt_id)
    cents = session.scalar(applied) if payment.receipt_id is not None else 0
    return f"{steps[-1].id}-{payment.receipt_id or 0}-{cents}"
