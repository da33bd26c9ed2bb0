"""Which bills a sum would pay: shown before anything is saved, and then posted as it was shown.

A client's money pays all of the client's bills, a matter's only that matter's shares; oldest due
first, then issue date, then number, then the order of the bill's lines (FEATURES S3).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.applying import Applied
from payments.billing.models import BillShare
from payments.billing.queries import OpenShare, open_shares
from payments.receipts.models import Receipt
from portal.clients.access import NOTHING_CLOSED, Closed


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """Cents that would be applied to one matter's share of one bill."""

    share: OpenShare
    cents: int


@dataclass(frozen=True, slots=True)
class PlannedBill:
    """One unpaid bill as a person reads it: what is owed, what would be applied, what is left.

    For a matter these are that matter's figures, not the whole bill's. All in cents.
    """

    bill_public_id: str
    number: int
    issued_on: date
    due_on: date
    owed_before_cents: int
    applied_cents: int

    @property
    def owed_after_cents(self) -> int:
        """What would still be owed."""
        return self.owed_before_cents - self.applied_cents


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sum would pay, and what would be left of it as the client's credit, in cents."""

    client_id: int
    matter_id: int | None
    amount_cents: int
    bills: tuple[PlannedBill, ...]
    shares: tuple[PlannedShare, ...]

    @property
    def applied_cents(self) -> int:
        """What would be applied to bills."""
        return sum(planned.cents for planned in self.shares)

    @property
    def left_cents(self) -> int:
        """What would be left as credit (FEATURES S6)."""
        return self.amount_cents - self.applied_cents

    @property
    def fingerprint(self) -> str:
        """A short mark of the whole plan: a form sends it back, and another plan has another."""
        told = [self.client_id, self.matter_id, self.amount_cents]
        told += [(p.share.share_id, p.share.left_cents, p.cents) for p in self.shares]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def plan(
    session: Session,
    *,
    client_id: int,
    matter_id: int | None,
    currency: str,
    amount_cents: int,
    closed: Closed,
    lock: bool = False,
    freed: Sequence[Applied] = (),
) -> Plan:
    """What `amount_cents` would pay. With `lock` the bills stay as planned until the end.

    What a payment under way has reserved is left to it, and a bill that is reserved whole is not
    listed (FEATURES M9); others that would get nothing are. `freed` is what a changed link would
    take off first. Bills that are `closed` to whoever pays get nothing and are not listed.
    Two queries at most, however many bills are open.
    """
    open_now = open_shares(
        session,
        client_id=client_id,
        matter_id=matter_id,
        currency=currency,
        closed=closed,
        lock=lock,
        freed=freed,
    )
    left, room = amount_cents, {share.bill_id: share.bill_open_cents for share in open_now}
    shares: list[PlannedShare] = []
    for share in open_now:
        cents = min(left, share.left_cents, room[share.bill_id])
        left -= cents
        room[share.bill_id] -= cents
        shares.append(PlannedShare(share, cents))
    applied = tuple(planned for planned in shares if planned.cents)
    return Plan(client_id, matter_id, amount_cents, _by_bill(shares), applied)


def plan_onto(
    session: Session,
    *,
    client_id: int,
    matter_id: int | None,
    currency: str,
    onto: Mapping[int, int],
) -> Plan:
    """What a payment made on bills pays: just these cents of each bill's id, in line order.

    Locks the bills. A bill that cannot take its cents any more gets what it can; the rest is left
    as the client's credit (DESIGN "Money").
    """
    open_now = open_shares(
        session,
        client_id=client_id,
        matter_id=matter_id,
        currency=currency,
        closed=NOTHING_CLOSED,
        bill_ids=list(onto),
        lock=True,
    )
    left = dict(onto)
    shares: list[PlannedShare] = []
    for share in open_now:
        cents = min(left[share.bill_id], share.left_cents)
        left[share.bill_id] -= cents
        shares.append(PlannedShare(share, cents))
    applied = tuple(planned for planned in shares if planned.cents)
    return Plan(client_id, matter_id, sum(onto.values()), _by_bill(shares), applied)


def plan_again(session: Session, receipt: Receipt, wanted: Mapping[int, int]) -> Plan:
    """What money that came back pays again: of each bill share's id at most these cents, as far as
    its bill is still open and nobody else's payment is under way for it (FEATURES M7).

    Locks the bills. What finds no room is left as the client's credit.
    """
    of_shares = select(BillShare.bill_id).where(BillShare.id.in_(wanted)).distinct()
    open_now = open_shares(
        session,
        client_id=receipt.client_id,
        matter_id=receipt.matter_id,
        currency=receipt.currency,
        closed=NOTHING_CLOSED,
        bill_ids=session.scalars(of_shares).all(),
        lock=True,
    )
    room = {share.bill_id: share.bill_open_cents for share in open_now}
    shares: list[PlannedShare] = []
    for share in open_now:
        cents = min(wanted.get(share.share_id, 0), share.left_cents, room[share.bill_id])
        room[share.bill_id] -= cents
        if cents:
            shares.append(PlannedShare(share, cents))
    together = sum(wanted.values())
    return Plan(receipt.client_id, receipt.matter_id, together, _by_bill(shares), tuple(shares))


def _by_bill(shares: list[PlannedShare]) -> tuple[PlannedBill, ...]:
    together: dict[int, list[PlannedShare]] = {}
    for planned in shares:
        together.setdefault(planned.share.bill_id, []).append(planned)
    return tuple(
        PlannedBill(
            bill_public_id=first.bill_public_id,
            number=first.number,
            issued_on=first.issued_on,
            due_on=first.due_on,
            owed_before_cents=sum(planned.share.left_cents for planned in same),
            applied_cents=sum(planned.cents for planned in same),
        )
        for same in together.values()
        for first in [same[0].share]
    )
