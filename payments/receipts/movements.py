"""The transfers on one client's ledger accounts, read newest first at a cost that does not grow.

Of each account only the next few that a page can need are read, through the index of its side.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal_column,
    select,
    true,
    union,
)
from sqlalchemy.orm import Session, aliased

from payments.billing.closed import left_out
from payments.ledger.models import (
    CREDIT_NORMAL,
    AccountKind,
    LedgerAccount,
    LedgerBalance,
    Transfer,
    TransferState,
)
from portal.clients.access import NOTHING_CLOSED, Closed

BILLS = 0
"""The section "Bills and payments". Every other section is a trust account, named by its id."""

_STANDING = (TransferState.POSTED, TransferState.POST)
_FIELDS = {
    AccountKind.CLIENT_TRUST: "held",
    AccountKind.RECEIVABLE: "owed",
    AccountKind.CLIENT_CREDIT: "credit",
}
_DEBITED, _CREDITED = aliased(LedgerAccount), aliased(LedgerAccount)
_SECTION = case(
    (LedgerAccount.kind == AccountKind.CLIENT_TRUST, LedgerAccount.bank_account_id), else_=BILLS
).label("section")
_MOVED = (
    Transfer.id,
    Transfer.once,
    Transfer.at,
    Transfer.situation,
    Transfer.cause,
    Transfer.reason,
    Transfer.amount_cents,
    _DEBITED.kind.label("d_kind"),
    _DEBITED.client_id.label("d_client"),
    _DEBITED.matter_id.label("d_matter"),
    _DEBITED.bill_id.label("d_bill"),
    _CREDITED.kind.label("c_kind"),
    _CREDITED.client_id.label("c_client"),
    _CREDITED.matter_id.label("c_matter"),
    _CREDITED.bill_id.label("c_bill"),
)


@dataclass(frozen=True, slots=True)
class Whose:
    """A client with all their matters, or one matter alone, as somebody sees it to whom some
    matters are `closed`: what was booked for those, or on bills that name one, is left out, and the
    balances are those of what is shown (FEATURES N8)."""

    client_id: int
    matter_id: int | None
    closed: Closed

    def accounts(self) -> list[Any]:
        """The clauses that find the ledger accounts, by ix_ledger_account_client."""
        clauses = [LedgerAccount.client_id == self.client_id, LedgerAccount.kind.in_(_FIELDS)]
        if self.matter_id is not None:
            clauses.append(LedgerAccount.matter_id == self.matter_id)
        return [*clauses, *self.seen(LedgerAccount)]

    def seen(self, account: type[LedgerAccount]) -> list[ColumnElement[bool]]:
        """The clauses by which accounts of closed matters and bills are left out."""
        return self.closed.left_out(account.matter_id) + left_out(self.closed, account.bill_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands, in cents: held in trust, owed on bills, paid ahead as credit."""

    held_cents: int = 0
    owed_cents: int = 0
    credit_cents: int = 0

    def __add__(self, other: Self) -> "Standing":
        return Standing(
            self.held_cents + other.held_cents,
            self.owed_cents + other.owed_cents,
            self.credit_cents + other.credit_cents,
        )

    def __sub__(self, other: Self) -> "Standing":
        return self + Standing(-other.held_cents, -other.owed_cents, -other.credit_cents)


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept balances of one section: where it stands now, and what a refund under way takes."""

    standing: Standing
    leaving_cents: int


@dataclass(frozen=True, slots=True)
class Place:
    """Next to which transfer of a section to begin; `upward`: with the newer ones, oldest first."""

    section: int
    transfer_id: int
    upward: bool = False


@dataclass(frozen=True, slots=True)
class _Side:
    kind: AccountKind
    debited: bool
    client_id: int | None
    matter_id: int | None
    bill_id: int | None
    seen: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer as this client sees it.

    `matter_id` and `bill_id` are those of the client's own accounts that it touched; `kept` is
    where its whole section stands now.
    """

    section: int
    id: int
    once: str
    at: datetime
    situation: str
    cause: str
    reason: str
    amount_cents: int
    matter_id: int | None
    bill_id: int | None
    change: Standing
    kept: Standing


def something_closed(session: Session, whose: Whose) -> bool:
    """Whether anything was booked for this client that is not shown to whoever looks."""
    if not whose.closed:
        return False
    everything, seen = replace(whose, closed=NOTHING_CLOSED), and_(*whose.seen(LedgerAccount))
    found = select(LedgerAccount.id).where(*everything.accounts(), ~seen).limit(1)
    return session.scalar(found) is not None


def kept(session: Session, whose: Whose) -> dict[int, Kept]:
    """The balances of each section that was ever booked on, as the ledger keeps them."""
    return {
        row.section: Kept(_standing(row), int(row.leaving)) for row in session.execute(_kept(whose))
    }


def moves(session: Session, whose: Whose, place: Place | None, count: int) -> Iterator[Move]:
    """The newest of every section, or those of one section next to `place`; at most `count`."""
    for row in session.execute(_rows(session, whose, place, count)):
        touched = _touched(row, whose)
        yield Move(
            section=row.section,
            id=row.id,
            once=row.once,
            at=row.at,
            situation=row.situation,
            cause=row.cause,
            reason=row.reason,
            amount_cents=row.amount_cents,
            matter_id=next((side.matter_id for side in touched if side.matter_id), None),
            bill_id=next((side.bill_id for side in touched if side.bill_id), None),
            change=_change(row.amount_cents, touched),
            kept=_standing(row),
        )


def _touched(row: Row[Any], whose: Whose) -> list[_Side]:
    """The accounts of this client (or matter) among the two of a transfer."""
    return [
        side
        for side in (_side(row, "d_", debited=True), _side(row, "c_", debited=False))
        if side.kind in _FIELDS
        and side.seen
        and side.client_id == whose.client_id
        and whose.matter_id in (None, side.matter_id)
    ]


def _side(row: Row[Any], of: str, *, debited: bool) -> _Side:
    said = row._mapping
    kind = AccountKind(said[f"{of}kind"])
    named = (said[f"{of}{name}"] for name in ("client", "matter", "bill", "seen"))
    return _Side(kind, debited, *named)


def _change(cents: int, touched: list[_Side]) -> Standing:
    change = Standing()
    for side in touched:
        grows = side.debited is not (side.kind in CREDIT_NORMAL)
        change += Standing(**{f"{_FIELDS[side.kind]}_cents": cents if grows else -cents})
    return change


def _standing(row: Row[Any]) -> Standing:
    return Standing(int(row.held), int(row.owed), int(row.credit))


def _kept(whose: Whose) -> Select[*tuple[Any, ...]]:
    # One SELECT, so that a page can read the balances with its rows, of the same moment.
    posted = LedgerBalance.posted_cents
    sums = [
        func.sum(case((LedgerAccount.kind == kind, posted), else_=0)).label(name)
        for kind, name in _FIELDS.items()
    ]
    leaving = func.sum(LedgerBalance.held_cents).label("leaving")
    return (
        select(_SECTION, *sums, leaving)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(*whose.accounts())
        .group_by("section")
    )


def _rows(
    session: Session, whose: Whose, place: Place | None, count: int
) -> Select[*tuple[Any, ...]]:
    legs = _legs(session, whose, place, count)
    upward = place is not None and place.upward
    order = legs.c.id if upward else legs.c.id.desc()
    rank = func.row_number().over(partition_by=legs.c.section, order_by=order).label("rank")
    ranked = select(legs.c.section, legs.c.id, rank).subquery("ranked")
    now = _kept(whose).subquery("kept")
    seen = (
        and_(true(), *whose.seen(account)).label(name)
        for account, name in ((_DEBITED, "d_seen"), (_CREDITED, "c_seen"))
    )
    return (
        select(ranked.c.section, *_MOVED, *seen, now.c.held, now.c.owed, now.c.credit)
        .join(Transfer, Transfer.id == ranked.c.id)
        .join(_DEBITED, _DEBITED.id == Transfer.debit_id)
        .join(_CREDITED, _CREDITED.id == Transfer.credit_id)
        .join(now, now.c.section == ranked.c.section)
        .where(ranked.c.rank <= count)
        .order_by(ranked.c.section, ranked.c.rank)
    )


def _legs(session: Session, whose: Whose, place: Place | None, count: int) -> Subquery:
    """The transfers that may stand on the page, by section: of each account its next few."""
    clauses = whose.accounts()
    if place is not None:
        clauses.append(place.section == _SECTION.element)
    accounts = select(LedgerAccount.id, _SECTION).where(*clauses).cte("accounts")
    postgresql = session.get_bind().dialect.name == "postgresql"
    legs: list[Select[*tuple[Any, ...]]] = []
    for side in (Transfer.debit_id, Transfer.credit_id):
        own = side == accounts.c.id
        if postgresql:
            few = _next_few(own, place, count).lateral()
            legs.append(select(accounts.c.section, few.c.id).join_from(accounts, few, true()))
        else:  # SQLite has no LATERAL, and looks into a correlated IN for each account instead
            found, few = aliased(Transfer), _next_few(_rare(own), place, count).correlate(accounts)
            among = found.id.in_(few)
            legs.append(select(accounts.c.section, found.id).join_from(accounts, found, among))
    return union(*legs).subquery("legs")


def _rare(own: ColumnElement[bool]) -> ColumnElement[bool]:
    # Nearly every transfer has the bank on one of its sides. From that SQLite would conclude that
    # an account's index saves nothing, and walk down the transfers of the whole firm.
    return func.likelihood(own, literal_column("0.0001"))


def _next_few(
    of_account: ColumnElement[bool], place: Place | None, count: int
) -> Select[*tuple[Any, ...]]:
    few = select(Transfer.id).where(of_account, Transfer.state.in_(_STANDING)).limit(count)
    if place is not None and place.upward:
        return few.where(Transfer.id > place.transfer_id).order_by(Transfer.id)
    if place is not None:
        few = few.where(Transfer.id < place.transfer_id)
    return few.order_by(Transfer.id.desc())
