"""A client's or a matter's ledger: every movement newest first, each with the balances after it.

The balance after a transfer never changes, as transfers never do. So a page's address carries the
one that it begins with, signed: no page sums up what came before it, and each costs the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.billing.closed import left_out
from payments.billing.models import Bill, BillShare, BillStatus
from payments.receipts import movements
from payments.receipts.movements import Move, Place, Standing, Whose
from portal.core import config
from portal.core.tokens import ForgedToken, FormTokens, StaleToken
from portal.web.pagination import PAGE_ROWS, Page, cut

TOKEN_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Movement:
    """A transfer, and where its section stood after it."""

    move: Move
    after: Standing


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of one section begins, and how the section stands at that edge."""

    place: Place
    standing: Standing

    def sign(self, whose: Whose) -> str:
        """The cursor for an address of this client's (or matter's) ledger."""
        place, at = self.place, self.standing
        return _tokens().sign(
            {
                "of": _of(whose),
                "at": [place.section, place.transfer_id, place.upward],
                "is": [at.held_cents, at.owed_cents, at.credit_cents],
            }
        )


def read_cursor(token: str, whose: Whose) -> Cursor | None:
    """The cursor of an address. None where it is not one that we made for this very ledger."""
    try:
        said = _tokens().read(token)
    except StaleToken as old:  # what it says of the past is as true as ever
        said = old.payload
    except ForgedToken:
        return None
    if said["of"] != _of(whose):
        return None
    return Cursor(Place(*said["at"]), Standing(*said["is"]))


def _of(whose: Whose) -> list[int | str | None]:
    """Whose ledger a cursor belongs to. Its balances are what its reader may see, so one by whom
    all is seen is no cursor of somebody to whom a part is closed."""
    return [whose.client_id, whose.matter_id, *(["part"] if whose.closed else [])]


def _tokens() -> FormTokens:
    return FormTokens(config.current().secret_key, "ledger page", TOKEN_MINUTES)


def pages(
    session: Session, whose: Whose, cursor: Cursor | None = None, *, size: int = PAGE_ROWS
) -> dict[int, Page[Movement]]:
    """The newest movements of every section, or the page of one section that `cursor` begins."""
    found: dict[int, list[Move]] = defaultdict(list)
    place = cursor.place if cursor is not None else None
    for move in movements.moves(session, whose, place, size + 1):
        found[move.section].append(move)
    return {section: _page(cursor, moves, size) for section, moves in found.items()}


def older(page: Page[Movement]) -> Cursor | None:
    """Where the page of older movements begins; None if there are none."""
    if page.older_than is None:
        return None
    last = page.rows[-1]
    return Cursor(Place(last.move.section, last.move.id), last.after - last.move.change)


def newer(page: Page[Movement]) -> Cursor | None:
    """Where the page of newer movements begins; None if there are none."""
    if page.newer_than is None:
        return None
    first = page.rows[0]
    return Cursor(Place(first.move.section, first.move.id, upward=True), first.after)


def overdue_cents(session: Session, whose: Whose, today: date) -> int:
    """What is owed on bills that were due before today."""
    late = (Bill.status == BillStatus.AWAITING_PAYMENT, Bill.due_on < today)
    late = (*late, *left_out(whose.closed))
    if whose.matter_id is None:
        owed = func.sum(Bill.total_cents - Bill.applied_cents)
        statement = select(owed).where(Bill.client_id == whose.client_id, *late)
    else:
        owed = func.sum(BillShare.total_cents - BillShare.applied_cents)
        statement = select(owed).join(Bill, Bill.id == BillShare.bill_id)
        statement = statement.where(BillShare.matter_id == whose.matter_id, *late)
    return int(session.scalar(statement) or 0)


def _page(cursor: Cursor | None, moves: Sequence[Move], size: int) -> Page[Movement]:
    upward = cursor is not None and cursor.place.upward
    edge = cursor.standing if cursor is not None else moves[0].kept
    rows: list[Movement] = []
    for move in moves:
        after = edge + move.change if upward else edge
        rows.append(Movement(move, after))
        edge = after if upward else edge - move.change
    place = cursor.place.transfer_id if cursor is not None else None
    return cut(
        rows,
        lambda row: row.move.id,
        before=None if upward else place,
        after=place if upward else None,
        size=size,
    )
