"""Linking a completed payment to a client or a matter, moving the link, and taking it back.

The preview that staff see and what is posted come from one function (receipts.planning.plan), and
the form sends back the preview's fingerprint, so that nobody confirms what they have not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.billing.models import BillStatus
from payments.billing.requested import TrustRequest
from payments.ledger import actions as ledger
from payments.ledger.actions import Entry, Overdrawn
from payments.receipts import actions as receipts
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.planning import Plan, plan
from payments.receipts.queries import standing
from payments.transactions.models import Payment, Reservation
from payments.transactions.states import Status
from portal.clients import queries as clients
from portal.clients.access import NOTHING_CLOSED, Closed
from portal.clients.languages import remember_language
from portal.clients.models import Contact, Matter
from portal.core import audit
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm.models import Firm


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a payment is linked to: a client, or one matter of that client. It pays no bill that is
    `closed` to whoever links it."""

    client: Contact
    matter: Matter | None = None
    closed: Closed = NOTHING_CLOSED

    @property
    def matter_id(self) -> int | None:
        """The matter's id, None at client level (FEATURES S4)."""
        return self.matter.id if self.matter is not None else None


def target(session: Session, typed: str, closed: Closed) -> Target:
    """Whom a form names by `contact:<public id>` or `matter:<public id>`.

    Raises `Invalid` where nothing was chosen, `Missing` where there is no such client or matter.
    """
    kind, _colon, public_id = typed.partition(":")
    match kind:
        case clients.CONTACT:
            return Target(clients.contact(session, public_id), None, closed)
        case clients.MATTER:
            matter = clients.matter(session, public_id, closed)
            return Target(matter.client, matter, closed)
        case _:
            raise Invalid(_("Choose a client or a matter."), "client")


def preview(session: Session, payment: Payment, to: Target, *, apply: bool) -> Plan | None:
    """What linking would pay, None where it pays nothing: unticked, or trust money (S5, S7).

    For a payment that is linked already: what the changed link would pay, after all that it pays
    now is taken back (S8).
    """
    if not apply or payment.bank_account.kind == AccountKind.TRUST:
        return None
    freed = standing(session, payment.receipt_id) if payment.receipt_id else ()
    return plan(
        session,
        client_id=to.client.id,
        matter_id=to.matter_id,
        currency=payment.currency,
        amount_cents=payment.left.cents,
        closed=to.closed,
        freed=freed,
    )


def link(
    session: Session, public_id: str, to: Target, *, apply: bool, expected: str | None, by: str
) -> Receipt:
    """Link a completed payment that belongs to nobody yet (FEATURES S2–S7).

    `expected` is the fingerprint of the preview that was shown. Raises `Missing` for an unknown
    payment, `Conflict` for one that is not completed or is linked already, `PlanChanged` where the
    bills have changed, `Invalid` for trust money that is to be applied.
    """
    payment = _locked(session, public_id)
    _refuse_unlinkable(payment)
    if payment.receipt_id is not None:
        raise Conflict(_("This payment is linked already. Use Change link to move it."))
    receipt, entries = _receive(session, payment, to, apply=apply, expected=expected, by=by)
    _book(session, entries)
    return receipt


def change_link(
    session: Session,
    public_id: str,
    to: Target | None,
    *,
    standing: str,
    apply: bool,
    reason: str,
    expected: str | None,
    by: str,
) -> Receipt | None:
    """Move a link, or with no target take it back; what it paid is reversed first (FEATURES S8).

    `standing` is the public id of the receipt that was shown as the link, so that nobody takes back
    what they have not seen. Nothing is edited: the books get reversals and new transfers. Raises as
    `link`, `Conflict` for a payment without a link, `PlanChanged` for one that was linked anew
    meanwhile, `Invalid` without a reason, `Overdrawn` where trust money of it is spent already.
    """
    payment = _locked(session, public_id)
    _refuse_unlinkable(payment)
    if payment.receipt_id is None:
        raise Conflict(_("This payment is not linked. Use Link."))
    linked = session.get_one(Receipt, payment.receipt_id)
    if linked.public_id != standing:
        raise receipts.PlanChanged(
            _("Somebody has changed this link meanwhile. Look at it again, then confirm.")
        )
    client_ids = [linked.client_id] + ([to.client.id] if to is not None else [])
    receipts.lock_clients(session, client_ids)
    entries = receipts.take_back(session, linked, reason=reason, by=by)
    payment.receipt_id = None
    session.flush()
    receipt = None
    if to is not None:
        receipt, more = _receive(session, payment, to, apply=apply, expected=expected, by=by)
        entries += more
    else:
        audit.record(session, by, "payment.unlinked", cause(payment), reason=reason.strip())
    _book(session, entries)
    return receipt


def cause(payment: Payment) -> str:
    """What transfers and receipts of this payment name."""
    return f"payment:{payment.public_id}"


def _locked(session: Session, public_id: str) -> Payment:
    payment = session.scalar(
        select(Payment)
        .where(Payment.public_id == public_id)
        .with_for_update(of=Payment)
        .execution_options(populate_existing=True)
    )
    if payment is None:
        raise Missing(_("There is no such payment."))
    return payment


def _refuse_unlinkable(payment: Payment) -> None:
    if payment.withdrawn_cents == payment.amount_cents:
        raise Conflict(
            _("All of this payment was given back or taken back, so there is nothing to link.")
        )
    if payment.status == Status.COMPLETED:
        return
    if payment.status in {Status.PENDING, Status.ACTION_NEEDED, Status.AUTHORIZED}:
        raise Conflict(_("This payment is not completed yet. It can be linked when it is."))
    raise Conflict(_("No money came with this payment, so there is nothing to link."))


def _receive(
    session: Session,
    payment: Payment,
    to: Target,
    *,
    apply: bool,
    expected: str | None,
    by: str,
) -> tuple[Receipt, list[Entry]]:
    money = money_of(session, payment, to, trust_request_id=_asked_for(session, payment, to))
    receipt, entries = receipts.receive(session, money, apply=apply, expected=expected, by=by)
    payment.receipt_id = receipt.id
    session.flush()
    remember_language(session, to.client, payment.language, by=by)
    return receipt, entries


def _asked_for(session: Session, payment: Payment, to: Target) -> int | None:
    """The trust request that this payment was made on, where the money comes back to the client and
    matter that it is for, and it still asks for as much: it counts there again (FEATURES D2, S8).

    Locked here, after the client and before balances, so that nobody else counts on it meanwhile.
    """
    if payment.document_link_id is None or payment.bank_account.kind != AccountKind.TRUST:
        return None
    receipts.lock_clients(session, [to.client.id])
    made_on = select(Reservation.trust_request_id).where(Reservation.payment_id == payment.id)
    asked = session.scalar(
        select(TrustRequest)
        .where(
            TrustRequest.id.in_(made_on),
            TrustRequest.status == BillStatus.AWAITING_PAYMENT,
            TrustRequest.client_id == to.client.id,
            TrustRequest.bank_account_id == payment.bank_account_id,
        )
        .with_for_update(of=TrustRequest)
        .execution_options(populate_existing=True)
    )
    if asked is None or asked.matter_id != to.matter_id:
        return None
    left = payment.left.cents
    fits = left <= asked.balance.cents - asked.reserved_cents
    return asked.id if fits else None


def money_of(
    session: Session,
    payment: Payment,
    to: Target,
    onto: Mapping[int, int] | None = None,
    trust_request_id: int | None = None,
) -> receipts.MoneyIn:
    """What is left of a completed payment as money that came in, on the day where the firm is."""
    zone = session.scalar(select(Firm.timezone)) or "UTC"
    completed = payment.completed_at or payment.made_at
    return receipts.MoneyIn(
        source=ReceiptSource.PAYMENT,
        cause=cause(payment),
        client_id=to.client.id,
        matter_id=to.matter_id,
        account=session.get_one(BankAccount, payment.bank_account_id),
        amount_cents=payment.left.cents,
        received_on=completed.astimezone(ZoneInfo(zone)).date(),
        note=payment.reference,
        closed=to.closed,
        onto=onto or {},
        trust_request_id=trust_request_id,
        held_until=payment.held_until,
    )


def _book(session: Session, entries: list[Entry]) -> None:
    try:
        ledger.transfer_all(session, entries)
    except Overdrawn as spent:
        raise Overdrawn(
            _("Some of this trust money was used already. Reverse what it paid first.")
        ) from spent
