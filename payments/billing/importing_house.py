"""What the rows of a file of bills may name, looked up for many bills by a few queries (X7)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.accounts.queries import bank_accounts
from payments.billing.actions import IMPORTED
from payments.billing.models import Bill
from payments.billing.settings import billing_settings
from portal.clients.importing_references import Found, Wanted, by_ids, find
from portal.clients.models import Contact, Matter
from portal.core.words import folded
from portal.firm.models import Firm
from portal.firm.queries import firm_day
from portal.imports.kinds import Thing
from portal.imports.remembering import known

DRAFT = "draft-"
"""How an export names a draft, before its id: it has no number yet."""

NUMBER_DIGITS_MAX = 8
"""So that the numbers that follow can be searched for too."""


@dataclass(frozen=True, slots=True)
class NamedMatter:
    """A matter that a row may mean, and its client."""

    id: int
    client_id: int
    client_key: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """A bill that has a number here, wherever it came from."""

    id: int
    client_id: int
    total_cents: int


@dataclass(frozen=True, slots=True)
class House:
    """What holds in this firm, and what of it the things name. `here` are the bills that came by
    these names before, `numbered` those that have these numbers, `clients` whom each thing names,
    by the number of its first row."""

    currency: str
    today: date
    due_days: int
    own_approval: bool
    accounts: Mapping[str, int]
    here: Mapping[str, int]
    numbered: Mapping[str, Numbered]
    clients: Mapping[int, Found]
    by_number: Mapping[str, NamedMatter]
    by_name: Mapping[tuple[int, str], Sequence[NamedMatter]]


def look_around(session: Session, things: Sequence[Thing]) -> House:
    """Everything that these things may name, by as many queries for 500 as for one."""
    settings, currency = billing_settings(session), session.scalars(select(Firm)).one().currency
    clients = _clients(session, things)
    names = {number_of(thing) for thing in things}
    rows = [row.cells for thing in things for row in thing.rows]
    unnumbered = {row["matter_name"] for row in rows if not row["matter"]}
    return House(
        currency=currency,
        today=firm_day(session),
        due_days=settings.due_days,
        own_approval=settings.own_approval,
        accounts={
            folded(account.name): account.id
            for account in bank_accounts(session)
            if (account.kind, account.currency) == (AccountKind.OPERATING, currency)
        },
        here=_here(session, names),
        numbered=_numbered(session, names),
        clients=clients,
        by_number=_by_number(session, {row["matter"] for row in rows}),
        by_name=_by_name(session, {one.contact_id for one in clients.values()}, unnumbered),
    )


def number_of(thing: Thing) -> str:
    """What names the bill in its file: `#01042` is 1042."""
    said = " ".join(thing["number"].split()).removeprefix("#").strip()
    return str(int(said)) if _is_number(said) else said


def as_number(name: str) -> int | None:
    """The number that a bill with this name keeps here; None where ours cannot look so."""
    return int(name) if _is_number(name) and len(name) <= NUMBER_DIGITS_MAX and int(name) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2 * NUMBER_DIGITS_MAX


def _here(session: Session, names: Collection[str]) -> dict[str, int]:
    drafts = {name.removeprefix(DRAFT) for name in names if name.startswith(DRAFT)}
    ours = session.execute(select(Bill.public_id, Bill.id).where(Bill.public_id.in_(drafts)))
    return known(session, IMPORTED, names) | {f"{DRAFT}{row.public_id}": row.id for row in ours}


def _numbered(session: Session, names: Collection[str]) -> dict[str, Numbered]:
    numbers = {number for name in names if (number := as_number(name)) is not None}
    ours = session.execute(
        select(Bill.number, Bill.id, Bill.client_id, Bill.total_cents).where(
            Bill.number.in_(numbers)
        )
    )
    return {str(row.number): Numbered(row.id, row.client_id, row.total_cents) for row in ours}


def _clients(session: Session, things: Sequence[Thing]) -> dict[int, Found]:
    named = [thing for thing in things if thing["client"]]
    ids = by_ids(session, {thing["client"] for thing in named})
    found = find(session, [_wanted(thing["client"], ids) for thing in named])
    return {thing.number: one for thing, one in zip(named, found, strict=True)}


def _wanted(said: str, ids: Mapping[str, int]) -> Wanted:
    if said in ids:
        return Wanted(id=said)
    return Wanted(email=said) if "@" in said else Wanted(name=said)


_MATTERS = select(Matter.id, Matter.number, Matter.name, Matter.client_id, Contact.name_key).join(
    Contact, Contact.id == Matter.client_id
)


def _by_number(session: Session, numbers: Collection[str]) -> dict[str, NamedMatter]:
    rows = session.execute(_MATTERS.where(Matter.number.in_(numbers)))
    return {row.number: _named(row) for row in rows}


def _by_name(
    session: Session, clients: Collection[int], names: Collection[str]
) -> dict[tuple[int, str], list[NamedMatter]]:
    wanted = {lower(name) for name in names for lower in (str.lower, _lowered_by_sqlite)}
    rows = session.execute(
        _MATTERS.where(Matter.client_id.in_(clients), func.lower(Matter.name).in_(wanted))
    )
    found: dict[tuple[int, str], list[NamedMatter]] = defaultdict(list)
    for row in rows:
        found[row.client_id, folded(row.name)].append(_named(row))
    return found


def _lowered_by_sqlite(text: str) -> str:
    """As SQLite's own `lower` does, which knows no letters but those of ASCII."""
    return "".join(char.lower() if char.isascii() else char for char in text)


def _named(row: Any) -> NamedMatter:
    return NamedMatter(row.id, row.client_id, row.name_key)
