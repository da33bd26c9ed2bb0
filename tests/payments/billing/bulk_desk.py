"""What tests of bulk sending ask for: many documents, the page before, a press of **Send**."""

from sqlalchemy import select

from payments.billing.bulk import BulkItem, BulkSending
from payments.billing.bulk_choosing import Choice
from payments.billing.bulk_sending import ToSendMany, start
from payments.billing.bulk_ways import Plan, plan
from payments.billing.bulk_why import Toggles
from payments.billing.models import Bill
from payments.billing.payables import Payable
from portal.clients.access import NOTHING_CLOSED, Closed
from portal.core import db, ids
from tests.factories.billing import BEN, Office, issued
from tests.payments.billing.desk import now_asked
from tests.support.days import firm_day

NEW = "/staff/bulk-sendings/new"
BY_EMAIL = Toggles(portal=False, email=True)


def bills(office: Office, count: int) -> list[Bill]:
    """So many issued bills of Cleo."""
    return [issued(office, office.cleo, now_asked()) for _nth in range(count)]


def choosing(*documents: Payable, of: str = "bills", **more: str) -> str:
    """The address of the page before, with these ticked."""
    picked = "".join(f"&id={one.public_id}" for one in documents)
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{NEW}?of={of}{picked}{asked}"


def planned(choice: Choice, toggles: Toggles = BY_EMAIL, closed: Closed = NOTHING_CLOSED) -> Plan:
    """What would go which way now."""
    with db.read() as session:
        return plan(session, choice, toggles, closed, firm_day())


def sent_at_once(choice: Choice, toggles: Toggles = BY_EMAIL, **more: str) -> BulkSending:
    """**Send**, pressed once right after looking."""
    found = planned(choice, toggles)
    wanted = ToSendMany(ids.public_id(), found.digest, len(found.sendable), **more)
    with db.transaction() as session:
        return start(session, found, wanted, by=BEN)


def everything(of: str = "bills", *, also: bool = True) -> Choice:
    """All that is unpaid, in both lists."""
    return Choice(of=of, everything=True, also=also)


def items() -> list[BulkItem]:
    """Every item there is, in its place."""
    with db.read() as session:
        return list(session.scalars(select(BulkItem).order_by(BulkItem.position)))
