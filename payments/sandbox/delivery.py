"""The sandbox's webhooks leave by a job of the product's, never from the request that caused them.

A request holds the write gate of the database; a webhook delivered from inside it would wait for
that gate at its own front door.
"""

import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from payments.sandbox.current import sandbox
from payments.sandbox.transport import SandboxHttpClient
from portal.core import clock, db, jobs

DELIVER = "sandbox.deliver"
PAUSE_MIN = timedelta(seconds=1)
ANSWER_SECONDS_MAX = 10


class NudgingClient(SandboxHttpClient):
    """Calls the sandbox, then owes the delivery of whatever events the call has made."""

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One attempt, like its parent's; a lost answer leaves its events to the next one."""
        try:
            return super().request(method, url, headers, post_data, _usage=_usage)
        finally:
            nudge()


def nudge() -> None:
    """Owe a delivery if events wait to be sent, or something falls due in the sandbox."""
    webhooks, service = sandbox().webhooks, sandbox().service
    due_at = clock.now() if webhooks.has_undelivered() else service.next_due()
    if due_at is not None:
        with db.transaction() as session:
            jobs.enqueue(session, DELIVER, due_at=due_at, unique_key=DELIVER)


@jobs.recurring(DELIVER, every=timedelta(hours=1))
def deliver() -> None:
    """Let happen what is due at the sandbox, and send the webhooks that wait."""
    here = sandbox()
    here.service.tick()
    while here.webhooks.deliver(here.post) > 0:
        here.service.tick()
    due_at = here.service.next_due()
    wait = here.webhooks.next_in()
    if wait is not None:
        again_at = clock.now() + max(wait, PAUSE_MIN)
        due_at = again_at if due_at is None else min(due_at, again_at)
    if due_at is not None:
        raise jobs.Again(due_at)


def post_to(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send one webhook over HTTP; answers the status. Raises OSError where nobody answers."""
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
