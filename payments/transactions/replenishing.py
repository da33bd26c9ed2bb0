"""What the firm answers for in its trust accounts: asked for, moved by somebody, or released.

A fee of the processor's, a dispute fee, or trust money that a client had spent when the payer's
bank took it back is the firm's to put in; other clients' money never pays it (FEATURES M4, M7).
The ledger's `firm_cover` shows it from the moment it is owed until the firm has moved the money.
"""

from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind as BankAccountKind
from payments.ledger import actions as ledger
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind
from payments.money.amounts import Money
from payments.transactions.models import Payment
from payments.transactions.replenished import CoverReason, Replenishment, ReplenishmentState
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm.lines import name_line
from portal.firm.models import Firm
from portal.notifications.actions import raise_alert, seen_to
from portal.notifications.alert_links import leads_to

REFERENCE_CHARS_MAX = 100

ALERTS = {
    CoverReason.FEE: "fee_on_trust",
    CoverReason.DISPUTE_FEE: "dispute_fee_on_trust",
    CoverReason.SHORTFALL: "trust_shortfall",
    CoverReason.SURPLUS: "trust_surplus",
}
"""The alert that leads to each task."""

_LOCKED = (
    select(Replenishment)
    .with_for_update(of=Replenishment)
    .execution_options(populate_existing=True)
)

for _kind in ALERTS.values():
    leads_to(_kind, _lazy("Open the task"), "trust_tasks.show")


def open_cover(
    session: Session, payment: Payment, cents: int, reason: CoverReason, *, once: str
) -> None:
    """Owe a trust account money of the firm's, or, as a surplus, owe the firm what lies there.

    A task for somebody, and its alert; the caller books `firm_cover` in the same transaction.
    `once` names the fact: asking for it again changes nothing. Raises ValueError for cents that
    are not positive.
    """
    if cents <= 0:
        raise ValueError("the firm covers a positive amount")
    if session.scalar(select(Replenishment.id).where(Replenishment.once == once)) is not None:
        return
    task = Replenishment(
        public_id=ids.public_id(),
        once=once,
        bank_account_id=payment.bank_account_id,
        payment_id=payment.id,
        reason=reason,
        state=ReplenishmentState.OPEN,
        cents=cents,
        currency=payment.currency,
        made_at=clock.now(),
        bank_reference="",
    )
    session.add(task)
    session.flush()
    _record(session, task, "replenishment.opened", by="processor")
    sentence = _sentence(payment, reason, task.amount)
    raise_alert(session, ALERTS[reason], _subject(task), sentence)


def fee_taken(session: Session, payment: Payment, fee_cents: int) -> None:
    """The processor kept a fee of a payment. Of trust money the firm owes it back (M4)."""
    if payment.bank_account.kind == BankAccountKind.TRUST and fee_cents > 0:
        once = f"payment:{payment.public_id}:fee"
        open_cover(session, payment, fee_cents, CoverReason.FEE, once=once)


def _sentence(payment: Payment, reason: CoverReason, amount: Money) -> str:
    """What the alert says. Everybody at the firm reads it: no client and no matter (N8)."""
    said = {
        "amount": f"{amount.plain()} {amount.currency}",
        "payment": payment.reference,
        "account": payment.bank_account.name,
    }
    match reason:
        case CoverReason.FEE:
            return _(
                "Stripe took a fee of %(amount)s from trust for payment %(payment)s. Replenish "
                "trust: move %(amount)s of the firm's own money into %(account)s.",
                **said,
            )
        case CoverReason.DISPUTE_FEE:
            return _(
                "Stripe took a fee of %(amount)s from trust for payment %(payment)s, which was "
                "disputed or came back. Replenish trust: move %(amount)s of the firm's own money "
                "into %(account)s.",
                **said,
            )
        case CoverReason.SHORTFALL:
            return _(
                "Payment %(payment)s was taken back after its client's trust money was spent. "
                "The firm covers %(amount)s, no other client: move it into %(account)s.",
                **said,
            )
        case CoverReason.SURPLUS:
            return _(
                "Money of payment %(payment)s came back after the firm had covered it. "
                "%(amount)s in %(account)s is the firm's own: take it out.",
                **said,
            )


def release(session: Session, once: str) -> bool:
    """Call a cover off, because the money came back before anybody moved any. Books nothing; its
    payment is locked by the caller.

    False where the firm has put it in already: the same sum is then a surplus. Raises `Missing`
    for a cover that never was, or was released before.
    """
    task = session.scalar(_LOCKED.where(Replenishment.once == once))
    if task is None or task.state == ReplenishmentState.RELEASED:
        raise Missing("There is no such cover.")
    if task.state == ReplenishmentState.DONE:
        return False
    _end(session, task, ReplenishmentState.RELEASED, by="processor")
    return True


def uncover(session: Session, payment: Payment, cents: int, *, once: str) -> None:
    """What was covered came back: nobody has to move it any more, or, where the firm has put it in
    already, it lies in trust twice and the firm takes it out. The caller books it, and has locked
    the payment. Raises `Missing` like `release`."""
    if not release(session, once):
        open_cover(session, payment, cents, CoverReason.SURPLUS, once=f"{once}:surplus")


def done(session: Session, public_id: str, moved_on: date, reference: str, *, by: str) -> None:
    """Record that the firm has moved the money at its bank, on a day and by the bank's reference.

    Into trust: the bank holds what `firm_cover` was owed. A surplus: taken out again (M4). Raises
    `Missing`; `Conflict` where the task has ended; `Invalid` beside `moved_on` for a day to come
    or before the payment was made, beside `reference` where it is empty or cannot be used.
    """
    task = _lock(session, public_id)
    if task.state == ReplenishmentState.DONE:
        raise Conflict(_("Somebody has recorded this already. Nothing was changed."))
    if task.state == ReplenishmentState.RELEASED:
        raise Conflict(
            _("The money came back meanwhile, so nothing has to be moved. Nothing was recorded.")
        )
    _check_day(session, task, moved_on)
    task.bank_reference = name_line(
        "reference", reference, REFERENCE_CHARS_MAX, _("Enter the bank's reference.")
    )
    task.moved_on = moved_on
    _end(session, task, ReplenishmentState.DONE, by=by)
    ledger.transfer(session, _moved(task, by))


def _lock(session: Session, public_id: str) -> Replenishment:
    """The task with its payment, whose lock comes before all others: whoever has money come back
    holds it while balances and covers change."""
    session.execute(
        select(Payment.id)
        .join(Replenishment, Replenishment.payment_id == Payment.id)
        .where(Replenishment.public_id == public_id)
        .with_for_update(of=Payment)
    )
    task = session.scalar(_LOCKED.where(Replenishment.public_id == public_id))
    if task is None:
        raise Missing("There is no such task.")
    return task


def _check_day(session: Session, task: Replenishment, moved_on: date) -> None:
    zone = ZoneInfo(session.scalars(select(Firm.timezone)).one())
    if moved_on > clock.now().astimezone(zone).date():
        raise Invalid(
            _("This day is still to come. Enter the day the bank moved the money."), "moved_on"
        )
    paid_at = session.get_one(Payment, task.payment_id).made_at
    if moved_on < paid_at.astimezone(zone).date():
        raise Invalid(_("This day is before the payment was made. Look at it again."), "moved_on")


def _end(session: Session, task: Replenishment, state: ReplenishmentState, *, by: str) -> None:
    task.state = state
    task.ended_at, task.ended_by = clock.now(), by
    session.flush()
    seen_to(session, ALERTS[CoverReason(task.reason)], _subject(task), by=by)
    moved = state is ReplenishmentState.DONE
    _record(session, task, "replenishment.done" if moved else "replenishment.released", by=by)


def _record(session: Session, task: Replenishment, action: str, *, by: str) -> None:
    audit.record(
        session,
        by,
        action,
        _subject(task),
        reason=task.reason,
        cents=task.cents,
        currency=task.currency,
        moved_on=task.moved_on.isoformat() if task.moved_on else None,
        reference=task.bank_reference,
    )


def _moved(task: Replenishment, by: str) -> ledger.Entry:
    """The named transfer of decision 0001: between the firm's cover and the bank account itself."""
    bank = AccountKey(AccountKind.BANK, task.bank_account_id, task.currency)
    cover = AccountKey(AccountKind.FIRM_COVER, task.bank_account_id, task.currency)
    out = task.reason == CoverReason.SURPLUS
    return ledger.Entry(
        once=_subject(task),
        situation="surplus_taken_out" if out else "trust_replenished",
        debit=cover if out else bank,
        credit=bank if out else cover,
        amount_cents=task.cents,
        cause=_subject(task),
        actor=by,
    )


def _subject(task: Replenishment) -> str:
    return f"replenishment:{task.public_id}"
