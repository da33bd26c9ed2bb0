"""Bills and trust requests handed out to payers: by email, or as a link that was copied."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask

from payments.accounts.actions import check_connection
from payments.billing.handed_out import Channel, Sending
from payments.billing.handing_out import hand_out
from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from payments.sandbox.making import TRUST_ACCOUNT_ID
from portal.core import clock, db
from portal.core.ids import public_id
from tests.factories.billing import BEN, TODAY, Asked, Client, Line, Office, issued, make_office
from tests.factories.payments import Payer
from tests.support.page import Page
from tests.support.stages import stage

CLEO: dict[str, Any] = {"name": "Cleo Vance", "email": "cleo@vance.test"}


@dataclass(frozen=True)
class Counter:
    """A firm that takes payments: what it hands out, and who pays."""

    app: Flask
    office: Office

    def bill(
        self, cents: int = 10_000, *, client: Client | None = None, due_on: date | None = None
    ) -> Bill:
        """An issued bill of Cleo's."""
        due = due_on or TODAY + timedelta(days=30)
        asked = Asked([Line(cents)], due_on=due)
        return issued(self.office, client or self.office.cleo, asked)

    def request(self, cents: int = 50_000) -> TrustRequest:
        """An issued trust request of Cleo's first matter."""
        with db.transaction() as session:
            asked = TrustRequest(
                public_id=public_id(),
                number=71,
                client_id=self.office.cleo.id,
                matter_id=self.office.cleo.matters[0],
                bank_account_id=self.office.accounts.trust.id,
                status=BillStatus.AWAITING_PAYMENT,
                currency="USD",
                amount_cents=cents,
                due_on=TODAY + timedelta(days=20),
                issued_on=TODAY,
                made_at=clock.now(),
                made_by=BEN,
            )
            session.add(asked)
        return asked

    def emailed(self, document: Bill | TrustRequest, language: str = "") -> str:
        """The address in an email to Cleo."""
        return self._hand_out(document, Channel.EMAIL, language)

    def copied(self, document: Bill | TrustRequest) -> str:
        """The address that somebody of the firm has copied."""
        return self._hand_out(document, Channel.LINK, "")

    def coded(self, document: Bill | TrustRequest) -> str:
        """The address of the code on its paper."""
        return self._hand_out(document, Channel.CODE, "")

    def _hand_out(self, document: Bill | TrustRequest, channel: Channel, language: str) -> str:
        bill = document if isinstance(document, Bill) else None
        asked = document if isinstance(document, TrustRequest) else None
        accounts = self.office.accounts
        emailed = channel is Channel.EMAIL
        with db.transaction() as session:
            sending = _sending(document) if emailed else None
            if sending is not None:
                session.add(sending)
                session.flush()
            link = hand_out(
                session,
                channel=channel,
                bank_account_id=(accounts.operating if bill else accounts.trust).id,
                by=BEN,
                bill=bill,
                trust_request=asked,
                sending=sending,
                name=CLEO["name"] if emailed else "",
                address=CLEO["email"] if emailed else "",
                language=language,
            )
        return f"/{'bills' if bill else 'trust-requests'}/{link.token}"

    def payer(self) -> Payer:
        """Somebody who pays into the operating account."""
        return Payer(self.app)

    def trust_payer(self) -> Payer:
        """Somebody who pays into the trust account."""
        return Payer(self.app, TRUST_ACCOUNT_ID)


def _sending(document: Bill | TrustRequest) -> Sending:
    return Sending(
        public_id=public_id(),
        once=f"test:{public_id()}",
        kind="sent",
        bill_id=document.id if isinstance(document, Bill) else None,
        trust_request_id=document.id if isinstance(document, TrustRequest) else None,
        version=document.version,
        made_at=clock.now(),
        made_by=BEN,
    )


def open_counter(app: Flask) -> Counter:
    """The demo's accounts, checked at the sandbox, and clients with matters."""
    return Counter(app, stage("checked office", _checked_office))


def _checked_office() -> Office:
    office = make_office()
    for account in (office.accounts.operating, office.accounts.trust):
        check_connection(account.id)
    return office


def now(document: Bill | TrustRequest) -> Bill | TrustRequest:
    """As it stands now."""
    with db.read() as session:
        return session.get_one(type(document), document.id)


def told(page: Page) -> str:
    """The one problem that a page tells of."""
    (problem,) = page.texts("#error-summary li")
    return problem
