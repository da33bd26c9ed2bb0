"""Sending bills and trust requests by email and through the client portal, and reminding of them
(FEATURES D3, D8).

One press makes one sending, one address for each recipient, and one notice each, in one
transaction: a crash neither loses nor repeats an email. Through the portal it is shared, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from payments.billing.details import cleaned
from payments.billing.emails import AUDIENCE, notice_kind
from payments.billing.handed_out import Channel, DocumentLink, Sending
from payments.billing.handing_out import hand_out, standing_link
from payments.billing.models import Bill
from payments.billing.payables import Payable, kind_of, locked, named, refuse_unpayable, subject_of
from payments.billing.portals import put_into_portal
from portal.clients.models import Contact
from portal.clients.queries import contact_by_id
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import Brand, brand
from portal.outbox.actions import owe
from portal.outbox.registry import Recipient, same_address
from portal.web.language import offered_as

MESSAGE_CHARS_MAX = 2_000
NONCE_CHARS = range(8, 65)
SENT, REMINDER = "sent", "reminder"

audit.describe(
    {
        "bill.sent": _lazy("Bill sent"),
        "bill.reminded": _lazy("Reminder of a bill sent"),
        "bill.link_copied": _lazy("Link to a bill copied"),
        "trust_request.sent": _lazy("Trust request sent"),
        "trust_request.reminded": _lazy("Reminder of a trust request sent"),
        "trust_request.link_copied": _lazy("Link to a trust request copied"),
    }
)


@dataclass(frozen=True, slots=True)
class ToSend:
    """What somebody wants to send: a message, and to which of the client's addresses.

    `nonce` names the form, so that pressing twice sends once. `portal` and `email` are the two
    toggles; a reminder goes by email alone.
    """

    nonce: str
    message: str = ""
    addresses: Sequence[str] = ()
    email: bool = True
    portal: bool = False


def send(session: Session, payable: Payable, wanted: ToSend, *, by: str) -> Sending:
    """Send an issued, unpaid bill or trust request to its client (FEATURES D3).

    A form that was pressed before answers with its sending, and sends nothing. What is shared in
    the portal already stays so, and nobody gets a second notice of it. Raises `Conflict` for what
    cannot be paid and where that form sent something else, `Invalid` beside the field: neither
    toggle, a portal that it cannot go through (`portals.portal_problem`, FEATURES D4), no address,
    an address that is not the client's, a message over 2,000 characters.
    """
    if not (wanted.email or wanted.portal):
        raise Invalid(_("Choose how to send it."), "email")
    return _sent(session, payable, wanted, SENT, by)


def remind(session: Session, payable: Payable, wanted: ToSend, *, by: str) -> Sending:
    """Remind a client by hand. Raises as `send`, and `Conflict` for what was never sent: nobody
    first hears of a bill by a reminder (FEATURES D8)."""
    return _sent(session, payable, replace(wanted, email=True, portal=False), REMINDER, by)


def unsent(session: Session, payable: Payable) -> str | None:
    """Why there is nothing to remind of: it was never sent. None where it was."""
    known = select(Sending.id).where(of_payable(payable), Sending.kind == SENT).limit(1)
    return _("Send it first.") if session.scalar(known) is None else None


def of_payable(payable: Payable) -> ColumnElement[bool]:
    """The sendings of this document."""
    if isinstance(payable, Bill):
        return Sending.bill_id == payable.id
    return Sending.trust_request_id == payable.id


def portal_alone() -> ColumnElement[bool]:
    """The sendings that went through the portal and to no address: the message of any other stands
    in its email, which is for whoever gets it (FEATURES D3)."""
    emailed = exists().where(
        DocumentLink.sending_id == Sending.id, DocumentLink.channel == Channel.EMAIL
    )
    return and_(Sending.shared, ~emailed)


def sent_to(session: Session, sending: Sending) -> Sequence[str]:
    """The addresses that a sending went to, in the order in which they were chosen from."""
    return session.scalars(
        select(DocumentLink.address)
        .where(DocumentLink.sending_id == sending.id)
        .order_by(DocumentLink.id)
    ).all()


def _sent(session: Session, payable: Payable, wanted: ToSend, kind: str, by: str) -> Sending:
    once = f"{kind_of(payable)}:{payable.id}:{kind}:{_checked_nonce(wanted.nonce)}"
    message = checked_message(wanted.message)
    payable = locked(session, payable)
    before = session.scalar(select(Sending).where(Sending.once == once))
    if before is not None:
        _refuse_another(session, before, wanted, message)
        return before
    refuse_unpayable(payable)
    if kind == REMINDER and (sentence := unsent(session, payable)):
        raise Conflict(sentence)
    contact = contact_by_id(session, payable.client_id)
    addresses = _checked_addresses(contact, wanted.addresses) if wanted.email else []
    to = Addressed(contact.name, language_of(contact, brand(session)), addresses)
    shared = wanted.portal and kind == SENT
    if shared:
        put_into_portal(session, payable, by=by, told_otherwise=addresses)
    return hand_over(
        session, payable, to, once=once, kind=kind, message=message, by=by, shared=shared
    )


def _refuse_another(session: Session, before: Sending, wanted: ToSend, message: str) -> None:
    """A form that was pressed before sends nothing more: whoever changed it since is told so."""
    went_to = sent_to(session, before)
    chosen = {same_address(one) for one in wanted.addresses if wanted.email}
    same = {same_address(one) for one in went_to} == chosen and wanted.portal == before.shared
    if same and message == before.message:
        return
    to = ", ".join([*went_to, *([_("the client portal")] if before.shared else [])])
    if before.kind == REMINDER:
        raise Conflict(
            _("A reminder was sent already, to %(to)s. Open Remind again to send another.", to=to)
        )
    raise Conflict(_("This was sent already, to %(to)s. Open Send again to send another.", to=to))


@dataclass(frozen=True, slots=True)
class Addressed:
    """A client by name, the language they read, and the addresses that are written to."""

    name: str
    language: str
    addresses: Sequence[str]


def hand_over(
    session: Session,
    payable: Payable,
    to: Addressed,
    *,
    once: str,
    kind: str,
    by: str,
    message: str = "",
    shared: bool = False,
) -> Sending:
    """Make the sending, an address for each recipient, and owe each an email. The document is
    locked, and `once` is not there yet. `shared`: it stands in the portal too."""
    sending = _made(session, payable, once=once, kind=kind, message=message, by=by)
    sending.shared = shared
    account_id = payable.bank_account_id
    # The code on the PDF: made here, since whoever draws it for a reader may only read.
    standing_link(
        session, channel=Channel.CODE, bank_account_id=account_id, by=by, **named(payable)
    )
    for position, address in enumerate(to.addresses):
        notice_once = f"sending:{sending.public_id}:{position}"
        link = hand_out(
            session,
            channel=Channel.EMAIL,
            bank_account_id=account_id,
            by=by,
            sending=sending,
            notice_once=notice_once,
            name=to.name,
            address=address,
            language=to.language,
            **named(payable),
        )
        notice = notice_kind(payable, reminds=kind == REMINDER)
        reader = Recipient(to.name, address, to.language)
        owe(session, notice, audience=AUDIENCE, once=notice_once, to=reader, link_id=link.id)
    _record(session, payable, sending, to.addresses, by)
    return sending


def _made(
    session: Session, payable: Payable, *, once: str, kind: str, message: str, by: str
) -> Sending:
    bill = isinstance(payable, Bill)
    sending = Sending(
        public_id=ids.public_id(),
        once=once,
        kind=kind,
        version=payable.version,
        message=message,
        made_at=clock.now(),
        made_by=by,
        bill_id=payable.id if bill else None,
        trust_request_id=None if bill else payable.id,
    )
    session.add(sending)
    session.flush()
    return sending


def _record(
    session: Session, payable: Payable, sending: Sending, addresses: Sequence[str], by: str
) -> None:
    bill = isinstance(payable, Bill)
    sent = "bill.sent" if bill else "trust_request.sent"
    reminded = "bill.reminded" if bill else "trust_request.reminded"
    action = reminded if sending.kind == REMINDER else sent
    detail: dict[str, Any] = {"number": payable.number, "to": list(addresses)}
    if sending.shared:
        detail["portal"] = True
    audit.record(session, by, action, subject_of(payable), **detail)


def checked_message(typed: str) -> str:
    """The message as it stands in the email. Raises `Invalid` where it is too long."""
    message = cleaned(typed)
    if len(message) > MESSAGE_CHARS_MAX:
        raise Invalid(_("Keep the message under 2,000 characters."), "message")
    return message


def _checked_nonce(nonce: str) -> str:
    if len(nonce) not in NONCE_CHARS or not (nonce.isascii() and nonce.isprintable()):
        raise Invalid(_("This form cannot be used any more. Open it again."))
    return nonce


def _checked_addresses(contact: Contact, chosen: Sequence[str]) -> list[str]:
    theirs = {same_address(one.address): one.address for one in contact.emails}
    if not theirs:
        raise Invalid(_no_email(), "addresses")
    wanted = {same_address(one) for one in chosen}
    if not wanted:
        raise Invalid(_("Choose at least one email address."), "addresses")
    if not wanted <= theirs.keys():
        raise Invalid(_("Choose from the email addresses of this client."), "addresses")
    return [address for key, address in theirs.items() if key in wanted]


def _no_email() -> str:
    return _("This client has no email address. Add one to the contact first.")


def language_of(contact: Contact, face: Brand) -> str:
    """The language in which a client is written to: theirs where the firm offers it, else the
    firm's own (FEATURES B3)."""
    return offered_as(contact.language or "", face.languages) or face.locale
