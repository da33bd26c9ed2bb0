"""Bills and trust requests shared in a client portal, and the client who pays them there."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from payments.accounts.models import BankAccount
from payments.billing.models import Bill
from payments.billing.payables import Payable, kind_of
from payments.billing.requested import TrustRequest
from payments.billing.shared import share_kind, title_of
from payments.gateway.results import MethodKind
from payments.methods.models import StoredMethod
from payments.sandbox.making import TRUST_ACCOUNT_ID
from portal.access.models import Participant
from portal.clients.models import Contact
from portal.clients.queries import contact_by_id, matter_by_id
from portal.core import clock, db, ids
from portal.documents import sharing
from portal.documents.models import Share
from portal.feed.people import Person
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.factories.billing import Client
from tests.factories.methods import Wallet
from tests.factories.payments import Payer
from tests.factories.trust_requests import Wanted, issued_request
from tests.payments.billing.mailroom import give_emails
from tests.payments.checkout.documents import Counter
from tests.support.cast import BEN as BEN_USER
from tests.support.page import Page
from tests.support.visitor import Visitor

ADDRESS = "cleo@vance.test"


class PortalPayer(Payer):
    """A signed-in client: the pay pages that the portal leads to look for their session."""

    def _fetch(self, method: str, address: str, **more: Any) -> Page:
        return Visitor._fetch(self, method, address, **more)


@dataclass(frozen=True)
class Till:
    """Ben's portals of Cleo's matters, which she has joined."""

    counter: Counter
    ben: Person

    @property
    def cleo(self) -> Client:
        return self.counter.office.cleo

    @property
    def app(self) -> Flask:
        return self.counter.app

    def browser(self, contact_id: int | None = None, *, trust: bool = False) -> PortalPayer:
        """A browser in which a client is signed in: Cleo, if nobody else is named."""
        visitor = PortalPayer(self.app, TRUST_ACCOUNT_ID if trust else None)
        with db.read() as session:
            contact = contact_by_id(session, contact_id or self.cleo.id)
        visitor.http.set_cookie(COOKIE, portals.signed_in(contact), domain="localhost", secure=True)
        return visitor

    def share(self, payable: Payable, matter: int = 0) -> str:
        """Share a document in the portal of Cleo's nth matter; answers its address there."""
        with db.transaction() as session:
            sharing.start_other(
                session,
                matter_by_id(session, self.cleo.matters[matter]),
                by=self.ben,
                kind=share_kind(payable),
                subject_id=payable.public_id,
                name=title_of(payable),
            )
        return f"/portal/{kind_of(payable)}s/{payable.public_id}"

    def bill(self, cents: int = 10_000) -> tuple[Bill, str]:
        """A shared bill on Cleo's first matter."""
        bill = self.counter.bill(cents)
        return bill, self.share(bill)

    def request(self, cents: int = 50_000) -> tuple[TrustRequest, str]:
        """A shared trust request of Cleo's first matter."""
        asked = issued_request(self.counter.office, self.cleo, Wanted(cents))
        return asked, self.share(asked)

    def stop_sharing(self, payable: Payable) -> None:
        """Nobody sees it in the portal any more."""
        with db.transaction() as session:
            share = session.scalars(select(Share).filter_by(subject_id=payable.public_id)).one()
            sharing.stop(session, share, by=self.ben, name=title_of(payable))

    def dan(self) -> Contact:
        """Somebody beside Cleo who takes part in the portal of her first matter."""
        dan = clients.contact("Dan Vance", "dan@vance.test")
        with db.transaction() as session:
            session.add(
                Participant(
                    public_id=ids.public_id(),
                    matter_id=self.cleo.matters[0],
                    contact_id=dan.id,
                    added_at=clock.now(),
                    added_by=self.ben.actor,
                )
            )
        portals.joined(dan)
        return dan

    def stored(
        self, account: BankAccount | None = None, kind: MethodKind = MethodKind.CARD
    ) -> StoredMethod:
        """A method that Cleo has stored: for the operating account, if no other is named."""
        with db.read() as session:
            client = contact_by_id(session, self.cleo.id)
        wallet = Wallet(client, account or self.counter.office.accounts.operating)
        return wallet.stored() if kind is MethodKind.CARD else wallet.stored_bank_account()


def open_till(counter: Counter) -> Till:
    """Open the portal of each of Cleo's matters; she has joined."""
    till = Till(counter, portals.firm_person(BEN_USER.email))
    give_emails(till.cleo, ADDRESS)
    with db.read() as session:
        matters = [matter_by_id(session, one) for one in till.cleo.matters]
        contact = contact_by_id(session, till.cleo.id)
    for matter in matters:
        portals.opened(matter, till.ben)
    portals.joined(contact)
    return till


def pay_page(payer: PortalPayer, address: str, **form: str) -> str:
    """Press **Pay** on a document of the portal; answers the path of its pay page."""
    answer = payer.post(f"{address}/pay", {**token_of(payer), **form}, status=303, follow=False)
    return answer.headers["Location"]


def token_of(payer: PortalPayer) -> dict[str, str]:
    """What the forms of this browser's portal pages carry."""
    field = payer.get("/portal/").select("input[name=csrf_token]")[0]
    return {"csrf_token": str(field["value"])}
