"""The HTTP client under the SDK: asks leave before each call and remembers lost answers."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import requests
import stripe
from urllib3.exceptions import NewConnectionError

CONNECT_SECONDS = 5
ANSWER_SECONDS = 20


class WatchedClient(stripe.HTTPClient):
    """Wraps the client that really sends; the SDK's retry loop runs here, once per logical call.

    `before_call` runs before every attempt; what it raises reaches the caller unchanged.
    """

    def __init__(self, sender: stripe.HTTPClient, before_call: Callable[[], None] | None) -> None:
        super().__init__()
        self.name = sender.name  # type: ignore[misc]  # the SDK reports it in its user agent
        self._sender = sender
        self._before_call = before_call
        self._memory = threading.local()

    @property
    def answer_lost(self) -> bool:
        """Whether an attempt of this thread's last call was sent and never properly answered."""
        return getattr(self._memory, "answer_lost", False)

    def request_with_retries(self, *args: Any, **kwargs: Any) -> tuple[Any, int, Mapping[str, str]]:
        """One logical call with its retries, all under one idempotency key."""
        self._memory.answer_lost = False
        return super().request_with_retries(*args, **kwargs)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """One attempt."""
        if self._before_call is not None:
            self._before_call()
        try:
            body, status, answer_headers = self._sender.request(method, url, headers, post_data)
        except stripe.APIConnectionError as problem:
            if not never_sent(problem.__cause__):
                self._memory.answer_lost = True
            raise
        if status == 409 or status >= 500:
            self._memory.answer_lost = True
        return body, status, answer_headers

    def close(self) -> None:
        """Close the client that really sends."""
        self._sender.close()


def default_sender() -> stripe.HTTPClient:
    """The SDK's own client over `requests`, with time-outs in seconds (its default is 80)."""
    return stripe.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS))


def never_sent(cause: BaseException | None) -> bool:
    """Whether the connection was never made, so that the request cannot have been carried out."""
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(cause, requests.exceptions.ConnectionError) or not cause.args:
        return False
    return isinstance(getattr(cause.args[0], "reason", None), NewConnectionError)
