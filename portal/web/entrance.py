"""What is turned away before any view runs."""

from flask import Flask, Response, abort, redirect, url_for
from htmx_flask import request
from werkzeug.wrappers import Response as AnyResponse

_counting: set[str] = set()


def counts_its_bytes(endpoint: str) -> None:
    """Let chunked bodies come to this endpoint: its view counts what it takes, and stops."""
    _counting.add(endpoint)


def init_app(app: Flask) -> None:
    """Refuse addresses that no database can hold, and bodies that do not say how long they are."""

    @app.before_request
    def refuse_nul_in_an_address() -> None:
        # PostgreSQL takes no NUL in a text: nothing is kept under such a name, so it is not asked.
        if any("\0" in str(value) for value in (request.view_args or {}).values()):
            abort(404)

    @app.before_request
    def refuse_a_body_of_unknown_length() -> None:
        # A chunked body over MAX_CONTENT_LENGTH would be cut silently instead of refused.
        unknown = request.content_length is None and "Transfer-Encoding" in request.headers
        if unknown and request.endpoint not in _counting:
            abort(411)


def to_sign_in(endpoint: str) -> AnyResponse:
    """To where one signs in, and from there back. A fragment must not become a sign-in form: the
    whole page moves there."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.htmx:
        page = (request.htmx.current_url or "").removeprefix(request.host_url)
        back = f"/{page}" if page else None
    return whole_page_to(url_for(endpoint, next=back))


def whole_page_to(address: str) -> AnyResponse:
    """Refuse, and move the whole page, also where htmx asked for a part of it."""
    if request.htmx:
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)
