"""What the tests of sending ask for: clients with addresses, a press of **Send**, what it made."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from payments.billing.handed_out import Channel, DocumentLink, Sending
from payments.billing.models import BillStatus
from payments.billing.payables import Payable
from payments.billing.requested import TrustRequest
from payments.billing.sending import ToSend, send
from portal.clients.models import Contact, ContactEmail
from portal.core import clock, db, ids
from portal.outbox.models import Delivery, DeliveryState
from tests.factories.billing import BEN, Client, Office
from tests.support.days import firm_day

CLEO, HOME = "cleo@client.test", "home@client.test"
RunJobs = Callable[[], int]


def give_emails(client: Client, *addresses: str, language: str | None = None) -> None:
    """Addresses of a client, the first of them primary, and the language they read."""
    with db.transaction() as session:
        contact = session.get_one(Contact, client.id)
        contact.language = language
        for position, address in enumerate(addresses):
            session.add(
                ContactEmail(
                    contact_id=client.id,
                    position=position,
                    address=address,
                    address_key=address.lower(),
                    is_primary=position == 0,
                )
            )


def requested(office: Office, *, matter: bool = True, cents: int = 50_000) -> TrustRequest:
    """An issued trust request, for the first matter of Cleo or at client level."""
    today = firm_day()
    with db.transaction() as session:
        asked = TrustRequest(
            public_id=ids.public_id(),
            number=2001,
            client_id=office.cleo.id,
            matter_id=office.cleo.matters[0] if matter else None,
            bank_account_id=office.accounts.trust.id,
            status=BillStatus.AWAITING_PAYMENT,
            currency="USD",
            amount_cents=cents,
            due_on=today,
            issued_on=today,
            made_at=clock.now(),
            made_by=BEN,
        )
        session.add(asked)
        session.flush()
        return asked


def pressed(payable: Payable, to: Sequence[str] = (CLEO,), **more: str | bool) -> Sending:
    """**Send bill**, pressed once in a form of its own unless a nonce is given."""
    wanted = ToSend(str(more.pop("nonce", ids.public_id())), addresses=to, **more)  # type: ignore[arg-type]
    with db.transaction() as session:
        return send(session, payable, wanted, by=BEN)


def delivered(state: DeliveryState = DeliveryState.SENT) -> None:
    """What the mail server did with every email that was owed so far, without a mail server."""
    now = clock.now()
    with db.transaction() as session:
        for one in session.scalars(select(Delivery).filter_by(state=DeliveryState.OWED)):
            one.state, one.sent_at = state, now if state == DeliveryState.SENT else None


def links(channel: Channel = Channel.EMAIL) -> list[DocumentLink]:
    with db.read() as session:
        return list(
            session.scalars(
                select(DocumentLink)
                .where(DocumentLink.channel == channel)
                .order_by(DocumentLink.id)
            )
        )
