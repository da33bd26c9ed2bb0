"""The sandbox's file: used by many at once, and right after a kill."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import stripe

from payments.sandbox.store import Store


def _at_once(*calls: Callable[[], Any]) -> list[Any]:
    start = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        start.wait()
        try:
            answers[place] = calls[place]()
        except stripe.StripeError as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_confirmations_at_once_charge_once(unchecked: Any) -> None:
    for _ in range(10):
        intent = unchecked.intent()
        tokens = [unchecked.token(), unchecked.token()]
        answers = _at_once(*(partial(unchecked.confirm, intent.id, token) for token in tokens))
        refused = [one for one in answers if isinstance(one, stripe.InvalidRequestError)]
        assert [one.code for one in refused] == ["payment_intent_unexpected_state"]
        charges = unchecked.v1.charges.list({"payment_intent": intent.id}).data
        assert [charge.status for charge in charges] == ["succeeded"]


def test_one_token_on_two_payments_at_once_pays_one(unchecked: Any) -> None:
    for _ in range(10):
        token = unchecked.token()
        intents = [unchecked.intent().id, unchecked.intent().id]
        answers = _at_once(*(partial(unchecked.confirm, name, token) for name in intents))
        assert sum(isinstance(one, stripe.InvalidRequestError) for one in answers) == 1


def test_two_ticks_at_once_let_each_thing_happen_once(
    unchecked: Any, service: Any, clock: Any
) -> None:
    for _ in range(5):
        unchecked.pay("pm_usBankAccount_success")
    clock.advance(days=3)
    assert sum(_at_once(service.tick, service.tick, service.tick)) == 5
    assert unchecked.event_types().count("payment_intent.succeeded") == 5


def test_two_deliveries_at_once_send_each_event_once(unchecked: Any, webhooks: Any) -> None:
    for _ in range(20):
        unchecked.intent()
    sent: list[bytes] = []

    def post(body: bytes, headers: dict[str, str]) -> int:
        sent.append(body)
        return 200

    taken = _at_once(lambda: webhooks.deliver(post, 5), lambda: webhooks.deliver(post, 5))
    assert sum(taken) == 10
    assert len(set(sent)) == len(sent) == 10


def test_a_transaction_inside_another_is_a_fault(store: Store) -> None:
    with store.writing(), pytest.raises(RuntimeError, match="already open"), store.reading():
        pass
    with store.writing() as book:
        book.set_setting("seed", 1)
    assert store.settings() == {"seed": 1}


def test_what_raised_was_never_written(store: Store) -> None:
    def interrupted() -> None:
        with store.writing() as book:
            book.set_setting("seed", 1)
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert store.settings() == {}


_CHILD = """
import itertools, sys
from datetime import UTC, datetime
from payments.sandbox.keys import Keys
from payments.sandbox.service import SandboxService
from payments.sandbox.store import Store
from payments.sandbox.transport import SandboxHttpClient
import stripe

store = Store(sys.argv[1])
service = SandboxService(
    store, lambda: datetime(2026, 11, 2, 12, tzinfo=UTC),
    Keys("sk_sandbox_firm", "pk_sandbox_firm"), base_url="http://localhost",
)
v1 = stripe.StripeClient("sk_sandbox_firm", http_client=SandboxHttpClient(service)).v1
for n in itertools.count():
    token = v1.test_helpers.confirmation_tokens.create({"payment_method": "pm_card_visa"})
    intent = v1.payment_intents.create({"amount": 10_000, "currency": "usd"})
    v1.payment_intents.confirm(intent.id, {"confirmation_token": token.id})
    print(n, flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_whole_payments(unchecked: Any, store: Store) -> None:
    """Every paid intent has its charge, its book entry and its four events; no other has any."""
    for paid_before_the_kill in (1, 4, 7):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, store.path],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": "."},
        )
        assert child.stdout is not None
        for _ in range(paid_before_the_kill):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    events = [
        event.data.object["payment_intent"]
        for event in unchecked.v1.events.list({"limit": 100}).auto_paging_iter()
        if event.type in ("charge.succeeded", "charge.updated")
    ]
    intents = list(unchecked.v1.payment_intents.list({"limit": 100}).auto_paging_iter())
    paid = [one.id for one in intents if one.status == "succeeded"]
    assert len(paid) >= 12
    assert sorted(events) == sorted(paid * 2)
    for name in paid:
        assert unchecked.read(name).latest_charge.balance_transaction.net == 9_680
    assert len(unchecked.v1.balance_transactions.list({"limit": 100}).data) == len(paid)
