"""Charging a method that a client has stored: by the client in the portal, by staff, by a plan
(FEATURES P8, P9).

The same three short transactions as any payment, so a crash loses nothing and charges nothing
twice: the nonce of a charge names it, and a charge asked for twice is one payment.
"""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from payments.accounts.models import BankAccount
from payments.accounts.settings import PROCESSOR_CENTS_MIN, online_payments
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.handing_out import find_standing, standing_link
from payments.billing.models import Bill, BillStatus
from payments.billing.payables import Payable, left_cents, named, opened_by
from payments.gateway.current import gateway
from payments.gateway.errors import Declined, InvalidRequest, NotFound, Unavailable
from payments.gateway.results import GatewayPayment, IntentStatus, MethodKind, ProcessorAccount
from payments.methods.actions import customer_of
from payments.methods.models import StoredMethod
from payments.methods.standing import NotChargeable
from payments.transactions.actions import (
    Outcome,
    end_unpaid,
    keep_intent,
    new_payment,
    outcome,
    unanswered,
)
from payments.transactions.attempts import Attempt, record_attempt
from payments.transactions.disputed_bills import in_dispute
from payments.transactions.models import Origin, Payment
from payments.transactions.observing import Sight, observe
from payments.transactions.reserving import OnDocument, Part
from payments.transactions.states import Status
from portal.clients.models import Contact
from portal.core import db

REASON_CHARS_MAX = 500
BILLS_MAX = 100
"""One charge pays at most so many bills; the next one goes on."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What the firm charges, and why. The parts are of one client and one bank account.

    `nonce` names the charge: asked for twice, it is made once. `link_id` is the address by which
    the client can pay where it fails (`link_for`). `by` is an actor of the log.
    """

    nonce: str
    method_id: int
    link_id: int
    parts: tuple[Part, ...]
    origin: Origin
    by: str
    reason: str = ""

    @property
    def cents(self) -> int:
        """The whole amount."""
        return sum(part.cents for part in self.parts)


def link_for(session: Session, payable: Payable, *, by: str) -> DocumentLink:
    """The address of a document that only emails about its charges hold."""
    account_id = payable.bank_account_id
    return standing_link(
        session, channel=Channel.CHARGE, bank_account_id=account_id, by=by, **named(payable)
    )


def find_link(session: Session, payable: Payable) -> DocumentLink | None:
    """The same, where it was made already."""
    account_id = payable.bank_account_id
    return find_standing(
        session, channel=Channel.CHARGE, bank_account_id=account_id, **named(payable)
    )


def told_at(client: Contact, method: StoredMethod) -> dict[str, str]:
    """Where a client hears of charges: at their own address, else at that which the method was
    stored with."""
    primary = next((one.address for one in client.emails if one.is_primary), method.address)
    language = client.language or method.language
    return {"name": client.name[:120], "address": primary, "language": language}


def part_of(payable: Payable, cents: int) -> Part:
    """So many cents of this document, as it is now."""
    bill = isinstance(payable, Bill)
    return Part(payable.id if bill else None, None if bill else payable.id, cents, payable.version)


def oldest_first(
    session: Session, client_id: int, bank_account_id: int, cents_max: int
) -> tuple[Part, ...]:
    """What a client owes on bills into this account, oldest first, up to so many cents.

    "Oldest" is by due day, issue day, number. What a payment is under way for is left out, and so
    are bills that an open dispute has taken money off. Cents of a bill that would leave a rest too
    small for the processor are taken from the next bill, or left for the next charge.
    """
    bills = session.scalars(
        select(Bill)
        .where(Bill.client_id == client_id, Bill.bank_account_id == bank_account_id)
        .where(Bill.status == BillStatus.AWAITING_PAYMENT)
        .where(Bill.total_cents > Bill.applied_cents + Bill.reserved_cents)
        .where(Bill.id.not_in(in_dispute()))
        .order_by(Bill.due_on, Bill.issued_on, Bill.number)
        .limit(BILLS_MAX)
    )
    parts: list[Part] = []
    for bill in bills:
        cents = min(cents_max, left_cents(bill))
        rest = left_cents(bill) - cents
        if 0 < rest < PROCESSOR_CENTS_MIN:
            cents -= PROCESSOR_CENTS_MIN - rest
        if cents > 0:
            parts.append(part_of(bill, cents))
            cents_max -= cents
        if cents_max <= 0:
            break
    return tuple(parts)


def charge(charge: Charge) -> Outcome:
    """Charge a stored method without its owner, once however often it is asked for.

    Called outside any transaction. A decline is answered, not raised. Raises `NotChargeable` where
    the method cannot be charged or the firm takes no payments online, `NotPayable` where a document
    cannot be paid as wanted; nothing is recorded then.
    """
    if charge.cents < PROCESSOR_CENTS_MIN:
        raise NotChargeable(_("The least that can be charged is 0.50."))
    with db.read() as session:
        known = session.scalar(select(Payment.id).where(Payment.nonce == charge.nonce))
        if known is not None:
            return outcome(known)
        attempt = _attempt(session, charge)
    payment_id, new = record_attempt(attempt)
    return carry_out_stored(payment_id) if new else outcome(payment_id)


def _attempt(session: Session, charge: Charge) -> Attempt:
    link = session.get_one(DocumentLink, charge.link_id)
    payable, method = opened_by(session, link), session.get_one(StoredMethod, charge.method_id)
    account = session.get_one(BankAccount, link.bank_account_id)
    if not online_payments(session).online:
        raise NotChargeable(_("Online payments are turned off, so nothing can be charged."))
    if account.checked_at is None or account.checked_problems:
        raise NotChargeable(_("This bank account cannot take payments online yet."))
    client = session.get_one(Contact, payable.client_id, options=[joinedload(Contact.emails)])
    to = told_at(client, method)
    bank = method.kind == MethodKind.BANK
    return Attempt(
        nonce=charge.nonce,
        bank_account_id=account.id,
        account_link_id=None,
        amount_cents=charge.cents,
        currency=payable.currency,
        method=MethodKind(method.kind),
        method_label=method.label,
        payer_name=to["name"],
        payer_email=to["address"],
        # Staff read it, in English; the client's emails name the document themselves.
        paid_for=f"{'Bill' if isinstance(payable, Bill) else 'Trust request'} {payable.number}",
        payer_reference="",
        language=to["language"],
        mandate_text=method.consent_text if bank else None,
        ip_address=method.consent_ip,
        user_agent=method.consent_agent,
        document=OnDocument(charge.link_id, client.id, charge.parts),
        stored_method_id=method.id,
        origin=charge.origin,
        charge_reason=charge.reason[:REASON_CHARS_MAX],
        charged_by=charge.by,
    )


def carry_on_stored(payment_id: int) -> Outcome:
    """Go on with a recorded attempt whose worker died, without charging it once more.

    Where an intent was kept, the processor is asked first: it may have been paid, and an answer
    that does not come now says nothing of the one that was lost. The resolving job asks again.
    """
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
    if payment.intent_id is None:
        return carry_out_stored(payment_id)
    account = ProcessorAccount(payment.bank_account.processor_account)
    try:
        shown = gateway().get_payment(account, payment.intent_id)
    except (Unavailable, InvalidRequest, NotFound):
        return outcome(payment_id)
    if _untried(shown):
        return carry_out_stored(payment_id)
    with db.transaction() as session:
        observe(session, payment_id, Sight(shown, payment.origin))
    return outcome(payment_id)


def _untried(shown: GatewayPayment) -> bool:
    waits = shown.status in {IntentStatus.NEEDS_METHOD, IntentStatus.NEEDS_CONFIRMATION}
    return waits and shown.failure is None


def carry_out_stored(payment_id: int, *, present: bool = False, return_url: str = "") -> Outcome:
    """Make the intent of a recorded attempt, charge its stored method, record the outcome.

    `present`: the signed-in client asked for it and may be asked to authenticate, coming back to
    `return_url`. A decline is answered. Where the processor's answer was lost the payment stays
    Pending and the resolving job finds out.
    """
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
        method = session.get_one(StoredMethod, payment.stored_method_id)
    account = ProcessorAccount(payment.bank_account.processor_account)
    try:
        customer = customer_of(method.client_id, payment.bank_account)
        made = gateway().create_payment(account, new_payment(payment, customer))
        if not keep_intent(payment_id, made.intent_id):
            return outcome(payment_id)
        shown = gateway().confirm_stored(
            account,
            made.intent_id,
            payment_id=payment.public_id,
            method_id=method.processor_method_id,
            return_url=return_url,
            present=present,
        )
    except Declined as declined:
        return end_unpaid(payment_id, Status.FAILED, declined.code)
    except (InvalidRequest, NotFound):
        return end_unpaid(payment_id, Status.FAILED, "method_unusable")
    except Unavailable as unavailable:
        return unanswered(payment_id, unavailable)
    with db.transaction() as session:
        observe(session, payment_id, Sight(shown, payment.origin))
    return outcome(payment_id, shown.client_secret)
