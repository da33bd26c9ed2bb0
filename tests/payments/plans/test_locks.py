"""Staff set up a client's plan or autocharge while the client's method is charged: nobody waits
crosswise (docs/decisions/0005)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import Any

import pytest

from payments.billing.payables import left_cents
from payments.methods.models import StoredMethod
from payments.plans import autocharge
from payments.plans.models import Moment
from payments.plans.proposing import Wanted, propose
from payments.transactions import attempts
from payments.transactions.charging import Charge, charge, link_for, part_of
from payments.transactions.models import Origin
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.clients.details import Problems
from portal.core import db
from tests.factories.plans import ANA, PlanDesk

pytestmark = pytest.mark.both_databases

WAITING_S = 1.0


@pytest.fixture
def card(desk: PlanDesk) -> StoredMethod:
    return desk.card()


@pytest.fixture
def wanted(desk: PlanDesk, card: StoredMethod) -> Charge:
    """A charge of a whole bill, about to be made."""
    bill = desk.bill()
    with db.transaction() as session:
        link_id = link_for(session, bill, by=ANA).id
        parts = (part_of(bill, left_cents(bill)),)
        return Charge("staff:once", card.id, link_id, parts, Origin.STAFF, ANA, "As agreed")


def turn_on(desk: PlanDesk, card: StoredMethod) -> None:
    asked = autocharge.Wanted(desk.client.id, desk.account.id, card.public_id, Moment.DUE)
    with db.transaction() as session:
        autocharge.turn_on(session, asked, by=ANA)


def agree(terms: Wanted) -> None:
    # Who comes later finds less owed than was shown.
    with suppress(Problems), db.transaction() as session:
        propose(session, terms, NOTHING_CLOSED, by=ANA)


@pytest.mark.parametrize("act", ["autocharge", "plan"])
def test_P9_a_plan_or_autocharge_is_set_up_while_the_method_is_charged(
    desk: PlanDesk,
    card: StoredMethod,
    wanted: Charge,
    act: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terms = desk.wanted(card)
    acts: dict[str, Callable[[], None]] = {
        "autocharge": lambda: turn_on(desk, card),
        "plan": lambda: agree(terms),
    }
    held, lock = Event(), attempts.lock_chargeable

    def then_waits(*args: Any, **named: Any) -> StoredMethod:
        found = lock(*args, **named)
        held.set()
        Event().wait(WAITING_S)  # by then the other has the client, and waits for the method
        return found

    def staff() -> None:
        held.wait()
        acts[act]()

    monkeypatch.setattr(attempts, "lock_chargeable", then_waits)
    with ThreadPoolExecutor(2) as pool:
        charged, set_up = pool.submit(charge, wanted), pool.submit(staff)
        assert charged.result().status is Status.AUTHORIZED
        set_up.result()
