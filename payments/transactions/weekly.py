"""What came in week by week, into operating and into trust accounts (FEATURES X6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from payments.accounts.models import AccountKind, BankAccount
from payments.receipts.models import Receipt
from payments.transactions.models import Payment
from payments.transactions.queries import left_out
from payments.transactions.states import Status
from portal.clients.access import Closed
from portal.web.asked import midnight

WEEKS = 12
DAYS = 7


@dataclass(frozen=True, slots=True)
class Week:
    """What came in from a Monday to the Sunday after it, in cents, by kind of bank account.

    `online` of it are payments by card or from a bank account online; the others are checks and
    cash that the firm has recorded.
    """

    first: date
    operating_cents: int = 0
    trust_cents: int = 0
    online: int = 0
    recorded: int = 0

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=DAYS - 1)

    @property
    def cents(self) -> int:
        """All of it."""
        return self.operating_cents + self.trust_cents


class Sum(NamedTuple):
    """How many payments, and what they come to in cents."""

    number: int
    cents: int


NOTHING = Sum(0, 0)
Came = Mapping[tuple[int, str], Sum]
"""Sums by how many weeks ago, and the kind of bank account."""


def weeks(session: Session, today: date, zone: ZoneInfo, closed: Closed) -> list[Week]:
    """The last WEEKS weeks, this one included, the oldest first. Weeks are the firm's.

    An online payment counts once it is completed, on the day it was made, as Transactions has it; a
    check or cash on the day it was received. What was given back or taken back is taken off. Two
    SELECTs, each over a range of an index.
    """
    monday = today - timedelta(days=today.weekday())
    first_days = [monday - timedelta(days=DAYS * back) for back in range(WEEKS)]
    online = _summed(session, _online(first_days, zone, closed))
    recorded = _summed(session, _recorded(first_days, closed))

    def cents(back: int, kind: AccountKind) -> int:
        return sum(one.get((back, kind), NOTHING).cents for one in (online, recorded))

    def number(back: int, came: Came) -> int:
        return sum(came.get((back, kind), NOTHING).number for kind in AccountKind)

    return [
        Week(
            first,
            operating_cents=cents(back, AccountKind.OPERATING),
            trust_cents=cents(back, AccountKind.TRUST),
            online=number(back, online),
            recorded=number(back, recorded),
        )
        for back, first in reversed(list(enumerate(first_days)))
    ]


def _online(first_days: list[date], zone: ZoneInfo, closed: Closed) -> Select[Any, Any, Any]:
    begins = [midnight(day, zone) for day in first_days]
    return select(
        _weeks_back(Payment.made_at, begins),
        Payment.bank_account_id,
        (Payment.amount_cents - Payment.withdrawn_cents).label("cents"),
    ).where(
        Payment.status == Status.COMPLETED,
        Payment.made_at >= begins[-1],
        *left_out(closed),
    )


def _recorded(first_days: list[date], closed: Closed) -> Select[Any, Any, Any]:
    return select(
        _weeks_back(Receipt.received_on, first_days),
        Receipt.bank_account_id,
        (Receipt.amount_cents - Receipt.withdrawn_cents).label("cents"),
    ).where(
        # In letters, as in the index: a bound value would not be known for what stands there.
        Receipt.source.in_([literal_column("'cheque'"), literal_column("'cash'")]),
        Receipt.undone_at.is_(None),
        Receipt.received_on >= first_days[-1],
        *closed.left_out(Receipt.matter_id),
    )


def _weeks_back(
    column: InstrumentedAttribute[Any], begins: Sequence[date | datetime]
) -> ColumnElement[int]:
    """How many weeks ago a row's week was: the beginnings go back in time."""
    *later, _first = begins
    whens = ((column >= begin, back) for back, begin in enumerate(later))
    return case(*whens, else_=len(later)).label("back")


def _summed(session: Session, money: Select[Any, Any, Any]) -> Came:
    came = money.subquery()
    rows = session.execute(
        select(came.c.back, BankAccount.kind, func.count(), func.sum(came.c.cents))
        .join(BankAccount, BankAccount.id == came.c.bank_account_id)
        .group_by(came.c.back, BankAccount.kind)
    )
    return {(back, kind): Sum(number, int(cents)) for back, kind, number, cents in rows}
