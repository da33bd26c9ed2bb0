"""Sends the sandbox's events to the product, as unreliably as asked.

A job of the product calls `deliver`; nothing is ever sent from within a request. A real processor
promises neither order nor exactly one delivery, so the switches break both on purpose.
"""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from payments.sandbox.book import Json
from payments.sandbox.desk import Switches
from payments.sandbox.signer import signature_header
from payments.sandbox.store import Store

Post = Callable[[bytes, dict[str, str]], int]
"""Posts a body with headers to the webhook address and answers the HTTP status."""

BATCH_MAX = 100
# While one worker posts an event, no other takes it; after this it counts as not delivered.
CLAIM_SECONDS = 60
RETRY_AFTER_SECONDS = (5, 30, 120, 600, 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that waits to be sent. `attempts` were made before."""

    event_id: str
    account: str | None
    type: str
    attempts: int
    body: bytes


class Webhooks:
    """The sender. `wall_time` is the real clock, aware: signatures and retries go by it.

    Events of connected accounts are signed with `connect_secret`, the platform's own with
    `secret`, like the two endpoints that Stripe would have (https://docs.stripe.com/connect/webhooks).
    """

    def __init__(
        self,
        store: Store,
        wall_time: Callable[[], datetime],
        *,
        secret: str,
        connect_secret: str | None = None,
    ) -> None:
        self._store = store
        self._wall_time = wall_time
        self._secret = secret
        self._connect_secret = connect_secret or secret

    def has_undelivered(self) -> bool:
        """Whether an event can be sent now. Takes no lock."""
        return self._store.has_delivery(self._wall())

    def next_in(self) -> timedelta | None:
        """How long until an event is to be sent or sent again; None when nothing waits."""
        with self._store.reading() as book:
            at = book.next_delivery_at()
        return None if at is None else timedelta(seconds=max(at - self._wall(), 0))

    def switches(self) -> Switches:
        """How the sandbox misbehaves at present."""
        return Switches.read(self._store.settings())

    def set_switches(self, **changes: int) -> Switches:
        """Change some of the switches. Raises ValueError below 0 or over 100 percent."""
        switches = replace(self.switches(), **changes)
        for name, value in asdict(switches).items():
            if value < 0 or (name.endswith("_percent") and value > 100):
                raise ValueError(f"{name} cannot be {value}.")
        with self._store.writing() as book:
            for name in changes:
                book.set_setting(name, asdict(switches)[name])
        return switches

    def pending_deliveries(self, limit: int = BATCH_MAX) -> list[Delivery]:
        """What waits to be sent now, oldest event first."""
        with self._store.reading() as book:
            return [
                _delivery(event_id, attempts, book.event(event_id).body)
                for event_id, attempts in book.deliveries(self._wall(), limit)
            ]

    def deliver(self, post: Post, limit: int = BATCH_MAX) -> int:
        """Send what waits, and answer how many events the product took.

        An event is done when `post` answers 2xx; anything else, an OSError or a time-out included,
        is tried again after a while, for about three days.
        """
        taken = 0
        switches = self.switches()
        for delivery in self._claim(limit, switches):
            if delivery.attempts == 0 and _chance(switches, "drop", delivery):
                self._end(delivery)
                continue
            accepted = self._send(post, delivery)
            if accepted and _chance(switches, "duplicate", delivery):
                self._send(post, delivery)
            if accepted:
                taken += 1
                self._end(delivery)
            else:
                self._retry(delivery)
        return taken

    def _claim(self, limit: int, switches: Switches) -> list[Delivery]:
        wall = self._wall()
        with self._store.writing() as book:
            claimed = [
                _delivery(event_id, attempts, book.event(event_id).body)
                for event_id, attempts in book.deliveries(wall, limit)
            ]
            for delivery in claimed:
                book.postpone_delivery(delivery.event_id, wall + CLAIM_SECONDS, delivery.attempts)
        # An event that is "reordered" changes places with the next one.
        for place in range(len(claimed) - 1):
            if _chance(switches, "reorder", claimed[place]):
                claimed[place], claimed[place + 1] = claimed[place + 1], claimed[place]
        return claimed

    def _send(self, post: Post, delivery: Delivery) -> bool:
        secret = self._secret if delivery.account is None else self._connect_secret
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature_header(delivery.body, secret, self._wall_time()),
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        try:
            return 200 <= post(delivery.body, headers) < 300
        except OSError:
            return False

    def _end(self, delivery: Delivery) -> None:
        with self._store.writing() as book:
            event = book.event(delivery.event_id)
            event.body["pending_webhooks"] = 0
            book.save(event)
            book.end_delivery(delivery.event_id)

    def _retry(self, delivery: Delivery) -> None:
        if delivery.attempts >= len(RETRY_AFTER_SECONDS):
            self._end(delivery)
            return
        wait = RETRY_AFTER_SECONDS[delivery.attempts]
        with self._store.writing() as book:
            book.postpone_delivery(delivery.event_id, self._wall() + wait, delivery.attempts + 1)

    def _wall(self) -> float:
        return self._wall_time().timestamp()


def _delivery(event_id: str, attempts: int, event: Json) -> Delivery:
    body = json.dumps(event, ensure_ascii=False, indent=2).encode()
    return Delivery(event_id, event.get("account"), event["type"], attempts, body)


def _chance(switches: Switches, fate: str, delivery: Delivery) -> bool:
    """Luck that the same seed repeats for the same event."""
    percent = {
        "drop": switches.drop_percent,
        "duplicate": switches.duplicate_percent,
        "reorder": switches.reorder_percent,
    }[fate]
    luck = random.Random(f"{switches.seed}:{fate}:{delivery.event_id}")  # noqa: S311 no secret
    return luck.random() * 100 < percent
