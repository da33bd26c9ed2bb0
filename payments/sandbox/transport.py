"""The SDK's way to the sandbox within one process: no socket, and so no call to oneself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import stripe

from payments.sandbox.service import SandboxService

FaultKind = Literal[
    "timeout_before", "timeout_after", "reset_after", "status_409", "status_429", "status_500"
]


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure of the way to the processor, for tests.

    `timeout_before` never arrives; `timeout_after` and `reset_after` are carried out and their
    answer is lost: the caller cannot tell these apart. The statuses are answered without anything
    being carried out.
    """

    kind: FaultKind


Faults = Callable[[str, str], Fault | None]

_STATUS_BODIES = {
    409: '{"error": {"type": "invalid_request_error", "code": "lock_timeout",'
    ' "message": "This object cannot be accessed right now."}}',
    429: '{"error": {"type": "invalid_request_error", "code": "rate_limit",'
    ' "message": "Too many requests."}}',
    500: '{"error": {"type": "api_error", "message": "An unknown error occurred."}}',
}


class SandboxHttpClient(stripe.HTTPClient):
    """Hands the SDK's requests to the sandbox. `faults` sees method and path of each attempt."""

    name = "sandbox"

    def __init__(self, service: SandboxService, faults: Faults | None = None) -> None:
        super().__init__()
        self.faults = faults
        self._service = service

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One attempt. Raises stripe.APIConnectionError where a fault asks for it."""
        parts = urlsplit(url)
        fault = self.faults(method, parts.path) if self.faults is not None else None
        kind = fault.kind if fault is not None else ""
        if kind == "timeout_before":
            raise _connection_error("Request timed out.")
        if kind.startswith("status_"):
            status = int(kind.removeprefix("status_"))
            return _STATUS_BODIES[status], status, {}
        answer = self._call(_environ(method, url, headers or {}, post_data))
        if kind == "timeout_after":
            raise _connection_error("Request timed out.")
        if kind == "reset_after":
            raise _connection_error("Connection reset by peer.")
        return answer

    def close(self) -> None:
        """There is no connection to close."""

    def _call(self, environ: dict[str, Any]) -> tuple[str, int, Mapping[str, str]]:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        body = b"".join(
            self._service(environ, lambda status, headers: started.append((status, headers)))
        )
        status, headers = started[0]
        return body.decode(), int(status.split()[0]), _Headers(headers)


class _Headers(dict[str, str]):
    """Header names as the SDK asks for them, in whatever case."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        super().__init__({name.lower(): value for name, value in headers})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _environ(method: str, url: str, headers: Mapping[str, str], post_data: Any) -> dict[str, Any]:
    parts = urlsplit(url)
    body = post_data.encode() if isinstance(post_data, str) else (post_data or b"")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method.upper(),
        "PATH_INFO": unquote(parts.path),
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def _connection_error(message: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(message, should_retry=True)
