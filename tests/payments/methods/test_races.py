"""Two presses at one moment, real threads, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
import stripe
from flask import Flask
from sqlalchemy import func, select

from payments.methods.actions import customer_of, delete, detach
from payments.methods.models import ProcessorCustomer, StoredMethod
from payments.methods.standing import lock_chargeable
from payments.methods.voiding import void
from portal.core import clock, db
from portal.core.audit import AuditEntry
from portal.outbox.models import Notice
from tests.factories.methods import Wallet, as_now
from tests.factories.processor import objects
from tests.payments.methods.test_voiding import Back

pytestmark = pytest.mark.both_databases

THREADS = 6
Answer = TypeVar("Answer")


def at_once(act: Callable[[], Answer]) -> list[Answer]:
    gun = Barrier(THREADS)

    def press(_number: int) -> Answer:
        gun.wait()
        return act()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(press, range(THREADS)))


def rows(table: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def lines(action: str) -> int:
    with db.read() as session:
        found = select(func.count()).where(AuditEntry.action == action)
        return session.scalar(found) or 0


def test_P5_a_client_asked_for_many_times_at_once_is_one_customer(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch, database_kind: str
) -> None:
    """Stripe answers 409 while the same key is being worked on; the SDK waits and asks again."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 1)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 4)
    answers = at_once(lambda: customer_of(wallet.client.id, wallet.account))
    assert len(set(answers)) == 1
    assert rows(ProcessorCustomer) == 1
    assert [one["id"] for one in objects("customer")] == answers[:1]


def test_P5_a_payment_observed_from_all_sides_at_once_stores_once(
    wallet: Wallet, database_kind: str
) -> None:
    """The payer's own request, the webhook and the reconciler see it at the same moment."""
    paid = wallet.pay()
    assert len(set(at_once(lambda: wallet.keep(paid).id))) == 1
    assert rows(StoredMethod) == rows(Notice) == lines("method.stored") == 1


def test_P8_deleted_from_several_tabs_at_once_it_is_deleted_once(
    wallet: Wallet, database_kind: str
) -> None:
    method = wallet.stored()

    def press() -> bool:
        with db.transaction() as session:
            return delete(session, method.id, by="payer")

    assert sorted(at_once(press)) == [False] * (THREADS - 1) + [True]
    assert lines("method.deleted") == 1
    assert rows(Notice) == 2


def test_P8_deleted_once_more_while_it_is_being_detached(
    app: Flask, wallet: Wallet, run_jobs: Callable[[], int], database_kind: str
) -> None:
    """A worker that died has its job done by another while the client looks at the page."""
    method = wallet.stored()
    with db.transaction() as session:
        assert delete(session, method.id, by="payer")
    at_once(lambda: detach(method.id))
    with db.transaction() as session:
        assert not delete(session, method.id, by="payer")
    run_jobs()
    assert as_now(method).detached_at is not None
    (gone,) = objects("payment_method")
    assert gone["customer"] is None
    assert [event["type"] for event in objects("event")].count("payment_method.detached") == 1


def test_M7_a_return_waits_for_no_charge_and_the_account_is_void_afterwards(
    wallet: Wallet, run_jobs: Callable[[], int], database_kind: str
) -> None:
    """Whoever charges holds the method and then wants the bills; a return holds the bills. (SQLite
    has one writer at a time, so there the return comes after the charge or before it.)"""
    method = wallet.stored_bank_account()
    came_back = Back(method.id, clock.now())
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            lock_chargeable(
                session, method.id, client_id=method.client_id, bank_account_id=wallet.account.id
            )
            returned = pool.submit(_comes_back, came_back)
            if database_kind == "postgresql":
                returned.result(timeout=10)
                assert as_now(method).void_at is None
        returned.result(timeout=10)
    run_jobs()
    assert as_now(method).void_at is not None
    assert lines("method.void") == 1


def _comes_back(payment: Back) -> None:
    with db.transaction() as session:
        void(session, payment, "R10")
