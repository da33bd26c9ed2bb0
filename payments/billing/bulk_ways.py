"""Which way each of many documents would go, before anything is sent (FEATURES D5).

However many there are, they are read in the same few statements.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from payments.billing.bulk_choosing import Choice, Chosen, chosen
from payments.billing.bulk_running import being_sent
from payments.billing.bulk_why import Toggles, Way, Why, way_of
from payments.billing.models import Bill, BillStatus
from payments.billing.payables import Payable
from payments.billing.portals import Key, portal_whys
from payments.billing.requested import TrustRequest
from portal.clients.access import Clause, Closed
from portal.clients.models import Contact, ContactEmail

DOCUMENTS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Going:
    """One document and its way. `kind` is `bill` or `trust-request`; `address` where it would be
    emailed to; `left_cents` is what is still to be paid."""

    kind: str
    id: int
    public_id: str
    number: int | None
    client_name: str
    left_cents: int
    currency: str
    address: str
    way: Way
    why: Why

    @property
    def emailed(self) -> bool:
        """Whether an email of ours goes to the address."""
        return self.way in {Way.BOTH, Way.EMAIL}


@dataclass(frozen=True, slots=True)
class Group:
    """All that goes one way for one reason, in the order in which it is sent."""

    way: Way
    why: Why
    rows: Sequence[Going]

    @property
    def name(self) -> str:
        """How an address calls the group."""
        return f"{self.way}-{self.why}".strip("-").replace(" ", "-")


@dataclass(frozen=True)
class Plan:
    """What would go which way. `gone`: how many were chosen that are not there any more, or not
    open to whoever sends. `too_many`: more than DOCUMENTS_MAX fit, so nothing was looked at."""

    toggles: Toggles
    going: Sequence[Going] = ()
    gone: int = 0
    too_many: bool = False
    more_clients: bool = False

    @cached_property
    def sendable(self) -> Sequence[Going]:
        """What can be sent at all."""
        return [one for one in self.going if one.way != Way.NONE]

    @cached_property
    def groups(self) -> Sequence[Group]:
        """The ways, those as asked first and what cannot be sent last."""
        found: dict[tuple[Way, Why], list[Going]] = {}
        for one in self.going:
            found.setdefault((one.way, one.why), []).append(one)
        order = {way: place for place, way in enumerate(Way)}
        keys = sorted(found, key=lambda key: (order[key[0]], key[1] != Why.AS_ASKED, key[1]))
        return [Group(way, why, found[way, why]) for way, why in keys]

    @cached_property
    def digest(self) -> str:
        """A mark of what was shown: each document, its way and why, and the toggles."""
        told = [f"{self.toggles} {self.gone}"]
        told += [f"{one.kind}:{one.id}:{one.way}:{one.why}" for one in self.going]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def plan(session: Session, choice: Choice, toggles: Toggles, closed: Closed, today: date) -> Plan:
    """What would go which way now. Raises `Missing` as `chosen`."""
    found = chosen(session, choice, closed, today)
    bills = _rows(session, _BILLS, found.bills)
    requests = _rows(session, _REQUESTS, found.requests)
    if len(bills) + len(requests) > DOCUMENTS_MAX:
        return Plan(toggles, too_many=True, more_clients=found.more_clients)
    addresses, portals = _addresses(session, found), dict[Key, Why]()
    if toggles.portal:
        matters = {row.id: row.matter_id for row in requests}
        portals = portal_whys(session, [row.id for row in bills], matters)
    taken = being_sent(session)
    going = [
        _going(kind, row, toggles, addresses, portals, taken)
        for kind, rows in (("bill", bills), ("trust-request", requests))
        for row in rows
    ]
    named = {one.public_id for one in going}
    gone = sum(one not in named for one in choice.picked)
    return Plan(toggles, going, gone, more_clients=found.more_clients)


def addresses_of(session: Session, clients: Clause) -> dict[int, str]:
    """Where each client is written to, by id: the primary address, else the first listed. The
    clause is about `ContactEmail.contact_id`."""
    rows = session.execute(
        select(ContactEmail.contact_id, ContactEmail.address)
        .where(clients)
        .order_by(ContactEmail.is_primary, ContactEmail.position.desc())
    )
    return {row.contact_id: row.address for row in rows}  # the last one of each stands


def _listed(kind: type[Payable], left: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (
        kind.id,
        kind.public_id,
        kind.number,
        kind.status,
        kind.currency,
        kind.client_id,
        left.label("left_cents"),
        Contact.name.label("client_name"),
    )
    return (
        select(*columns)
        .join(Contact, Contact.id == kind.client_id)
        .order_by(kind.number, kind.id)
        .limit(DOCUMENTS_MAX + 1)
    )


_BILLS = _listed(Bill, Bill.total_cents - Bill.applied_cents - Bill.reserved_cents)
_REQUESTS = _listed(
    TrustRequest, TrustRequest.amount_cents - TrustRequest.paid_cents - TrustRequest.reserved_cents
).add_columns(TrustRequest.matter_id)


def _rows(
    session: Session, listed: Select[*tuple[Any, ...]], clauses: Sequence[Clause] | None
) -> Sequence[Row[Any]]:
    """Past the ORM: of five thousand rows its share would be the largest."""
    return () if clauses is None else session.connection().execute(listed.where(*clauses)).all()


def _addresses(session: Session, found: Chosen) -> dict[int, str]:
    addresses: dict[int, str] = {}
    for client_id, clauses in (
        (Bill.client_id, found.bills),
        (TrustRequest.client_id, found.requests),
    ):
        if clauses is not None:
            clients = select(client_id).where(*clauses).correlate(None)
            addresses |= addresses_of(session, ContactEmail.contact_id.in_(clients))
    return addresses


def _going(
    kind: str,
    row: Row[Any],
    toggles: Toggles,
    addresses: Mapping[int, str],
    portals: Mapping[Key, Why],
    taken: Collection[Key],
) -> Going:
    address = addresses.get(row.client_id, "")
    unsendable = Why.BEING_SENT if (kind, row.id) in taken else _unsendable(row)
    way, why = Way.NONE, unsendable or Why.AS_ASKED
    if unsendable is None:
        way, why = way_of(toggles, portals.get((kind, row.id)), emailed=bool(address))
    return Going(
        kind,
        row.id,
        row.public_id,
        row.number,
        row.client_name,
        max(0, row.left_cents),
        row.currency,
        address,
        way,
        why,
    )


def _unsendable(row: Row[Any]) -> Why | None:
    if row.number is None:
        return Why.DRAFT
    if row.status == BillStatus.VOID:
        return Why.VOID
    if row.status != BillStatus.AWAITING_PAYMENT:
        return Why.PAID
    return Why.UNDER_WAY if row.left_cents <= 0 else None
