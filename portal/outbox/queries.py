"""What became of each email."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Missing
from portal.outbox.models import Delivery, DeliveryState
from portal.web.pagination import PAGE_ROWS, Page, cut


def deliveries(
    session: Session,
    *,
    state: DeliveryState | None = None,
    before: int | None = None,
    after: int | None = None,
) -> Page[Delivery]:
    """Emails, newest first, of one state or of all; keyset by id."""
    query = select(Delivery)
    if state is not None:
        query = query.where(Delivery.state == state)
    if after is not None:
        query = query.where(Delivery.id > after).order_by(Delivery.id)
    else:
        query = query.order_by(Delivery.id.desc())
        if before is not None:
            query = query.where(Delivery.id < before)
    rows = session.scalars(query.limit(PAGE_ROWS + 1)).all()
    return cut(rows, lambda delivery: delivery.id, before=before, after=after)


def delivery(session: Session, public_id: str) -> Delivery:
    """One email by its public id. Raises `Missing`."""
    found = session.scalar(select(Delivery).where(Delivery.public_id == public_id))
    if found is None:
        raise Missing(_("There is no such email."))
    return found


def given_up(session: Session, limit: int) -> list[Delivery]:
    """Emails that could not be sent for 24 hours, newest first, for the staff alerts."""
    query = select(Delivery).where(Delivery.state == DeliveryState.GIVEN_UP)
    return list(session.scalars(query.order_by(Delivery.id.desc()).limit(limit)))
