"""Strangers with links, and somebody who sends webhooks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from payments.sandbox.making import webhook_secret
from payments.sandbox.signer import signature_header
from portal.core import clock, config
from tests.factories.fixtures import (  # noqa: F401  pytest finds fixtures by name
    client_of_trust,
    links,
    no_waiting,
    payer,
    stores_nothing,
)
from tests.factories.payments import BASE_URL

ADDRESS = "/webhooks/stripe"
Deliver = Callable[..., int]


@pytest.fixture
def deliver(app: Flask) -> Deliver:
    """Send a body to the webhook address, signed as the processor signs; answers the status."""

    def send(
        body: bytes,
        *,
        secret: str = "",
        late: timedelta = timedelta(0),
        signature: str | None = None,
        **more: Any,
    ) -> int:
        at = clock.wall_time() - late
        if signature is None:
            signature = signature_header(body, secret or webhook_secret(config.current()), at)
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        answer = app.test_client().post(
            ADDRESS, data=body, headers=headers, base_url=BASE_URL, **more
        )
        assert answer.status_code < 500, answer.get_data(as_text=True)
        return answer.status_code

    return send
