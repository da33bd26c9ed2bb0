"""The client portal's guard: who is signed in, and that a form is their own.

Clients have a session of their own making, apart from the staff's cookie. Which feature keeps it
is told by `find_client_by`, as this one may not know it.
"""

import hmac
from collections.abc import Callable
from typing import Any, Protocol, cast

from flask import abort, g, request
from werkzeug.wrappers import Response

from portal.web.entrance import to_sign_in

SIGN_IN = "client_sign_in.show"
TOKEN_FIELD, TOKEN_HEADER = "csrf_token", "X-CSRFToken"


class Client(Protocol):
    """A signed-in client, as every page of theirs needs to know them."""

    @property
    def contact_id(self) -> int: ...
    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def form_token(self) -> str: ...


_find: list[Callable[[], Client | None]] = []


def find_client_by(find: Callable[[], Client | None]) -> None:
    """Name what tells the client of this request by its cookie; None for a stranger."""
    _find[:] = [find]


def client_of_request() -> Client | None:
    """The client who asks, on a page that is not one of the portal's own (the pay page that it has
    led to); None for a stranger."""
    return _find[0]() if _find else None


def current_client() -> Client:
    """The client whose page this is. Only on client pages, where the guard has found one."""
    return cast(Client, g.client)


def refuse_client(body_bytes_max: int | None, raw_body: bool) -> Response | None:
    """Why this request may not come in, as an answer; None where it may."""
    client = client_of_request()
    if client is None:
        return to_sign_in(SIGN_IN)
    g.client = client
    if request.method not in {"GET", "HEAD"}:
        if body_bytes_max is not None:
            request.max_content_length = body_bytes_max
        sent = request.headers.get(TOKEN_HEADER, "")
        if not sent and not raw_body:
            sent = request.form.get(TOKEN_FIELD, "")
        if not hmac.compare_digest(sent.encode(), client.form_token.encode()):
            abort(400)
    return None


def form_token() -> dict[str, Any]:
    """For the templates of client pages: the token that their forms carry."""
    client = g.get("client")
    return {"client": client, "form_token": client.form_token} if client else {}
