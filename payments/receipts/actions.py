"""Receiving money for a client, applying it to bills, and taking it back by reversal.

Every action locks the client first, then bills, then balances (docs/decisions/0005), and books
all of its entries at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from payments.accounts.models import AccountKind, BankAccount
from payments.ledger import actions as ledger
from payments.ledger.actions import Entry
from payments.receipts import allocating, holds, on_requests, postings
from payments.receipts.models import Allocation, Receipt, ReceiptSource
from payments.receipts.planning import Plan, plan, plan_onto
from payments.receipts.queries import has_credit
from portal.clients.access import NOTHING_CLOSED, Closed
from portal.clients.models import Contact, Matter
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid

REASON_CHARS_MAX = 500


class PlanChanged(Conflict):
    """The bills are not what they were when the plan was shown: show the new one."""


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """Money that came in for a client, or for one matter of theirs.

    `cause` is what the ledger's transfers name; empty, it is the receipt itself. It pays no bill
    that is `closed` to whoever brings it in. A payment that was made on bills names them and the
    cents of each in `onto`; one that was made on a trust request names it, and pays it whole.
    Trust money of an eCheck is on hold until `held_until` (M8).
    """

    source: ReceiptSource
    cause: str
    client_id: int
    matter_id: int | None
    account: BankAccount
    amount_cents: int
    received_on: date
    number: str = ""
    note: str = ""
    closed: Closed = NOTHING_CLOSED
    onto: Mapping[int, int] = field(default_factory=dict[int, int])
    trust_request_id: int | None = None
    held_until: datetime | None = None


def lock_clients(session: Session, client_ids: Iterable[int]) -> None:
    """Nobody else moves money of these clients until the end of the transaction.

    Rows that name a client (a new matter, a word to find it by) may be written meanwhile.
    """
    ordered = select(Contact.id).where(Contact.id.in_(set(client_ids))).order_by(Contact.id)
    session.execute(ordered.with_for_update(key_share=True))


def receive(
    session: Session, money: MoneyIn, *, apply: bool, expected: str | None, by: str
) -> tuple[Receipt, list[Entry]]:
    """Make a receipt of money that came in; answers it with what is still to be booked.

    With `apply` it pays bills by the plan that was shown, whose fingerprint is `expected`
    (FEATURES S3); the rest, or without it all, is the client's credit (S5, S6). Trust money is
    credited to the client's trust ledger and pays nothing by itself (S7).

    Raises `Invalid` for another client's matter, for trust money that is to be applied and for a
    trust request that it does not fit, `PlanChanged` where the bills have changed.
    """
    _check(session, money, apply=apply)
    lock_clients(session, [money.client_id])
    receipt = _receipt(money, by)
    session.add(receipt)
    session.flush()
    entries = [postings.arrived(receipt, money.account)]
    if apply:
        agreed = _agreed(session, receipt, receipt.amount_cents, expected, money.closed)
        entries += allocating.allocate(session, [(receipt, money.account)], agreed, by)
    if money.onto:
        entries += allocating.allocate(
            session, [(receipt, money.account)], _named(session, money), by
        )
    if money.trust_request_id is not None:
        on_requests.pay(session, receipt)
    audit.record(
        session,
        by,
        f"receipt.{money.source}",
        receipt.cause,
        receipt=receipt.public_id,
        applied_cents=receipt.applied_cents,
    )
    return receipt, entries


def _named(session: Session, money: MoneyIn) -> Plan:
    return plan_onto(
        session,
        client_id=money.client_id,
        matter_id=money.matter_id,
        currency=money.account.currency,
        onto=money.onto,
    )


def _receipt(money: MoneyIn, by: str) -> Receipt:
    name = ids.public_id()
    return Receipt(
        public_id=name,
        source=money.source,
        cause=money.cause or f"receipt:{name}",
        client_id=money.client_id,
        matter_id=money.matter_id,
        bank_account_id=money.account.id,
        trust_request_id=money.trust_request_id,
        currency=money.account.currency,
        amount_cents=money.amount_cents,
        applied_cents=0,
        held_until=money.held_until,
        received_on=money.received_on,
        number=money.number,
        note=money.note,
        made_at=clock.now(),
        made_by=by,
    )


def _check(session: Session, money: MoneyIn, *, apply: bool) -> None:
    if money.amount_cents <= 0:
        raise Invalid(_("Enter an amount above zero."), "amount")
    if (apply or money.onto) and money.account.kind == AccountKind.TRUST:
        raise Invalid(
            _("Trust money is held for the client. It pays a bill only through Pay from trust."),
            "apply",
        )
    if money.matter_id is None:
        return
    owner = session.scalar(select(Matter.client_id).where(Matter.id == money.matter_id))
    if owner != money.client_id:
        raise Invalid(_("That matter is not one of this client's. Choose again."), "client")


def _agreed(
    session: Session, receipt: Receipt, cents: int, expected: str | None, closed: Closed
) -> Plan:
    found = plan(
        session,
        client_id=receipt.client_id,
        matter_id=receipt.matter_id,
        currency=receipt.currency,
        amount_cents=cents,
        closed=closed,
        lock=True,
    )
    if expected is not None and expected != found.fingerprint:
        raise PlanChanged(
            _("The bills have changed since this was shown. Look at it again, then confirm.")
        )
    return found


def apply_credit(
    session: Session,
    *,
    client_id: int,
    matter_id: int | None,
    bank_account_id: int,
    amount_cents: int,
    expected: str | None,
    by: str,
    closed: Closed = NOTHING_CLOSED,
) -> Plan:
    """Apply credit of one account and level to bills, oldest receipt and oldest bill first (S5).

    A matter's credit pays only that matter's bills. Raises `Invalid` for more than there is,
    `PlanChanged`, and `Conflict` where no bill is open.
    """
    lock_clients(session, [client_id])
    statement = (
        select(Receipt)
        .where(Receipt.client_id == client_id, has_credit())
        .where(Receipt.bank_account_id == bank_account_id)
        .where(Receipt.matter_id.is_(None) if matter_id is None else Receipt.matter_id == matter_id)
        .options(joinedload(Receipt.bank_account))
        .order_by(Receipt.id)
        .execution_options(populate_existing=True)
    )
    receipts = session.scalars(statement).all()
    credit_cents = sum(receipt.left.cents for receipt in receipts)
    if not 0 < amount_cents <= credit_cents:
        raise Invalid(_("Enter an amount of at most the credit that is left."), "amount")
    if receipts[0].bank_account.kind == AccountKind.TRUST:
        raise Invalid(_("Trust money pays a bill only through Pay from trust."), "account")
    agreed = _agreed(session, receipts[0], amount_cents, expected, closed)
    if not agreed.applied_cents:
        raise Conflict(_("No bill is open that this credit could pay."))
    together = [(receipt, receipt.bank_account) for receipt in receipts]
    ledger.transfer_all(session, allocating.allocate(session, together, agreed, by))
    owner = _owner(session, client_id, matter_id)
    audit.record(session, by, "credit.applied", owner, cents=agreed.applied_cents)
    return agreed


def take_back(session: Session, receipt: Receipt, *, reason: str, by: str) -> list[Entry]:
    """Undo a receipt and all that it paid, newest first; answers what is still to be booked.

    Its bills are unpaid again, and the row keeps who undid it, when and why (FEATURES S8). Raises
    `Invalid` without a reason, `Conflict` where it was undone before or part of it was given back
    or taken back (M6, M7). The caller books, and meets `Overdrawn` where trust money of it is spent
    already.
    """
    said = _said(reason)
    lock_clients(session, [receipt.client_id])
    lock(session, receipt)
    if receipt.undone_at is not None:
        raise Conflict(_("This was reversed already."))
    if receipt.withdrawn_cents > 0:
        raise Conflict(
            _("Part of this payment was given back or taken back. Its link stays as it is.")
        )
    account = session.get_one(BankAccount, receipt.bank_account_id)
    entries = allocating.release(session, receipt, account, by=by, reason=said).entries
    on_requests.take_back(session, receipt)
    receipt.undone_at, receipt.undone_by, receipt.undone_reason = clock.now(), by, said
    holds.refuse_held(session, receipt)
    entries.append(postings.taken_back(receipt, account, by, said))
    audit.record(
        session, by, "receipt.undone", receipt.cause, receipt=receipt.public_id, reason=said
    )
    return entries


def lock(session: Session, receipt: Receipt) -> None:
    """Read the receipt as it stands now, and keep it from everybody else until the end."""
    statement = select(Receipt).where(Receipt.id == receipt.id).with_for_update()
    session.scalars(statement.execution_options(populate_existing=True)).one()


def _said(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > REASON_CHARS_MAX:
        raise Invalid(_("Say why, in at most 500 characters. The books keep it."), "reason")
    return said


def reverse_allocation(session: Session, public_id: str, *, reason: str, by: str) -> Allocation:
    """Take one allocation off its bill; the money is the client's credit again (S8).

    Raises `Invalid` without a reason, `Conflict` where it was reversed before or never was, and
    for what was paid from trust: that goes back into trust, and is never credit (S9).
    """
    said = _said(reason)
    allocation = session.scalar(
        select(Allocation)
        .where(Allocation.public_id == public_id)
        .options(joinedload(Allocation.receipt))
    )
    if allocation is None:
        raise Conflict(_("There is no such payment on this bill."))
    receipt = allocation.receipt
    if receipt.source == ReceiptSource.TRUST:
        raise Conflict(_("This was paid from trust. Reverse it as a payment from trust."))
    lock_clients(session, [receipt.client_id])
    lock(session, receipt)
    account = session.get_one(BankAccount, receipt.bank_account_id)
    entries = allocating.release(
        session, receipt, account, by=by, reason=said, only=allocation.id
    ).entries
    if not entries:
        raise Conflict(_("This was reversed already."))
    ledger.transfer_all(session, entries)
    audit.record(session, by, "allocation.reversed", receipt.cause, reason=said)
    return allocation


def _owner(session: Session, client_id: int, matter_id: int | None) -> str:
    """Whose credit it is, as the activity log names them."""
    if matter_id is None:
        return f"contact:{session.get_one(Contact, client_id).public_id}"
    return f"matter:{session.get_one(Matter, matter_id).public_id}"
