"""One HTTP request to the sandbox, and its answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from payments.sandbox.desk import API_VERSION, new_id
from payments.sandbox.errors import ApiError
from payments.sandbox.files import FILE_BYTES_MAX

PAGE_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 1024 * 1024  # the evidence of a dispute is the largest form
UPLOAD_BYTES_MAX = FILE_BYTES_MAX + BODY_BYTES_MAX
KEY_CHARACTERS_MAX = 255


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `form` is the body of a POST, or the query of a GET, still encoded.

    Where a file came with it, `upload` is its content, and the form holds its name.
    """

    method: str
    path: str
    form: str
    authorization: str
    account: str
    idempotency_key: str | None
    version: str
    upload: bytes | None = None
    request_id: str = field(default_factory=lambda: new_id("req"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    headers: list[tuple[str, str]]


def read_request(environ: Mapping[str, Any], *, from_page: bool = False) -> Request:
    """Read a WSGI request. Raises ApiError 413 for too large a body, 400 for what is no form.

    `from_page`: it may come from anybody's browser, and sends small forms only.
    """
    method = environ["REQUEST_METHOD"]
    form, upload = environ.get("QUERY_STRING", ""), None
    if method == "POST":
        form, upload = _read_body(environ, from_page=from_page)
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
        upload=upload,
    )


def _read_body(environ: Mapping[str, Any], *, from_page: bool) -> tuple[str, bytes | None]:
    media_type, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
    is_upload = media_type == "multipart/form-data" and not from_page
    length = environ.get("CONTENT_LENGTH") or "0"
    bytes_max = UPLOAD_BYTES_MAX if is_upload else BODY_BYTES_MAX
    if from_page:
        bytes_max = PAGE_BYTES_MAX
    if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > bytes_max:
        raise ApiError(413, "The request body is too large.", executed=False)
    body: bytes = environ["wsgi.input"].read(int(length))
    try:
        if is_upload:
            return _read_upload(body, options)
        return body.decode("ascii"), None
    except (ValueError, RequestEntityTooLarge) as error:
        raise ApiError(400, "Invalid request body.", executed=False) from error


def _read_upload(body: bytes, options: dict[str, str]) -> tuple[str, bytes | None]:
    """The parts of a multipart form: its texts with the name of its file, and that file."""
    parser = FormDataParser(
        stream_factory=lambda *_, **__: BytesIO(),  # the whole body is in memory already
        max_form_memory_size=BODY_BYTES_MAX,
        silent=False,
    )
    _, form, files = parser.parse(BytesIO(body), "multipart/form-data", len(body), options)
    pairs, content = list(form.items(multi=True)), None
    for name, file in files.items(multi=True):
        pairs.append((name, file.filename or ""))
        content = file.read()
    return urlencode(pairs), content


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
