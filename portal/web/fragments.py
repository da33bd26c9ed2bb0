"""One URL, two renderings: the whole page, or with HX-Request the fragment that changes in it."""

from typing import Any

from flask import Response, make_response, redirect, render_template
from htmx_flask import request
from werkzeug.wrappers import Response as AnyResponse


def wants_fragment() -> bool:
    """Whether htmx asks for a part. A restore of its history needs the whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def page_or_fragment(page: str, fragment: str, status: int = 200, /, **context: Any) -> Response:
    """Render `fragment` for htmx and `page` (which includes it) for everybody else."""
    return part(fragment if wants_fragment() else page, status, **context)


def list_or_fragment(page: str, fragment: str, address: str, /, **context: Any) -> Response:
    """The same for a list with filters: a fragment says what it has found (`announced`), and the
    browser shows the list's own `address`."""
    asked = wants_fragment()
    response = page_or_fragment(page, fragment, announced=asked, **context)
    if asked:
        response.headers["HX-Push-Url"] = address
    return response


def part(template: str, status: int = 200, /, **context: Any) -> Response:
    """Render a template at an address that answers htmx with another one."""
    return _varied(make_response(render_template(template, **context), status))


def nothing_new() -> Response:
    """To a page that asks again and has seen it all."""
    return _varied(Response(status=204))


def go_to(address: str) -> AnyResponse:
    """Move the whole page: a 303, or a header that htmx and the pay page's script follow."""
    if wants_fragment():
        return _varied(Response(status=204, headers={"HX-Redirect": address}))
    return redirect(address, 303)


def _varied(response: Response) -> Response:
    response.headers.add("Vary", "HX-Request")
    return response
