"""The addresses by which bills and trust requests are opened, and how each was handed out.

The address lives as long as its document. Its channel decides whether a payer may store a method:
only emailed ones offer it, never copied links or codes (FEATURES P5, L2).
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.handed_out import Channel, DocumentLink, Sending
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from portal.core import clock, config
from portal.core.tokens import new_token


def hand_out(
    session: Session,
    *,
    channel: Channel,
    bank_account_id: int,
    by: str,
    bill: Bill | None = None,
    trust_request: TrustRequest | None = None,
    sending: Sending | None = None,
    contact_id: int | None = None,
    notice_once: str = "",
    name: str = "",
    address: str = "",
    language: str = "",
) -> DocumentLink:
    """A new, unguessable address of one bill or one trust request.

    `bank_account_id` receives the money. An emailed one belongs to a `sending`, and names to whom
    it was sent and the notice that was owed; one of the portal belongs to `contact_id`. Raises
    ValueError where these do not fit together.
    """
    _refuse_misfits(channel, sending, contact_id, one=(bill is None) != (trust_request is None))
    link = DocumentLink(
        token=new_token(),
        channel=channel,
        bill_id=bill.id if bill is not None else None,
        trust_request_id=trust_request.id if trust_request is not None else None,
        bank_account_id=bank_account_id,
        sending_id=sending.id if sending is not None else None,
        contact_id=contact_id,
        notice_once=notice_once,
        name=name,
        address=address,
        language=language,
        made_at=clock.now(),
        made_by=by,
    )
    session.add(link)
    session.flush()
    return link


def _refuse_misfits(
    channel: Channel, sending: Sending | None, contact_id: int | None, *, one: bool
) -> None:
    if not one:
        raise ValueError("one bill or one trust request")
    if (channel == Channel.EMAIL) != (sending is not None):
        raise ValueError("a sending belongs to what is emailed, and only to that")
    if (channel == Channel.PORTAL) != (contact_id is not None):
        raise ValueError("an address of the portal belongs to one client, and no other does")


def standing_link(
    session: Session,
    *,
    channel: Channel,
    bank_account_id: int,
    by: str,
    bill: Bill | None = None,
    trust_request: TrustRequest | None = None,
) -> DocumentLink:
    """The one copied link, or the one code, of a document into this account: made when first asked
    for, and the same ever after, so that what was copied or printed before stays right."""
    found = find_standing(
        session,
        channel=channel,
        bank_account_id=bank_account_id,
        bill=bill,
        trust_request=trust_request,
    )
    return found or hand_out(
        session,
        channel=channel,
        bank_account_id=bank_account_id,
        by=by,
        bill=bill,
        trust_request=trust_request,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """A signed-in client who pays: who they are, and as which actor the log knows them."""

    contact_id: int
    name: str
    address: str
    language: str
    actor: str


def portal_link(
    session: Session,
    reader: Reader,
    *,
    bank_account_id: int,
    bill: Bill | None = None,
    trust_request: TrustRequest | None = None,
) -> DocumentLink:
    """The one address by which a signed-in client pays a document in the portal (FEATURES D7).

    Made when they first press **Pay**; name, address and language are theirs as of now. Whoever
    calls has locked the document, so that two presses make one.
    """
    link = find_standing(
        session,
        channel=Channel.PORTAL,
        bank_account_id=bank_account_id,
        bill=bill,
        trust_request=trust_request,
        contact_id=reader.contact_id,
    )
    link = link or hand_out(
        session,
        channel=Channel.PORTAL,
        bank_account_id=bank_account_id,
        by=reader.actor,
        bill=bill,
        trust_request=trust_request,
        contact_id=reader.contact_id,
    )
    link.name, link.address, link.language = reader.name, reader.address, reader.language
    session.flush()
    return link


def find_standing(
    session: Session,
    *,
    channel: Channel,
    bank_account_id: int,
    bill: Bill | None = None,
    trust_request: TrustRequest | None = None,
    contact_id: int | None = None,
) -> DocumentLink | None:
    """The same, where it was made already; for one of the portal, that of this client."""
    named = (
        DocumentLink.bill_id == bill.id
        if bill is not None
        else DocumentLink.trust_request_id == (trust_request.id if trust_request else None)
    )
    return session.scalar(
        select(DocumentLink)
        .where(named, DocumentLink.channel == channel)
        .where(DocumentLink.bank_account_id == bank_account_id)
        .where(DocumentLink.contact_id.is_not_distinct_from(contact_id))
        .order_by(DocumentLink.id)
        .limit(1)
    )


def document_url(link: DocumentLink) -> str:
    """The whole address that a payer opens: `…/bills/<token>` or `…/trust-requests/<token>`."""
    kind = "bills" if link.bill_id is not None else "trust-requests"
    return f"{config.current().base_url}/{kind}/{link.token}"
