"""**Pay from trust**: a client's trust money pays an issued bill, by a named transfer (S9).

Two transfers in the books with one cause, and no foot in both accounts (FEATURES M3): out of the
trust account, and into the operating account that the bill was issued in. There it makes a receipt
of its own, which is applied to the bill at once and whole: trust money never becomes credit.
Locks are taken as docs/decisions/0005 says: the client, the bill, then balances.
"""

from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from payments.billing.closed import left_out
from payments.billing.models import Bill, BillStatus
from payments.billing.sending import language_of
from payments.ledger import actions as ledger
from payments.money.amounts import Money
from payments.receipts import actions, holds, postings
from payments.receipts import emails as _emails  # noqa: F401  they register themselves
from payments.receipts import log_words as _log_words  # noqa: F401  they register themselves
from payments.receipts.actions import MoneyIn, PlanChanged
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.trust_ledgers import (
    Choice,
    TrustLedger,
    TrustPlan,
    choice,
    held_in_trust_cents,
)
from portal.clients.access import Closed
from portal.clients.models import Contact, ContactEmail
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm.brand import brand
from portal.firm.models import Firm
from portal.outbox.actions import owe

NOTE_CHARS_MAX = 200


def obstacle(bill: Bill) -> str | None:
    """Why no trust money can pay this bill now, in a sentence; none where it can."""
    match BillStatus(bill.status):
        case BillStatus.DRAFT | BillStatus.AWAITING_APPROVAL:
            return _("This bill is not issued yet. Trust money pays only issued bills.")
        case BillStatus.VOID:
            return _("This bill was voided, so there is nothing to pay.")
        case BillStatus.PAID:
            return _("This bill is paid already.")
        case BillStatus.AWAITING_PAYMENT:
            pass
    if bill.applied_cents + bill.reserved_cents >= bill.total_cents:
        return _("A payment that is under way covers all that is owed on this bill.")
    return None


def planned(bill: Bill, found: Choice, key: str, cents: int | None) -> TrustPlan:
    """What a transfer of so much would do. Raises `Invalid` beside the field that is wrong: for a
    ledger that cannot pay this bill, and for more than is available there or open on the bill."""
    one = found.named(key)
    if one is None:
        raise Invalid(_("Choose the trust ledger that the money comes from."), "ledger")
    if cents is None:
        raise Invalid(_("Enter an amount like 1,250.00."), "amount")
    if cents <= 0:
        raise Invalid(_("Enter an amount above zero."), "amount")
    if cents > one.available_cents:
        raise Invalid(_only_available(one, bill.currency), "amount")
    if cents > one.payable_cents:
        most = _read(one.payable_cents, bill.currency)
        raise Invalid(_("Only %(amount)s of this bill can be paid from it.", amount=most), "amount")
    return TrustPlan(bill.id, bill.total_cents - bill.applied_cents, one, cents)


def _only_available(one: TrustLedger, currency: str) -> str:
    most = _read(one.available_cents, currency)
    if not one.on_hold_cents:
        return _("Only %(amount)s is available in this trust ledger.", amount=most)
    kept = _read(one.on_hold_cents, currency)
    return _(
        "Only %(amount)s is available in this trust ledger. Another %(held)s is on hold.",
        amount=most,
        held=kept,
    )


def _read(cents: int, currency: str) -> str:
    return Money(cents, currency).format("en_CA" if currency == "CAD" else "en_US")


def pay(
    session: Session,
    bill_id: str,
    *,
    ledger_key: str,
    amount_cents: int | None,
    note: str,
    expected: str,
    by: str,
    closed: Closed,
) -> TrustTransfer:
    """Pay a bill (by its public id) from one trust ledger of its client, as it was shown (S9).

    `expected` is the fingerprint of the plan that was shown. Raises `Missing` for a bill that is
    unknown or closed to whoever pays, `Conflict` for one that is not open, `Invalid` beside its
    field for another client's ledger, an amount that cannot be or a note of over 200 characters,
    `PlanChanged` where the bill or the ledger is not what was shown, and `Overdrawn` where other
    money left the ledger at the same moment.
    """
    if len(note.strip()) > NOTE_CHARS_MAX:
        raise Invalid(_("Use at most 200 characters."), "note")
    bill, found = _locked(session, bill_id, closed)
    plan = planned(bill, found, ledger_key, amount_cents)
    if plan.fingerprint != expected:
        raise PlanChanged(
            _("The bill or the trust money has changed since this was shown. Look at it again.")
        )
    return _book(session, bill, plan, note.strip(), by)


def _locked(session: Session, public_id: str, closed: Closed) -> tuple[Bill, Choice]:
    """The bill and its ledgers as they stand, and stay until the end. Read after the locks."""
    named = (Bill.public_id == public_id, *left_out(closed))
    client_id = session.scalar(select(Bill.client_id).where(*named))
    if client_id is None:
        raise Missing(_("There is no such bill."))
    actions.lock_clients(session, [client_id])
    bill = session.scalars(
        select(Bill)
        .where(Bill.public_id == public_id)
        .options(joinedload(Bill.bank_account))
        .with_for_update(of=Bill)
        .execution_options(populate_existing=True)
    ).one()
    if sentence := obstacle(bill):
        raise Conflict(sentence)
    return bill, choice(session, bill, closed)


def _book(session: Session, bill: Bill, plan: TrustPlan, note: str, by: str) -> TrustTransfer:
    name = ids.public_id()
    receipt, entries = actions.receive(
        session, _money_in(session, bill, plan, name), apply=False, expected=None, by=by
    )
    transfer = _row(bill, plan, receipt, name)
    transfer.note = note  # the firm's own: what a receipt notes is told to the client
    session.add(transfer)
    session.flush()
    ledger.transfer_all(session, [postings.left_trust(transfer), *entries])
    audit.record(
        session,
        by,
        "trust.paid_bill",
        f"trust_transfer:{name}",
        bill=bill.number,
        cents=plan.amount_cents,
        beyond_bank_cents=plan.beyond_bank_cents,
    )
    _owe_email(session, transfer, plan)
    return transfer


def _money_in(session: Session, bill: Bill, plan: TrustPlan, name: str) -> MoneyIn:
    timezone = session.scalars(select(Firm.timezone)).one()
    return MoneyIn(
        source=ReceiptSource.TRUST,
        cause=f"trust_transfer:{name}",
        client_id=bill.client_id,
        matter_id=plan.ledger.matter_id,
        account=bill.bank_account,
        amount_cents=plan.amount_cents,
        received_on=clock.today(timezone),
        onto={bill.id: plan.amount_cents},
    )


def _row(bill: Bill, plan: TrustPlan, receipt: Receipt, name: str) -> TrustTransfer:
    return TrustTransfer(
        public_id=name,
        client_id=bill.client_id,
        matter_id=plan.ledger.matter_id,
        bill_id=bill.id,
        trust_account_id=plan.ledger.account.id,
        operating_account_id=bill.bank_account_id,
        receipt_id=receipt.id,
        currency=bill.currency,
        amount_cents=plan.amount_cents,
        made_at=receipt.made_at,
        made_by=receipt.made_by,
    )


def address_of(session: Session, client_id: int) -> str | None:
    """Where a client is told: their primary email. None: they cannot be emailed."""
    primary = ContactEmail.contact_id == client_id, ContactEmail.is_primary.is_(True)
    return session.scalar(select(ContactEmail.address).where(*primary))


def _owe_email(session: Session, transfer: TrustTransfer, plan: TrustPlan) -> None:
    address = address_of(session, transfer.client_id)
    if address is None:
        return
    client, face = session.get_one(Contact, transfer.client_id), brand(session)
    on_hold = holds.portions(session, [client.id], clock.now())
    last = max((one.until for one in on_hold), default=None)
    owe(
        session,
        "paid-from-trust-client",
        audience="address",
        once=f"trust_transfer:{transfer.public_id}:client",
        transfer_id=transfer.id,
        owed_cents=plan.owed_after_cents,
        held_cents=held_in_trust_cents(session, transfer.client_id, transfer.currency),
        on_hold_cents=sum(one.cents for one in on_hold),
        on_hold_until=last.astimezone(ZoneInfo(face.timezone)).date().isoformat() if last else "",
        name=client.name,
        address=address,
        language=language_of(client, face),
    )


def transfer(session: Session, public_id: str, closed: Closed) -> TrustTransfer:
    """One transfer with all that it names. Raises `Missing`, also where its ledger or its bill is
    closed to whoever looks."""
    found = session.scalar(
        select(TrustTransfer)
        .where(TrustTransfer.public_id == public_id)
        .where(*closed.left_out(TrustTransfer.matter_id), *left_out(closed, TrustTransfer.bill_id))
        .options(
            joinedload(TrustTransfer.client),
            joinedload(TrustTransfer.matter),
            joinedload(TrustTransfer.bill),
            joinedload(TrustTransfer.receipt),
            joinedload(TrustTransfer.trust_account),
            joinedload(TrustTransfer.operating_account),
        )
    )
    if found is None:
        raise Missing(_("There is no such transfer from trust."))
    return found


def reverse(
    session: Session, public_id: str, *, reason: str, by: str, closed: Closed
) -> TrustTransfer:
    """Take a transfer back: off the bill, out of the operating account, into the ledger (S8).

    Nothing is edited: the books get three reversals, the row who did it, when and why. Raises
    `Missing`, `Conflict` where it was reversed before, `Invalid` without a reason.
    """
    found = transfer(session, public_id, closed)
    actions.lock_clients(session, [found.client_id])
    session.refresh(found, ["undone_at"], with_for_update=True)
    if found.undone_at is not None:
        raise Conflict(_("This was reversed already."))
    said = reason.strip()
    entries = actions.take_back(session, found.receipt, reason=said, by=by)
    found.undone_at, found.undone_by, found.undone_reason = clock.now(), by, said
    ledger.transfer_all(session, [*entries, postings.back_in_trust(found, by, said)])
    audit.record(session, by, "trust.payment_reversed", f"trust_transfer:{public_id}", reason=said)
    return found
