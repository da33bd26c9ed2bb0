"""Which bills fit what was asked for: by state, due day, number, client or matter."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.closed import left_out
from payments.billing.models import Bill, BillStatus
from payments.billing.queries import with_matter
from portal.clients.access import Clause, Closed
from portal.clients.queries import CONTACT, MATTER, find_clients

CLIENTS_MAX = 25
NUMBER_CHARS_MAX = 9
_NUMBER = re.compile(rf"#?([0-9]{{1,{NUMBER_CHARS_MAX}}})")


class Sort(StrEnum):
    """An order that an index serves; the minus turns it round. Only issued bills have numbers."""

    NUMBER = "number"
    NUMBER_DOWN = "-number"
    DUE = "due"
    DUE_DOWN = "-due"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bills to list, in which order. Everything given must fit.

    `typed` is a bill's whole number, or the start of each word of a client's name, or where no
    client is called so, of a matter's name or its number. Days are those on which bills are due.
    """

    status: BillStatus | None = None
    typed: str = ""
    due_from: date | None = None
    due_to: date | None = None
    sort: Sort | None = None
    client_id: int | None = None
    matter_id: int | None = None


def fitting(session: Session, wanted: Wanted, closed: Closed) -> tuple[list[Clause] | None, bool]:
    """What each bill must fit; none at all where no bill can. And whether clients were left out."""
    clauses, more_clients = _clauses(session, wanted, closed)
    return (None if clauses is None else [*clauses, *left_out(closed)]), more_clients


def _clauses(session: Session, wanted: Wanted, closed: Closed) -> tuple[list[Clause] | None, bool]:
    state = standing(wanted)
    if wanted.matter_id is not None:
        return [*state, Bill.id.in_(with_matter(wanted.matter_id))], False
    if wanted.client_id is not None:
        return [_among(Bill.client_id == wanted.client_id, *state)], False
    if not wanted.typed:
        return state, False
    number = _number(session, wanted.typed)
    if number is not None:
        return [*state, Bill.number == number], False
    if clients := _clients(session, wanted.typed, closed):
        named = Bill.client_id.in_(clients[:CLIENTS_MAX])
        return [_among(named, *state)], len(clients) > CLIENTS_MAX
    if matters := _matters(session, wanted.typed, closed):
        return [*state, Bill.id.in_(with_matter(*matters[:CLIENTS_MAX]))], False
    return None, False


def standing(wanted: Wanted) -> list[Clause]:
    """What of the bills has the state and the due days."""
    days: list[Clause] = []
    if wanted.due_from is not None:
        days.append(Bill.due_on >= wanted.due_from)
    if wanted.due_to is not None:
        days.append(Bill.due_on <= wanted.due_to)
    if wanted.status is not None:
        return [Bill.status == wanted.status, *days]
    # Every status is named, so that the index of due dates can be asked for each.
    return [Bill.status.in_(list(BillStatus)), *days] if days else []


def _among(*clauses: Clause) -> Clause:
    """That a bill is one of a client's, who have few: looked up first, or SQLite might walk every
    bill of a state in the order of the list to find them."""
    return Bill.id.in_(select(Bill.id).where(*clauses).correlate(None))


def number_in(typed: str) -> int | None:
    """The number of a bill or trust request that was typed whole: `1042` or `#1042`."""
    match = _NUMBER.fullmatch(typed)
    return None if match is None else int(match[1])


def _number(session: Session, typed: str) -> int | None:
    """The number that was typed, where a bill has it; somebody may also be called 1042."""
    number = number_in(typed)
    if number is None:
        return None
    return session.scalar(select(Bill.number).where(Bill.number == number))


def _clients(session: Session, typed: str, closed: Closed) -> list[int]:
    found = find_clients(session, typed, closed, limit=CLIENTS_MAX + 1, kinds=(CONTACT,))
    return [option.contact_id for option in found]


def _matters(session: Session, typed: str, closed: Closed) -> list[int]:
    found = find_clients(session, typed, closed, limit=CLIENTS_MAX, kinds=(MATTER,))
    return [option.matter_id for option in found if option.matter_id is not None]
