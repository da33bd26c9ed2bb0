"""Bills that are closed to a viewer: a bill with any line on a closed matter (FEATURES N8)."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from payments.billing.models import Bill, BillLine
from portal.clients.access import Clause, Closed, MatterId
from portal.clients.models import Matter

# Its own name, so that a statement may read lines of its own besides.
_LINE = aliased(BillLine, name="closed_line")


def is_closed(closed: Closed, bill_id: MatterId = Bill.id) -> ColumnElement[bool]:
    """That the bill of this column has a line on a closed matter. Looked up bill by bill, so that
    a page pays for its own rows, however many bills are closed."""
    return exists().where(_LINE.bill_id == bill_id, closed.among(_LINE.matter_id))


def left_out(closed: Closed, bill_id: MatterId = Bill.id) -> list[Clause]:
    """What a reading of bills adds to its clauses. What names no bill stays."""
    return [~is_closed(closed, bill_id)] if closed else []


def closed_among(session: Session, closed: Closed, matter_ids: Collection[int]) -> set[int]:
    """Which of these matters are closed: a bill may have named one before it was changed."""
    if not closed or not matter_ids:
        return set()
    named = select(Matter.id).where(Matter.id.in_(matter_ids), closed.among(Matter.id))
    return set(session.scalars(named))
