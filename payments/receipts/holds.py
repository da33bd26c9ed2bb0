"""Trust money that came by eCheck is on hold for a while: a bank can still take it back (M8).

The firm says for how many banking days after Completed. Until then it is its client's and stands
in their ledger, and pays nothing and is refunded to nobody. A payer who claims that they did not
authorize an eCheck has 60 calendar days: so long the money is told as a risk, and not held.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
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
class EChecks:
    """What came into trust by eCheck: what of it is `on_hold`, soonest free first, and the cents
    that may still be claimed back as unauthorized, the last of them until `claimed_until`. Those
    are told as a risk, and not held (M8)."""

    on_hold: Sequence[Portion]
    claimable_cents: int
    claimed_until: date | None

    @property
    def on_hold_cents(self) -> int:
        """All that is on hold."""
        return sum(portion.cents for portion in self.on_hold)


NO_ECHECKS = EChecks((), 0, None)


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


def portions(session: Session, client_ids: Collection[int], at: datetime) -> list[Portion]:
    """What is on hold, payment by payment, soonest free first.

    Where a ledger has less left than came on hold (a dispute has taken of it), the soonest are
    shortened: what the ledger has is then free no sooner than it would have been. One SELECT.
    """
    return _portions(session.execute(_newest_first(client_ids, Receipt.held_until > at)), at)


def echecks(
    session: Session,
    client_id: int,
    today: date,
    *,
    matter_id: int | None = None,
    closed: Closed = NOTHING_CLOSED,
) -> EChecks:
    """What a client's page tells of eChecks in trust, of what the viewer may see; one matter's
    alone if it is named. One SELECT."""
    at, first = clock.now(), today - timedelta(days=CLAIM_DAYS)
    rows = session.execute(
        _newest_first(
            [client_id],
            Receipt.held_until.is_not(None),
            or_(Receipt.held_until > at, Receipt.received_on >= first),
            *([Receipt.matter_id == matter_id] if matter_id is not None else []),
            *closed.left_out(Receipt.matter_id),
        )
    ).all()
    recent = [row for row in rows if row.received_on >= first]
    if not recent:
        return EChecks(_portions(rows, at), 0, None)
    last_on = max(row.received_on for row in recent) + timedelta(days=CLAIM_DAYS)
    return EChecks(_portions(rows, at), sum(row.cents for row in recent), last_on)


def _portions(newest_first: Iterable[Row[Any]], at: datetime) -> list[Portion]:
    room: dict[Ledger, int] = {}
    found: list[Portion] = []
    for row in newest_first:
        ledger: Ledger = (row.bank_account_id, row.client_id, row.matter_id)
        kept = min(row.cents, room.setdefault(ledger, row.left)) if row.held_until > at else 0
        if kept > 0:
            room[ledger] -= kept
            found.append(Portion(ledger, kept, row.held_until, row.cause, row.note))
    return found[::-1]


def _newest_first(
    client_ids: Collection[int], *clauses: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Receipt.bank_account_id,
            Receipt.client_id,
            Receipt.matter_id,
            Receipt.held_until,
            Receipt.received_on,
            Receipt.cause,
            Receipt.note,
            _STANDS.label("cents"),
            (LedgerBalance.posted_cents - LedgerBalance.held_cents).label("left"),
        )
        .join(LedgerAccount, _SAME_LEDGER)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(
            Receipt.client_id.in_(set(client_ids)),
            Receipt.undone_at.is_(None),
            _STANDS > 0,
            *clauses,
        )
        .order_by(Receipt.held_until.desc(), Receipt.id.desc())
    )


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
