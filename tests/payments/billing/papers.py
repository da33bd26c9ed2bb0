"""Bills and trust requests on paper, as the tests ask for them."""

from datetime import date
from typing import Any

from payments.billing.documents import bill_document, trust_request_document
from payments.billing.models import Bill, BillLine, BillStatus
from payments.billing.paper import Document
from payments.billing.pdf import drawn
from payments.billing.requested import TrustRequest
from payments.billing.settings import BillingSettings
from portal.core import db
from portal.firm.models import Firm
from tests.factories.billing import TODAY, Office
from tests.support.page import words

URL = "https://pay.harlow.test/bills/KtXTnUpzRtol9d2QtPx5irfDlYKi6bgN"


def document(bill: Bill, language: str = "en_US", url: str | None = URL, **now: Any) -> Document:
    """What a bill says; `now` is how it stands, where a test does not go all the way there."""
    with db.read() as session:
        kept = session.get_one(Bill, bill.id)
        columns = {column.key: getattr(kept, column.key) for column in Bill.__mapper__.columns}
        return bill_document(session, Bill(**columns | now), language=language, pay_url=url)


def pdf(said: Document) -> bytes:
    with db.read() as session:
        return drawn(session, said)


def totals(said: Document) -> dict[str, str]:
    return {fact.label: words(fact.value) for fact in said.sections[0].totals}


def facts(said: Document) -> dict[str, str]:
    return {fact.label: words(fact.value) for fact in said.facts}


def canadian(**settings: Any) -> None:
    """The firm moves to Canada: its bills, not its books, are looked at here."""
    with db.transaction() as session:
        session.get_one(Firm, 1).country = "CA"
        if settings:
            session.add(BillingSettings(id=1, **settings))


def lines_of(bill: Bill, count: int) -> None:
    """So many lines, however many a bill may have."""
    with db.transaction() as session:
        first = session.query(BillLine).filter_by(bill_id=bill.id).first()
        assert first is not None
        session.add_all(
            BillLine(
                bill_id=bill.id,
                position=position,
                matter_id=first.matter_id,
                worked_on=TODAY,
                description=f"Line {position + 1}",
                quantity_thousandths=1_250,
                rate_cents=10_000,
                amount_cents=12_500,
            )
            for position in range(1, count)
        )


def trust_request(office: Office, **now: Any) -> TrustRequest:
    """A trust request as it stands, with the client's first matter."""
    return TrustRequest(
        **{
            "id": 1,
            "public_id": "x",
            "number": 2003,
            "client_id": office.cleo.id,
            "matter_id": office.cleo.matters[0],
            "bank_account_id": office.accounts.trust.id,
            "status": BillStatus.AWAITING_PAYMENT,
            "currency": "USD",
            "amount_cents": 250_000,
            "paid_cents": 0,
            "reserved_cents": 0,
            "due_on": date(2026, 6, 3),
            "issued_on": TODAY,
            "note": "",
            "voided_at": None,
            **now,
        }
    )


def requested(office: Office, language: str = "en_US", **now: Any) -> Document:
    with db.read() as session:
        asked = trust_request(office, **now)
        return trust_request_document(session, asked, language=language, pay_url=URL)
