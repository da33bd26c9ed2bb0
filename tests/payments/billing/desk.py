"""What the tests of bills' pages ask for again and again."""

from datetime import date, timedelta
from typing import Any

from payments.billing import queries
from payments.billing.models import Bill
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Matter
from portal.core import db
from tests.factories.billing import Asked, Line
from tests.support.days import firm_day

BILLS = "/staff/bills"


def address(bill: Bill, task: str = "") -> str:
    """The address of a bill, or of something done with it."""
    return f"{BILLS}/{bill.public_id}{task}"


def now_asked(*lines: Line, due_in_days: int = 30) -> Asked:
    """A bill that is issued today by the clock of the pages."""
    today = firm_day() - timedelta(days=1)  # a day on which it is today everywhere
    due_on = today + timedelta(days=due_in_days)
    return Asked(lines or [Line(10_000)], issued_on=today, due_on=due_on)


def stored(bill: Bill) -> Bill:
    """The bill as it is kept now."""
    with db.read() as session:
        return queries.bill(session, bill.public_id, NOTHING_CLOSED)


def matter_key(matter_id: int) -> str:
    """The public id of a matter."""
    with db.read() as session:
        return session.get_one(Matter, matter_id).public_id


def line_of(place: int, matter_id: int, **typed: Any) -> dict[str, Any]:
    """The fields of one line of a draft as typed; 2 hours at 125.00 where nothing is said."""
    fields = {
        "matter": matter_key(matter_id),
        "worked_on": date(2026, 5, 3).isoformat(),
        "description": "Drafting",
        "quantity": "2",
        "rate": "125.00",
        **typed,
    }
    return {f"{name}-{place}": value for name, value in fields.items()}
