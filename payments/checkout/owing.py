"""The bills and trust requests that a client sees in their portals, and what is owed on them now
(FEATURES C16, D6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, String, and_, cast, exists, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from payments.accounts.settings import PROCESSOR_CENTS_MIN
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from payments.billing.shared import BILL, TRUST_REQUEST, shared_with
from payments.checkout.queries import OTHERS_MAX
from portal.clients.models import Matter
from portal.web.pagination import PAGE_ROWS

OPEN_MAX = 200
"""Somebody with more open bills than this sees the oldest; the others follow as they are paid."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One shared document. Cents; `open_cents` may be paid now, `reserved_cents` is being paid."""

    kind: str
    public_id: str
    number: int
    client_id: int
    status: str
    currency: str
    issued_on: date
    due_on: date
    total_cents: int
    paid_cents: int
    reserved_cents: int
    matter_public_id: str
    matter: str

    @property
    def open_cents(self) -> int:
        """What may be paid now: a payment under way has its part already (FEATURES M9)."""
        owed = self.status == BillStatus.AWAITING_PAYMENT
        return self.total_cents - self.paid_cents - self.reserved_cents if owed else 0

    @property
    def payable(self) -> bool:
        """Whether so much is open that the processor takes a payment of it (FEATURES P2)."""
        return self.open_cents >= PROCESSOR_CENTS_MIN

    @property
    def place(self) -> str:
        """Where the list goes on after this one."""
        return f"{self.issued_on.isoformat()}_{self.kind}_{self.number}"


@dataclass(frozen=True, slots=True)
class Balance:
    """All that a client owes on bills that nothing is under way for, in cents; `first` is the
    oldest of those shared with them, from which all of it is paid (FEATURES L9). `unseen` of the
    bills are not shared in any of their portals."""

    cents: int
    bills: int
    first: Shown
    unseen: int


@dataclass(frozen=True, slots=True)
class Emailed:
    """Open bills that came to a client by email alone, and what they owe on them, in cents."""

    bills: int
    cents: int


def only_emailed(session: Session, contact_id: int) -> Emailed | None:
    """The client's own bills that were emailed and stand in none of their portals, as those of
    several matters never do (FEATURES D4): without them they would read that nothing is owed."""
    left = Bill.total_cents - Bill.applied_cents - Bill.reserved_cents
    shown = shared_with(contact_id).subquery("shown")
    emailed = exists().where(DocumentLink.bill_id == Bill.id, DocumentLink.channel == Channel.EMAIL)
    bills, cents = session.execute(
        select(func.count(), func.sum(left)).where(
            Bill.client_id == contact_id,
            Bill.status == BillStatus.AWAITING_PAYMENT,
            left >= PROCESSOR_CENTS_MIN,
            Bill.public_id.not_in(select(shown.c.subject_id).where(shown.c.kind == BILL)),
            emailed,
        )
    ).one()
    return Emailed(bills, int(cents)) if bills else None


def open_documents(session: Session, contact_id: int) -> list[Shown]:
    """What this client is asked to pay, in the order in which it is due."""
    listed = _listed(contact_id)
    rows = session.execute(
        listed.where(_column(listed, "status") == BillStatus.AWAITING_PAYMENT)
        .order_by(*(_column(listed, name) for name in ("due_on", "issued_on", "kind", "number")))
        .limit(OPEN_MAX)
    )
    return [Shown(*row) for row in rows]


def closed_documents(
    session: Session, contact_id: int, before: tuple[date, str, int] | None
) -> list[Shown]:
    """What is paid or was withdrawn, newest first: one page and one row more."""
    listed = _listed(contact_id)
    place = [_column(listed, name) for name in ("issued_on", "kind", "number")]
    found = listed.where(_column(listed, "status") != BillStatus.AWAITING_PAYMENT)
    if before is not None:
        found = found.where(tuple_(*place) < tuple_(*(literal(one) for one in before)))
    rows = session.execute(found.order_by(*(one.desc() for one in place)).limit(PAGE_ROWS + 1))
    return [Shown(*row) for row in rows]


def read_place(typed: str) -> tuple[date, str, int] | None:
    """Where a list goes on, out of an address; None where that says nothing."""
    on, _, rest = typed.partition("_")
    kind, _, number = rest.rpartition("_")
    if kind not in (BILL, TRUST_REQUEST) or not (number.isascii() and number.isdigit()):
        return None
    try:
        return date.fromisoformat(on), kind, int(number[:9])
    except ValueError:
        return None


def whole_balance(session: Session, contact_id: int, shown: Sequence[Shown]) -> Balance | None:
    """What **Pay the whole balance** would pay, as its pay page reckons it; None where that is one
    bill, or where none is shared with the client whose bills they are."""
    first = next((one for one in shown if _begins(one, contact_id)), None)
    if first is None:
        return None
    owed = func.sum(Bill.total_cents - Bill.applied_cents)
    bills, cents = session.execute(
        select(func.count(), owed).where(
            Bill.client_id == contact_id,
            Bill.currency == first.currency,
            Bill.status == BillStatus.AWAITING_PAYMENT,
            Bill.reserved_cents == 0,
        )
    ).one()
    seen = sum(_begins(one, contact_id) for one in shown)
    if not 1 < bills <= OTHERS_MAX + 1:
        return None
    return Balance(int(cents), bills, first, max(0, bills - seen))


def _begins(one: Shown, contact_id: int) -> bool:
    own = one.kind == BILL and one.client_id == contact_id
    return own and one.payable and not one.reserved_cents


def _column(listed: Select[*tuple[Any, ...]], name: str) -> Any:
    return listed.selected_columns[name]


def _listed(contact_id: int) -> Select[*tuple[Any, ...]]:
    shown = shared_with(contact_id).subquery("shown")
    kinds = ((Bill, BILL, Bill.total_cents, Bill.applied_cents),)
    kinds += ((TrustRequest, TRUST_REQUEST, TrustRequest.amount_cents, TrustRequest.paid_cents),)
    parts = [
        select(
            literal(kind, String).label("kind"),
            document.public_id,
            document.number,
            document.client_id,
            document.status,
            document.currency,
            document.issued_on,
            document.due_on,
            asked.label("asked_cents"),
            paid.label("paid_cents"),
            document.reserved_cents,
            shown.c.matter_id,
        ).join(shown, and_(shown.c.kind == kind, shown.c.subject_id == document.public_id))
        for document, kind, asked, paid in kinds
    ]
    listed = union_all(*parts).subquery("listed")
    told = [column for column in listed.c if column.name != "matter_id"]
    return select(
        *told, Matter.public_id.label("matter_public_id"), cast(Matter.name, String).label("matter")
    ).join(Matter, Matter.id == listed.c.matter_id)
