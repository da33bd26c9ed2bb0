"""How a shared bill or trust request stands, for the client who looks at it (FEATURES D6, D7)."""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.accounts.settings import online_payments
from payments.billing import sent
from payments.billing.documents import bill_document, trust_request_document
from payments.billing.handed_out import Channel
from payments.billing.handing_out import document_url, find_standing
from payments.billing.models import Bill
from payments.billing.paper import Document
from payments.billing.payables import Payable, left_cents, named
from payments.billing.shared import share_kind, title_of
from portal.clients.models import Matter
from portal.feed import actions as feed
from portal.feed.people import Person
from portal.feed.queries import was_opened
from portal.firm.brand import Brand, brand
from portal.web.language import for_staff
from portal.web.reading import read_in


@dataclass(frozen=True, slots=True)
class ClientView:
    """One document as its client sees it. `left_cents` may be paid now, `under_way_cents` is being
    paid; `message` is what the firm wrote when it was shared."""

    document: Document
    public_id: str
    kind: str
    status: str
    currency: str
    left_cents: int
    under_way_cents: int
    due_on: date | None
    late: bool
    into_trust: bool
    online: bool
    message: str

    @property
    def fingerprint(self) -> str:
        """A name for what is shown, by which an open page learns that it still is."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def client_view(session: Session, payable: Payable, face: Brand, language: str) -> ClientView:
    """The document as it is now, in this language."""
    left, online = left_cents(payable), online_payments(session).online
    today = face.today
    return ClientView(
        document=_paper(session, payable, language, None),
        public_id=payable.public_id,
        kind=share_kind(payable),
        status=payable.status,
        currency=payable.currency,
        left_cents=left,
        under_way_cents=payable.reserved_cents,
        due_on=payable.due_on,
        late=left > 0 and payable.due_on is not None and payable.due_on < today,
        into_trust=payable.bank_account.kind == AccountKind.TRUST,
        online=online,
        message=sent.message_in_portal(session, payable),
    )


def to_keep(session: Session, payable: Payable, contact_id: int, language: str) -> Document:
    """The document to be kept as a PDF. What is printed may lie on any desk: the code on it is
    handed out as one, and never stores a payment method (FEATURES P5).

    `contact_id` is who keeps it. Somebody beside the client gets no code: it opens what the client
    owes on other bills too (FEATURES L9, C15).
    """
    code = None
    if contact_id == payable.client_id and online_payments(session).online:
        code = find_standing(
            session,
            channel=Channel.CODE,
            bank_account_id=payable.bank_account_id,
            **named(payable),
        )
    pay_url = document_url(code) if code is not None else None
    return _paper(session, payable, language, pay_url)


def _paper(session: Session, payable: Payable, language: str, pay_url: str | None) -> Document:
    if isinstance(payable, Bill):
        return bill_document(session, payable, language=language, pay_url=pay_url)
    return trust_request_document(session, payable, language=language, pay_url=pay_url)


def matter_of(payable: Payable) -> Matter:
    """The one matter that a shared document is about. Lines and matters are loaded."""
    if isinstance(payable, Bill):
        return payable.lines[0].matter
    if payable.matter is None:
        raise ValueError("what is shared has a matter")
    return payable.matter


def is_new(session: Session, payable: Payable, reader: Person) -> bool:
    """Whether this person has not opened it before."""
    told = (share_kind(payable), payable.public_id)
    return not was_opened(session, matter_of(payable).id, reader, *told)


def note_opened(session: Session, payable: Payable, reader: Person) -> None:
    """Note when somebody first opened it, for the firm to see (FEATURES C4, C6). Its name stands
    there in the language of the firm's own pages."""
    with read_in(for_staff(brand(session).country)):
        name = title_of(payable)
    matter_id = matter_of(payable).id
    feed.note_opened(session, matter_id, reader, share_kind(payable), payable.public_id, name)
