"""Every way to write to the books. Nothing here edits or deletes: a correction is a reversal."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from payments.ledger.accounts import AccountKey, find_or_open
from payments.ledger.models import (
    CREDIT_NORMAL,
    AccountKind,
    LedgerAccount,
    LedgerBalance,
    Transfer,
    TransferState,
)
from portal.core import clock
from portal.core.errors import Conflict


class Overdrawn(Conflict):
    """The transfer would take a client's money, or unlinked money, below zero (FEATURES M2)."""


class AlreadyResolved(Conflict):
    """The pending transfer was posted or voided before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is booked and why. `once` names the fact; the same fact is never booked twice."""

    once: str
    situation: str
    debit: AccountKey
    credit: AccountKey
    amount_cents: int
    cause: str
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Side:
    account_id: int
    kind: AccountKind
    increases: bool


def _sides(session: Session, debit: AccountKey, credit: AccountKey) -> tuple[_Side, _Side]:
    if debit.currency != credit.currency:
        raise ValueError("a transfer has one currency")
    return (
        _Side(find_or_open(session, debit), debit.kind, debit.kind not in CREDIT_NORMAL),
        _Side(find_or_open(session, credit), credit.kind, credit.kind in CREDIT_NORMAL),
    )


def transfer(session: Session, entry: Entry) -> int:
    """Book a movement that stands at once; answers the transfer's id.

    Raises `Overdrawn` where a floor would be crossed, ValueError for an amount that is not
    positive. Booking the same `once` again raises IntegrityError: look before you book.
    """
    return _book(session, entry, TransferState.POSTED, "posted")


def hold(session: Session, entry: Entry) -> int:
    """Book a pending movement: it reserves what it would take and moves nothing yet."""
    return _book(session, entry, TransferState.PENDING, "pending")


def _book(session: Session, entry: Entry, state: TransferState, column: str) -> int:
    # Whole or not at all, also for a caller who catches the refusal and goes on: without the
    # savepoint the transfer would stand unmoved on SQLite, and PostgreSQL would refuse the rest.
    with session.begin_nested():
        sides = _sides(session, entry.debit, entry.credit)
        made = _write(session, entry, sides, state)
        _move(session, sides, {column: entry.amount_cents})
    return made


def post(session: Session, pending_once: str, *, situation: str, actor: str) -> int:
    """Carry a pending movement out. Raises `AlreadyResolved` if it was posted or voided."""
    with session.begin_nested():
        return _resolve(session, pending_once, TransferState.POST, situation, actor)


def void(session: Session, pending_once: str, *, situation: str, actor: str) -> int:
    """Call a pending movement off. Raises `AlreadyResolved` if it was posted or voided."""
    with session.begin_nested():
        return _resolve(session, pending_once, TransferState.VOID, situation, actor)


def _resolve(
    session: Session, pending_once: str, state: TransferState, situation: str, actor: str
) -> int:
    pending = _pending(session, pending_once)
    resolution = {
        "once": f"{pending_once}:resolved",
        "state": state,
        "pending_id": pending.id,
        "situation": situation,
        "debit_id": pending.debit_id,
        "credit_id": pending.credit_id,
        "amount_cents": pending.amount_cents,
        "cause": pending.cause,
        "actor": actor,
        "reason": "",
        "at": clock.now(),
    }
    try:
        made = session.execute(
            insert(Transfer).values(resolution).returning(Transfer.id)
        ).scalar_one()
    except IntegrityError as again:
        raise AlreadyResolved("This was posted or voided before.") from again
    change = {"pending": -pending.amount_cents}
    if state is TransferState.POST:
        change["posted"] = pending.amount_cents
    sides = (
        _Side(pending.debit_id, pending.debit_kind, pending.debit_kind not in CREDIT_NORMAL),
        _Side(pending.credit_id, pending.credit_kind, pending.credit_kind in CREDIT_NORMAL),
    )
    _move(session, sides, change)
    return made


def _pending(session: Session, once: str) -> Any:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    return session.execute(
        select(
            Transfer.id,
            Transfer.debit_id,
            Transfer.credit_id,
            Transfer.amount_cents,
            Transfer.cause,
            debit.kind.label("debit_kind"),
            credit.kind.label("credit_kind"),
        )
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .where(Transfer.once == once, Transfer.state == TransferState.PENDING)
    ).one()


def _write(session: Session, entry: Entry, sides: tuple[_Side, _Side], state: TransferState) -> int:
    if entry.amount_cents <= 0:
        raise ValueError("a transfer has a positive amount")
    return session.execute(
        insert(Transfer)
        .values(
            once=entry.once,
            state=state,
            situation=entry.situation,
            debit_id=sides[0].account_id,
            credit_id=sides[1].account_id,
            amount_cents=entry.amount_cents,
            cause=entry.cause,
            actor=entry.actor,
            reason=entry.reason,
            at=clock.now(),
        )
        .returning(Transfer.id)
    ).scalar_one()


def _move(session: Session, sides: tuple[_Side, _Side], change: dict[str, int]) -> None:
    # In id order, so that two transfers between the same accounts cannot lock crosswise.
    for side in sorted(sides, key=lambda side: side.account_id):
        values: dict[str, ColumnElement[int]] = {}
        if "posted" in change:
            signed = change["posted"] if side.increases else -change["posted"]
            values["posted_cents"] = LedgerBalance.posted_cents + signed
        if "pending" in change:
            column = LedgerBalance.pending_cents if side.increases else LedgerBalance.held_cents
            values[column.key] = column + change["pending"]
        try:
            session.execute(
                update(LedgerBalance)
                .where(LedgerBalance.account_id == side.account_id)
                .values(values)
                .execution_options(synchronize_session=False)
            )
        except IntegrityError as refused:
            raise Overdrawn(f"There is not enough money in {side.kind} for this.") from refused
