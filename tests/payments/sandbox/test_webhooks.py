"""Events reach the product signed, at least once, and as badly as asked (FEATURES M11)."""

import json
from datetime import timedelta
from typing import Any

import pytest
import stripe


class Inbox:
    """The product's webhook address."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.got: list[tuple[bytes, str]] = []

    def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        self.got.append((body, headers["Stripe-Signature"]))
        return self.status

    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body, _ in self.got]


def _listed(firm: Any) -> list[str]:
    return [event.id for event in firm.v1.events.list({"limit": 100}).auto_paging_iter()][::-1]


@pytest.fixture
def real_time(webhooks: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK judges a signature's age by the real clock: let the test's clock be it."""
    monkeypatch.setattr("stripe._webhook.time.time", lambda: clock().timestamp())


def test_every_event_is_delivered_once_and_in_order(firm: Any, webhooks: Any) -> None:
    inbox = Inbox()
    assert webhooks.has_undelivered() is False
    firm.pay()
    assert webhooks.has_undelivered() is True
    assert [one.type for one in webhooks.pending_deliveries()] == firm.event_types()
    assert webhooks.deliver(inbox) == 4
    assert inbox.ids() == _listed(firm)
    assert webhooks.has_undelivered() is False
    assert webhooks.deliver(inbox) == 0
    assert firm.v1.events.list().data[0].pending_webhooks == 0


def test_the_sdk_accepts_the_signature_and_nothing_altered(
    firm: Any, trust: Any, webhooks: Any, real_time: None
) -> None:
    inbox = Inbox()
    firm.intent()
    trust.intent()
    webhooks.deliver(inbox)
    (own, own_signature), (connected, signature) = inbox.got
    event = stripe.Webhook.construct_event(own, own_signature, "whsec_own")
    assert event.type == "payment_intent.created"
    assert event.livemode is False
    assert event.api_version == stripe.api_version
    assert "account" not in event.to_dict()
    theirs = stripe.Webhook.construct_event(connected, signature, "whsec_connect")
    assert theirs.account == "acct_trust"
    for body, header, secret in (
        (own, own_signature, "whsec_connect"),
        (own.replace(b"10000", b"99999"), own_signature, "whsec_own"),
        (connected, own_signature, "whsec_own"),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, header, secret)


def test_a_signature_is_of_the_wall_clock(firm: Any, webhooks: Any, real_time: None) -> None:
    inbox = Inbox()
    firm.intent()
    webhooks.deliver(inbox)
    body, signature = inbox.got[0]
    webhooks._wall_time.advance(seconds=301)
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(body, signature, "whsec_own")


@pytest.mark.parametrize("problem", [500, 404, 302, OSError("refused")])
def test_what_the_product_does_not_take_is_sent_again_later(
    firm: Any, webhooks: Any, clock: Any, problem: Any
) -> None:
    tries: list[bytes] = []

    def refuse(body: bytes, headers: dict[str, str]) -> int:
        tries.append(body)
        if isinstance(problem, OSError):
            raise problem
        return problem

    firm.intent()
    assert webhooks.deliver(refuse) == 0
    assert webhooks.has_undelivered() is False
    clock.advance(seconds=5)
    assert webhooks.deliver(Inbox()) == 1
    assert len(tries) == 1
    assert webhooks.has_undelivered() is False


def test_an_event_is_given_up_after_three_days(firm: Any, webhooks: Any, clock: Any) -> None:
    inbox = Inbox(500)
    firm.intent()
    started = clock.at
    while webhooks.has_undelivered():
        webhooks.deliver(inbox)
        clock.advance(days=1)
    assert len(inbox.got) == 10
    # It can still be read by the reconciler.
    assert len(_listed(firm)) == 1
    assert clock.at - started > timedelta(days=3)


def test_a_worker_that_dies_while_sending_leaves_the_event_to_another(
    firm: Any, webhooks: Any, clock: Any
) -> None:
    def die(body: bytes, headers: dict[str, str]) -> int:
        raise SystemExit

    firm.intent()
    with pytest.raises(SystemExit):
        webhooks.deliver(die)
    inbox = Inbox()
    assert webhooks.deliver(inbox) == 0  # nobody else takes it while it may still be under way
    clock.advance(seconds=60)
    assert webhooks.deliver(inbox) == 1


def test_dropped_events_are_never_sent_but_can_be_listed(firm: Any, webhooks: Any) -> None:
    webhooks.set_switches(drop_percent=100)
    inbox = Inbox()
    firm.pay()
    assert webhooks.deliver(inbox) == 0
    assert (inbox.got, webhooks.has_undelivered()) == ([], False)
    assert len(_listed(firm)) == 4


def test_duplicated_events_are_sent_twice(firm: Any, webhooks: Any) -> None:
    webhooks.set_switches(duplicate_percent=100)
    inbox = Inbox()
    firm.pay()
    assert webhooks.deliver(inbox) == 4
    assert sorted(inbox.ids()) == sorted(_listed(firm) * 2)


def test_reordered_events_all_arrive_in_another_order(firm: Any, webhooks: Any) -> None:
    webhooks.set_switches(reorder_percent=100)
    inbox = Inbox()
    firm.pay()
    webhooks.deliver(inbox)
    assert inbox.ids() != _listed(firm)
    assert sorted(inbox.ids()) == sorted(_listed(firm))


def test_the_same_seed_has_the_same_luck(firm: Any, webhooks: Any) -> None:
    for _ in range(10):
        firm.intent()
    waiting = webhooks.pending_deliveries()
    from payments.sandbox.webhooks import _chance

    def lucky(seed: int) -> list[bool]:
        switches = webhooks.set_switches(drop_percent=50, seed=seed)
        return [_chance(switches, "drop", one) for one in waiting]

    assert lucky(1) == lucky(1)
    assert lucky(1) != lucky(2)


def test_switches_are_remembered_and_stay_within_bounds(store: Any, webhooks: Any) -> None:
    from payments.sandbox.webhooks import Webhooks

    webhooks.set_switches(drop_percent=30, seed=7)
    other_process = Webhooks(store, webhooks._wall_time, secret="whsec_own")
    assert (other_process.switches().drop_percent, other_process.switches().seed) == (30, 7)
    for wrong in ({"drop_percent": 101}, {"duplicate_percent": -1}):
        with pytest.raises(ValueError):
            webhooks.set_switches(**wrong)
    with pytest.raises(TypeError):
        webhooks.set_switches(lose_percent=1)
    assert other_process.switches().drop_percent == 30


def test_events_can_be_listed_by_time_and_type(firm: Any, clock: Any) -> None:
    firm.pay()
    clock.advance(hours=2)
    firm.pay()
    cursor = int(clock().timestamp()) - 3600
    types = ["payment_intent.succeeded", "charge.succeeded"]
    found = firm.v1.events.list({"types": types, "created": {"gte": cursor}, "limit": 1})
    events = list(found.auto_paging_iter())
    assert [event.type for event in events] == types
    assert all(event.created >= cursor for event in events)
    one = firm.v1.events.retrieve(events[0].id)
    assert one.data.object.id == events[0].data.object.id
    assert one.request.id.startswith("req_")
