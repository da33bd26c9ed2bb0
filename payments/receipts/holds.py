"""Trust money that came by eCheck is on hold for a while: a bank can still take it back (M8).

The firm says for how many banking days after Completed. Until then it is its client's and stands
in their ledger, and pays nothing and is refunded to nobody. A payer who claims that they did not
authorize an eCheck has 60 calendar days: so long the money is told as a risk, and not held.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.money.banking_days import banking_days_after
from payments.receipts.models import Receipt
from portal.clients.access import NOTHING_CLOSED, Closed
from portal.core import clock
from portal.core.errors import Conflict

CLAIM_DAYS = 60
"""So long a payer may claim that an eCheck was not authorized, from the day it was paid
(https://docs.stripe.com/payments/ach-direct-debit#disputed-payments)."""

Ledger = tuple[int, int, int | None]
"""One trust ledger: the bank account's id, the client's, and the matter's or None."""


_STANDS = Receipt.amount_cents - Receipt.withdrawn_cents
_SAME_LEDGER = and_(
    LedgerAccount.kind == AccountKind.CLIENT_TRUST,
    LedgerAccount.client_id == Receipt.client_id,
    LedgerAccount.bank_account_id == Receipt.bank_account_id,
    func.coalesce(LedgerAccount.matter_id, 0) == func.coalesce(Receipt.matter_id, 0),
)


@dataclass(frozen=True, slots=True)
class Portion:
    """Cents of one trust ledger that can be used from `until` on. `cause` is the payment that
    brought them, `reference` what it is called by."""

    ledger: Ledger
    cents: int
    until: datetime
    cause: str
    reference: str


@dataclass(frozen=True, slots=True)
class Claimable:
    """Cents that came by eCheck and may still be claimed back as unauthorized; the last of them
    until `last_on`. They are told as a risk, and not held (M8)."""

    cents: int
    last_on: date


def held_until(completed_at: datetime, days: int, timezone: str) -> datetime:
    """When money that completed then can be used: after so many whole banking days where the firm
    is, not counting the day itself. For no days at all: at once."""
    if days == 0:
        return completed_at
    zone = ZoneInfo(timezone)
    last = banking_days_after(completed_at.astimezone(zone).date(), days)
    return datetime.combine(last + timedelta(days=1), time.min, zone)


def on_hold(session: Session, client_ids: Collection[int], at: datetime) -> dict[Ledger, int]:
    """The cents that are on hold in each trust ledger of these clients; none where nothing is.

    Never more than the ledger has left: what it has less this is what may be used. One SELECT.
    """
    found = by_ledger(session, client_ids, at)
    return {ledger: sum(one.cents for one in held) for ledger, held in found.items()}


def by_ledger(
    session: Session, client_ids: Collection[int], at: datetime
) -> dict[Ledger, list[Portion]]:
    """The same payment by payment, in each ledger soonest free first. One SELECT."""
    found: dict[Ledger, list[Portion]] = defaultdict(list)
    for portion in portions(session, client_ids, at):
        found[portion.ledger].append(portion)
    return dict(found)


def portions(
    session: Session,
    client_ids: Collection[int],
    at: datetime,
    *,
    matter_id: int | None = None,
    closed: Closed = NOTHING_CLOSED,
) -> list[Portion]:
    """What is on hold, payment by payment, soonest free first; one matter's alone if it is named.

    Where a ledger has less left than came on hold (a dispute has taken of it), the soonest are
    shortened: what the ledger has is then free no sooner than it would have been. One SELECT.
    """
    rows = session.execute(
        _newest_first(client_ids, at).where(
            *([Receipt.matter_id == matter_id] if matter_id is not None else []),
            *closed.left_out(Receipt.matter_id),
        )
    )
    room: dict[Ledger, int] = {}
    found: list[Portion] = []
    for *of, cents, until, cause, reference, left in rows:
        ledger: Ledger = (of[0], of[1], of[2])
        kept = min(cents, room.setdefault(ledger, left))
        room[ledger] -= kept
        if kept > 0:
            found.append(Portion(ledger, kept, until, cause, reference))
    return found[::-1]


def refuse_held(session: Session, receipt: Receipt) -> None:
    """Whoever undoes a trust receipt takes its own money, not what came on hold since (M8).

    Called with the client locked and the receipt undone, before that is booked. Raises `Conflict`.
    """
    at = Receipt.client_id == receipt.client_id, Receipt.bank_account_id == receipt.bank_account_id
    same = Receipt.matter_id.is_not_distinct_from(receipt.matter_id)
    others = session.execute(
        select(func.sum(_STANDS), func.max(LedgerBalance.posted_cents - LedgerBalance.held_cents))
        .join(LedgerAccount, _SAME_LEDGER)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(*at, same, Receipt.held_until > clock.now(), Receipt.undone_at.is_(None))
    ).one()
    on_hold, left = (int(cents or 0) for cents in others)
    if on_hold and left - receipt.amount_cents < on_hold:
        raise Conflict(
            _(
                "Some of this trust money was used already, and what the client has left is on "
                "hold. Reverse what it paid first."
            )
        )


def claimable(
    session: Session,
    client_id: int,
    today: date,
    *,
    matter_id: int | None = None,
    closed: Closed = NOTHING_CLOSED,
) -> Claimable | None:
    """What of a client's trust money came by eCheck no more than 60 days before `today`."""
    first = today - timedelta(days=CLAIM_DAYS)
    cents, last = session.execute(
        select(func.sum(_STANDS), func.max(Receipt.received_on)).where(
            Receipt.client_id == client_id,
            Receipt.held_until.is_not(None),
            Receipt.received_on >= first,
            Receipt.undone_at.is_(None),
            _STANDS > 0,
            *([Receipt.matter_id == matter_id] if matter_id is not None else []),
            *closed.left_out(Receipt.matter_id),
        )
    ).one()
    return Claimable(int(cents), last + timedelta(days=CLAIM_DAYS)) if cents else None


def _newest_first(client_ids: Collection[int], at: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Receipt.bank_account_id,
            Receipt.client_id,
            Receipt.matter_id,
            _STANDS,
            Receipt.held_until,
            Receipt.cause,
            Receipt.note,
            LedgerBalance.posted_cents - LedgerBalance.held_cents,
        )
        .join(LedgerAccount, _SAME_LEDGER)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(
            Receipt.client_id.in_(set(client_ids)),
            Receipt.held_until > at,
            Receipt.undone_at.is_(None),
            _STANDS > 0,
        )
        .order_by(Receipt.held_until.desc(), Receipt.id.desc())
    )
