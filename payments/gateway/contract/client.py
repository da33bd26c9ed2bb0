"""An HTTP client for the SDK that lets nothing pass which Stripe's types do not allow."""

import json
from collections.abc import Mapping
from typing import Any

import stripe

from payments.gateway.contract.requests import check_request
from payments.gateway.contract.responses import check_response


class CheckedHttpClient(stripe.HTTPClient):
    """Wraps the client that really sends; every request and every answer below 500 is checked.

    A `ContractViolation` goes through the SDK and the gateway unchanged and fails the test.
    """

    def __init__(self, sender: stripe.HTTPClient) -> None:
        super().__init__()
        self.name = sender.name  # type: ignore[misc]  # the SDK reports it in its user agent
        self._sender = sender

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """One attempt. A 500 may carry anything, as it does in life."""
        check_request(method, url, post_data)
        body, status, answer_headers = self._sender.request(method, url, headers, post_data)
        if status < 500:
            check_response(json.loads(body))
        return body, status, answer_headers

    def close(self) -> None:
        """Close the client that really sends."""
        self._sender.close()
