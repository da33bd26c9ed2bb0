"""Every way to write to the books. Nothing here edits or deletes: a correction is a reversal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from payments.ledger.accounts import AccountKey, find_or_open
from payments.ledger.models import (
    CREDIT_NORMAL,
    FLOORED,
    AccountKind,
    LedgerAccount,
    LedgerBalance,
    Transfer,
    TransferState,
)
from portal.core import clock, db
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


@dataclass(slots=True)
class _Change:
    """What several transfers together do to one balance, in cents."""

    posted: int = 0
    pending: int = 0
    held: int = 0


# Statements are built once: building one costs several times what running it does.
_WRITE = insert(Transfer)
_MOVE = (
    update(LedgerBalance)
    .where(LedgerBalance.account_id == bindparam("account"))
    .values(
        posted_cents=LedgerBalance.posted_cents + bindparam("posted"),
        pending_cents=LedgerBalance.pending_cents + bindparam("pending"),
        held_cents=LedgerBalance.held_cents + bindparam("held"),
    )
)
_debit, _credit = aliased(LedgerAccount), aliased(LedgerAccount)
_PENDING = (
    select(Transfer.__table__, _debit.kind.label("debit_kind"), _credit.kind.label("credit_kind"))
    .join(_debit, _debit.id == Transfer.debit_id)
    .join(_credit, _credit.id == Transfer.credit_id)
    .where(Transfer.once == bindparam("named"), Transfer.state == TransferState.PENDING)
)


def transfer(session: Session, entry: Entry) -> None:
    """Book a movement that stands at once.

    Raises `Overdrawn` where a floor would be crossed, ValueError for an amount that is not
    positive. Booking the same `once` again raises IntegrityError: look before you book.
    """
    _book(session, [entry], TransferState.POSTED)


def transfer_all(session: Session, entries: Sequence[Entry]) -> None:
    """Book movements that stand together or not at all, as `transfer`; the floor holds at the end.

    Balances are locked once, in the order of their ids, so that two bookings never wait crosswise.
    """
    if entries:
        _book(session, entries, TransferState.POSTED)


def hold(session: Session, entry: Entry) -> None:
    """Book a pending movement: it reserves what it would take and moves nothing yet."""
    _book(session, [entry], TransferState.PENDING)


def post(session: Session, pending_once: str, *, situation: str, actor: str) -> None:
    """Carry a pending movement out. Raises `AlreadyResolved` if it was posted or voided.

    A name that was never held raises NoResultFound: that is an error of ours.
    """
    _resolve(session, pending_once, TransferState.POST, situation, actor)


def void(session: Session, pending_once: str, *, situation: str, actor: str) -> None:
    """Call a pending movement off. Raises as `post`."""
    _resolve(session, pending_once, TransferState.VOID, situation, actor)


def _book(session: Session, entries: Sequence[Entry], state: TransferState) -> None:
    for entry in entries:
        if entry.amount_cents <= 0:
            raise ValueError("a transfer has a positive amount")
        if entry.debit.currency != entry.credit.currency:
            raise ValueError("a transfer has one currency")
    connection = db.writing(session)
    # Whole or not at all, also for a caller who catches the refusal and goes on: without the
    # savepoint the transfer would stand unmoved on SQLite, and PostgreSQL would refuse the rest.
    with connection.begin_nested():
        ids = find_or_open(session, {key for e in entries for key in (e.debit, e.credit)})
        moment = clock.now()
        connection.execute(_WRITE, [_row(entry, ids, state, moment) for entry in entries])
        changes: dict[int, _Change] = defaultdict(_Change)
        for entry in entries:
            for key, debited in ((entry.debit, True), (entry.credit, False)):
                change, up = changes[ids[key]], debited != (key.kind in CREDIT_NORMAL)
                _add(change, entry.amount_cents, up=up, pending=state is TransferState.PENDING)
        _move(connection, changes, {key.kind for e in entries for key in (e.debit, e.credit)})


def _row(entry: Entry, ids: dict[AccountKey, int], state: TransferState, at: Any) -> dict[str, Any]:
    return {
        "once": entry.once,
        "state": state,
        "situation": entry.situation,
        "debit_id": ids[entry.debit],
        "credit_id": ids[entry.credit],
        "amount_cents": entry.amount_cents,
        "cause": entry.cause,
        "actor": entry.actor,
        "reason": entry.reason,
        "at": at,
    }


def _add(change: _Change, cents: int, *, up: bool, pending: bool) -> None:
    if not pending:
        change.posted += cents if up else -cents
    elif up:
        change.pending += cents
    else:
        change.held += cents


def _resolve(
    session: Session, pending_once: str, state: TransferState, situation: str, actor: str
) -> None:
    connection = db.writing(session)
    pending = connection.execute(_PENDING, {"named": pending_once}).one()
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
    changes: dict[int, _Change] = defaultdict(_Change)
    sides = ((pending.debit_id, pending.debit_kind), (pending.credit_id, pending.credit_kind))
    for (account_id, kind), debited in zip(sides, (True, False), strict=True):
        change, up = changes[account_id], debited != (kind in CREDIT_NORMAL)
        _add(change, -pending.amount_cents, up=up, pending=True)
        if state is TransferState.POST:
            _add(change, pending.amount_cents, up=up, pending=False)
    with connection.begin_nested():
        try:
            connection.execute(_WRITE, resolution)
        except IntegrityError as again:
            raise AlreadyResolved("This was posted or voided before.") from again
        _move(connection, changes, {AccountKind(kind) for _, kind in sides})


def _move(
    connection: Connection, changes: dict[int, _Change], kinds: Iterable[AccountKind]
) -> None:
    # In id order, so that two bookings between the same accounts cannot lock crosswise.
    rows = [
        {"account": id, "posted": one.posted, "pending": one.pending, "held": one.held}
        for id, one in sorted(changes.items())
    ]
    try:
        connection.execute(_MOVE, rows)
    except IntegrityError as refused:
        if "not_below_floor" not in str(refused.orig):
            raise
        named = " or ".join(sorted(kind for kind in kinds if kind in FLOORED))
        raise Overdrawn(f"There is not enough money in {named} for this.") from refused
