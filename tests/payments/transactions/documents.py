"""Addresses of bills and trust requests, and payments that are made on them."""

from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from payments.transactions.reserving import OnDocument, Part
from portal.core import clock, db
from portal.core.ids import public_id
from portal.core.tokens import new_token
from tests.factories.billing import TODAY, Client
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import ANA, Practice


def link_to(till: Till, *, bill: Bill | None = None, asked: TrustRequest | None = None) -> int:
    """The address of a document, as it is copied; answers its id."""
    kind = "trust" if asked is not None else "operating"
    with db.transaction() as session:
        link = DocumentLink(
            token=new_token(),
            channel=Channel.LINK,
            bill_id=bill.id if bill else None,
            trust_request_id=asked.id if asked else None,
            bank_account_id=till.accounts[kind].id,
            made_at=clock.now(),
            made_by=ANA,
        )
        session.add(link)
        session.flush()
        return link.id


def request(
    practice: Practice, client: Client, cents: int, nth: int | None = None, number: int = 2001
) -> TrustRequest:
    """An issued trust request."""
    with db.transaction() as session:
        asked = TrustRequest(
            public_id=public_id(),
            number=number,
            client_id=client.id,
            matter_id=client.matters[nth] if nth is not None else None,
            bank_account_id=practice.till.accounts["trust"].id,
            status=BillStatus.AWAITING_PAYMENT,
            currency="USD",
            amount_cents=cents,
            due_on=TODAY,
            issued_on=TODAY,
            made_at=clock.now(),
            made_by=ANA,
        )
        session.add(asked)
        return asked


def on(client: Client, link_id: int, *parts: tuple[Bill | TrustRequest, int]) -> OnDocument:
    """A payment of so many cents on each of these, as they stand now."""
    return OnDocument(
        link_id,
        client.id,
        tuple(
            Part(
                document.id if isinstance(document, Bill) else None,
                document.id if isinstance(document, TrustRequest) else None,
                cents,
                document.version,
            )
            for document, cents in parts
        ),
    )


def pay(practice: Practice, to: OnDocument, *, kind: str = "operating") -> int:
    """An attempt on a document, not yet answered."""
    cents = sum(part.cents for part in to.parts)
    return practice.till.attempt(kind=kind, cents=cents, document=to)


def now(bill: Bill) -> Bill:
    with db.read() as session:
        return session.get_one(Bill, bill.id)


def asked_now(asked: TrustRequest) -> TrustRequest:
    with db.read() as session:
        return session.get_one(TrustRequest, asked.id)
