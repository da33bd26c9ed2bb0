"""Clients with open bills, made by the product, and with many paid ones, put into the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine

from bench.harness.bulk import fill
from bench.harness.firm import BenchFirm
from portal.core import clock

CENTS = 10_000
BILLS_EACH = 100
STATES = ("paid",) * 14 + ("awaiting_payment",) * 3 + ("draft", "awaiting_approval", "void")
FIRST_PAID = 1_000_000  # ids and numbers beyond those that the product gives

Row = dict[str, object]
_numbers = count(1)


@dataclass(frozen=True)
class Debtor:
    """A client with one matter."""

    client_id: int
    public_id: str
    matter_id: int


def add_debtor(firm: BenchFirm, open_bills: int) -> Debtor:
    """A new client who owes so many bills of `CENTS` each, issued by the product."""
    from payments.billing.actions import BillDetails, LineDetails, draft_bill, issue
    from portal.clients.actions import add_contact, add_matter
    from portal.clients.details import ContactDetails, MatterDetails
    from portal.core import db

    number = next(_numbers)
    today = clock.wall_time().date()
    with clock.one_reading(), db.transaction() as session:
        client = add_contact(session, ContactDetails(f"Debtor {number}"), by="bench")
        named = MatterDetails(f"B-{number}", "Bench", client.id)
        matter = add_matter(session, named, by="bench")
        lines = [LineDetails(matter.id, today, "Legal services", 1_000, CENTS)]
        for place in range(open_bills):
            due_on = today + timedelta(days=1 + place % 30)
            wanted = BillDetails(client.id, firm.account_id, lines, due_on)
            issue(session, draft_bill(session, wanted, by="bench"), on=today, by="bench")
    return Debtor(client.id, client.public_id, matter.id)


def add_paid_bills(engine: Engine, firm: BenchFirm, paid: Mapping[Debtor, int]) -> None:
    """So many paid bills for each client, with their shares and their accounts in the books."""
    from payments.billing.models import Bill, BillShare
    from payments.ledger.models import LedgerAccount, LedgerBalance

    owners = [debtor for debtor, bills in paid.items() for _ in range(bills)]
    numbered = list(enumerate(owners, FIRST_PAID))
    _fill(engine, Bill, [_bill(firm, id, owner) for id, owner in numbered])
    _fill(engine, BillShare, [_share(id, owner) for id, owner in numbered])
    _fill(engine, LedgerAccount, [_account(firm, id, owner) for id, owner in numbered])
    zero: Row = {"floored": False, "posted_cents": 0, "pending_cents": 0, "held_cents": 0}
    _fill(engine, LedgerBalance, [{"account_id": id, **zero} for id, _ in numbered])


def add_bills(engine: Engine, firm: BenchFirm, owners: Sequence[Debtor], bills: int) -> None:
    """So many bills in every state, each with a share: a hundred for each owner but the last, who
    has the rest. Most are paid; they fall due over four years."""
    from payments.billing.models import Bill, BillShare

    def owner(place: int) -> Debtor:
        return owners[min(place // BILLS_EACH, len(owners) - 1)]

    numbered = [(FIRST_PAID + place, owner(place)) for place in range(bills)]
    rows = (_bill(firm, id, whose) | _state(id) for id, whose in numbered)
    columns = tuple(_bill(firm, FIRST_PAID, owners[0]) | _state(FIRST_PAID))
    fill(engine, Bill.__table__, columns, (tuple(row.values()) for row in rows))
    shares = (tuple(_share(id, whose).values()) for id, whose in numbered)
    fill(engine, BillShare.__table__, tuple(_share(FIRST_PAID, owners[0])), shares)


def add_unpaid_bills(engine: Engine, firm: BenchFirm, owners: Sequence[Debtor], bills: int) -> None:
    """So many unpaid bills with one line and a share each, among the owners in turn."""
    from payments.billing.models import Bill, BillLine, BillShare

    numbered = [(FIRST_PAID + place, owners[place % len(owners)]) for place in range(bills)]
    unpaid = {"status": "awaiting_payment", "applied_cents": 0}
    _fill(engine, Bill, [_bill(firm, id, owner) | unpaid for id, owner in numbered])
    shares = [_share(id, owner) | {"applied_cents": 0} for id, owner in numbered]
    _fill(engine, BillShare, shares)
    _fill(engine, BillLine, [_line(id, owner) for id, owner in numbered])


def _line(id: int, owner: Debtor) -> Row:
    return {
        "id": id,
        "bill_id": id,
        "position": 0,
        "matter_id": owner.matter_id,
        "worked_on": "2025-01-01",
        "description": "Legal services",
        "quantity_thousandths": 1_000,
        "rate_cents": CENTS,
        "amount_cents": CENTS,
    }


def _state(id: int) -> Row:
    due_on = str(date(2022, 1, 1) + timedelta(days=id * 7919 % 1461))
    status = STATES[id % len(STATES)]
    unissued = status in {"draft", "awaiting_approval"}
    return {
        "number": None if unissued else id,
        "status": status,
        "issued_on": None if unissued else "2022-01-01",
        "due_on": due_on,
        "applied_cents": CENTS if status == "paid" else 0,
        "voided_at": "2025-01-01 00:00:00.000000" if status == "void" else None,
    }


def _fill(engine: Engine, model: Any, rows: list[Row]) -> None:
    fill(engine, model.__table__, tuple(rows[0]), (tuple(row.values()) for row in rows))


def _bill(firm: BenchFirm, id: int, owner: Debtor) -> Row:
    return {
        "id": id,
        "public_id": f"paid{id}",
        "number": id,
        "client_id": owner.client_id,
        "bank_account_id": firm.account_id,
        "status": "paid",
        "currency": "USD",
        "issued_on": "2025-01-01",
        "due_on": str(date(2025, 2, 1) + timedelta(days=id % 300)),
        "subtotal_cents": CENTS,
        "discount_percent_thousandths": 0,
        "discount_cents": 0,
        "tax_cents": 0,
        "total_cents": CENTS,
        "applied_cents": CENTS,
        "reserved_cents": 0,
        "note": "",
        "version": 1,
        "made_at": "2025-01-01 00:00:00.000000",
        "made_by": "bench",
        "void_reason": "",
    }


def _share(id: int, owner: Debtor) -> Row:
    return {
        "id": id,
        "bill_id": id,
        "matter_id": owner.matter_id,
        "position": 0,
        "total_cents": CENTS,
        "applied_cents": CENTS,
    }


def _account(firm: BenchFirm, id: int, owner: Debtor) -> Row:
    bank = firm.account_id
    return {
        "id": id,
        "key": f"{bank}:receivable:c{owner.client_id}:m{owner.matter_id}:b{id}",
        "kind": "receivable",
        "currency": "USD",
        "bank_account_id": bank,
        "client_id": owner.client_id,
        "matter_id": owner.matter_id,
        "bill_id": id,
    }
