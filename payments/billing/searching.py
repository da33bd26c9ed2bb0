"""Bills and trust requests as the search over everything finds them (FEATURES X2)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, UnaryExpression, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from payments.billing import fitting, listing, trust_listing
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from portal.clients.access import Closed
from portal.clients.models import Contact, Matter


def bills(session: Session, typed: str, closed: Closed, most: int) -> Sequence[Row[Any]]:
    """The newest bills that the list finds by the same words."""
    clauses, _more = fitting.fitting(session, fitting.Wanted(typed=typed), closed)
    if clauses is None:
        return []
    statement: Select[*tuple[Any, ...]] = (
        select(*listing.LISTED)
        .join(Contact, Contact.id == Bill.client_id)
        .where(*clauses)
        .order_by(_newest(Bill.id))
        .limit(most)
    )
    return session.execute(statement).all()


def trust_requests(session: Session, typed: str, closed: Closed, most: int) -> Sequence[Row[Any]]:
    """The newest trust requests that the list finds by the same words."""
    wanted = trust_listing.Wanted(typed=typed)
    clauses, _more = trust_listing.fitting(session, wanted, closed)
    if clauses is None:
        return []
    statement: Select[*tuple[Any, ...]] = (
        select(*trust_listing.LISTED)
        .join(Contact, Contact.id == TrustRequest.client_id)
        .outerjoin(Matter, Matter.id == TrustRequest.matter_id)
        .where(*clauses)
        .order_by(_newest(TrustRequest.id))
        .limit(most)
    )
    return session.execute(statement).all()


def _newest(row_id: InstrumentedAttribute[int]) -> UnaryExpression[int]:
    """In this order, which no index has: the few that fit are sorted. SQLite might else walk all
    there are in the order of their ids until it meets them."""
    return (row_id + 0).desc()
