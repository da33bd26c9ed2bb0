"""Reading autocharge."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from payments.billing.closed import left_out
from payments.billing.models import Bill
from payments.plans.models import Autocharge, BillCharge, PaymentPlan
from portal.clients.access import Closed
from portal.clients.models import Contact
from portal.core.errors import Missing

LISTED_MAX = 100


def _whole() -> Select[Autocharge]:
    return select(Autocharge).options(
        joinedload(Autocharge.client).selectinload(Contact.emails),
        joinedload(Autocharge.bank_account),
        joinedload(Autocharge.method),
    )


def by_id(session: Session, autocharge_id: int) -> Autocharge:
    """One that must be there, with client, account and method."""
    found = _whole().where(Autocharge.id == autocharge_id)
    return session.scalars(found.execution_options(populate_existing=True)).one()


def standing(session: Session, client_id: int, bank_account_id: int) -> Autocharge | None:
    """What is on for a client on an account; at most one."""
    return session.scalar(
        _whole()
        .where(Autocharge.client_id == client_id, Autocharge.ended_at.is_(None))
        .where(Autocharge.bank_account_id == bank_account_id)
    )


def locked(session: Session, public_id: str) -> Autocharge:
    """One by its public id, nobody else's until the end of the transaction. Raises `Missing`."""
    found = select(Autocharge.id).where(Autocharge.public_id == public_id).with_for_update()
    if "\0" in public_id or (known := session.scalar(found)) is None:
        raise Missing("There is no such autocharge.")
    return by_id(session, known)


def of_client(session: Session, client_id: int) -> Sequence[Autocharge]:
    """What is on for a client, on each account."""
    found = _whole().where(Autocharge.client_id == client_id, Autocharge.ended_at.is_(None))
    return session.scalars(found.order_by(Autocharge.id)).all()


def plan_goes_before(session: Session, standing: Autocharge, moment: datetime) -> bool:
    """Whether the client has a live payment plan into this account, or had one at that moment.

    What the plan then did not take is overdue, and is not taken by surprise when the plan ends.
    """
    then = and_(PaymentPlan.made_at <= moment, PaymentPlan.ended_at >= moment)
    plan = exists().where(
        PaymentPlan.client_id == standing.client_id,
        PaymentPlan.bank_account_id == standing.bank_account_id,
        or_(PaymentPlan.ended_at.is_(None), then),
    )
    return bool(session.scalar(select(plan)))


def charges_of(session: Session, client_id: int, closed: Closed) -> Sequence[Any]:
    """What autocharge does about a client's bills, the newest first: (charge, bill). Bills of
    matters that are closed to the user are left out (FEATURES N8)."""
    return session.execute(
        select(BillCharge, Bill)
        .join(Bill, Bill.id == BillCharge.bill_id)
        .where(Bill.client_id == client_id, *left_out(closed))
        .order_by(BillCharge.id.desc())
        .limit(LISTED_MAX)
    ).all()
