"""One HTTP request to the sandbox, and its answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from payments.sandbox.desk import API_VERSION, new_id
from payments.sandbox.errors import ApiError

BODY_BYTES_MAX = 64 * 1024
KEY_CHARACTERS_MAX = 255


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `form` is the body of a POST, or the query of a GET, still encoded."""

    method: str
    path: str
    form: str
    authorization: str
    account: str
    idempotency_key: str | None
    version: str
    request_id: str = field(default_factory=lambda: new_id("req"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    headers: list[tuple[str, str]]


def read_request(environ: Mapping[str, Any]) -> Request:
    """Read a WSGI request. Raises ApiError 413 over 64 KB and 400 for what is no text."""
    method = environ["REQUEST_METHOD"]
    form = environ.get("QUERY_STRING", "")
    if method == "POST":
        length = environ.get("CONTENT_LENGTH") or "0"
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > BODY_BYTES_MAX:
            raise ApiError(413, "The request body is too large.", executed=False)
        try:
            form = environ["wsgi.input"].read(int(length)).decode("ascii")
        except UnicodeDecodeError as error:
            raise ApiError(400, "Invalid request body.", executed=False) from error
    key = environ.get("HTTP_IDEMPOTENCY_KEY") or None
    if key is not None and len(key) > KEY_CHARACTERS_MAX:
        raise ApiError(400, "The idempotency key is too long.", executed=False)
    return Request(
        method=method,
        path=environ.get("PATH_INFO", ""),
        form=form,
        authorization=environ.get("HTTP_AUTHORIZATION", ""),
        account=environ.get("HTTP_STRIPE_ACCOUNT", ""),
        idempotency_key=key if method == "POST" else None,
        version=environ.get("HTTP_STRIPE_VERSION", ""),
    )


def json_answer(status: int, text: str, request: Request | None, *, replayed: bool) -> Answer:
    """An answer with the headers that Stripe sends."""
    body = text.encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-cache, no-store"),
        ("Stripe-Version", API_VERSION),
    ]
    if request is not None:
        headers.append(("Request-Id", request.request_id))
        if request.idempotency_key is not None:
            headers.append(("Idempotency-Key", request.idempotency_key))
    if replayed:
        headers.append(("Idempotent-Replayed", "true"))
    return Answer(status, body, headers)


def error_answer(error: ApiError, request: Request | None) -> Answer:
    """A refusal."""
    return json_answer(error.status, json.dumps(error.body()), request, replayed=False)
