"""What the demo firm has asked its clients for, by email and through the client portal: trust
requests, and bills that are due."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.demo import DemoAccounts
from payments.billing import trust_actions
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.handing_out import document_url
from payments.billing.models import Bill
from payments.billing.payables import Payable
from payments.billing.requested import TrustRequest
from payments.billing.sending import ToSend, send
from payments.billing.trust_details import Terms, TrustDetails
from portal.clients.demo import DemoClients
from portal.clients.models import Contact
from portal.clients.queries import contact_by_id
from portal.core import clock, db
from portal.firm.demo import HARLOW_REYES

# Whom for, on which matter, how many cents, due in how many days, and why.
_ASKED: tuple[tuple[str, str | None, int, int, str], ...] = (
    ("Cleo Marsh", "00012", 75_000, 14, "For the filing fees of the lease dispute."),
    ("Henderson Estate", None, 300_000, 21, "For the costs of the estate until spring."),
)
_DRAFT = ("Greta Lindholm", "00016", 50_000, 30, "")
_SENT_BILL = (1045, "Thank you for your call. Here is the bill that we spoke about.")
_SHARED_BILL = (1042, "Dear Cleo, here is the bill for the talks on your renewal.")


def ask(clients: DemoClients, accounts: DemoAccounts, *, by: str) -> None:
    """Issue the trust requests but one, and send to Cleo Marsh: the first of them both ways, a bill
    of two matters by email, and one of her lease through its portal."""
    with db.transaction() as session:
        asked = [_drafted(session, clients, accounts, one, by) for one in _ASKED]
        _drafted(session, clients, accounts, _DRAFT, by)
        for one in asked:
            trust_actions.issue(session, one, on=_today(), shown=one.version, by=by)
        _send(session, asked[0], "", by, portal=True)
        _send(session, _bill(session, _SENT_BILL[0]), _SENT_BILL[1], by)
        shared = _bill(session, _SHARED_BILL[0])
        _send(session, shared, _SHARED_BILL[1], by, portal=True, email=False)


def _bill(session: Session, number: int) -> Bill:
    return session.scalars(select(Bill).where(Bill.number == number)).one()


def emailed() -> list[tuple[str, str]]:
    """What was sent by email and can be paid, by its name, with its address."""
    with db.read() as session:
        rows = session.execute(
            select(DocumentLink, Contact.name, Bill.number, TrustRequest.number)
            .outerjoin(Bill, Bill.id == DocumentLink.bill_id)
            .outerjoin(TrustRequest, TrustRequest.id == DocumentLink.trust_request_id)
            .join(Contact, Contact.id.in_([Bill.client_id, TrustRequest.client_id]))
            .where(DocumentLink.channel == Channel.EMAIL)
            .order_by(DocumentLink.id)
            .limit(len(_ASKED))
        ).all()
    return [
        (f"Bill {bill} of {name}" if bill else f"Trust request {asked}", document_url(link))
        for link, name, bill, asked in rows
    ]


def _drafted(
    session: Session,
    clients: DemoClients,
    accounts: DemoAccounts,
    told: tuple[str, str | None, int, int, str],
    by: str,
) -> TrustRequest:
    name, matter, cents, due_in_days, note = told
    terms = Terms(cents, _today() + timedelta(days=due_in_days), note)
    wanted = TrustDetails(
        clients.contacts[name].id,
        clients.matters[matter].id if matter else None,
        accounts.trust.id,
        terms,
    )
    return trust_actions.draft_trust_request(session, wanted, by=by)


def _send(
    session: Session,
    payable: Payable,
    message: str,
    by: str,
    *,
    email: bool = True,
    portal: bool = False,
) -> None:
    first, *_others = contact_by_id(session, payable.client_id).emails
    nonce = f"demo-{payable.public_id}"
    wanted = ToSend(nonce, message, [first.address], email=email, portal=portal)
    send(session, payable, wanted, by=by)


def _today() -> date:
    return clock.today(HARLOW_REYES.timezone)
