"""One URL, two renderings: the whole page, or with HX-Request the fragment that changes in it."""

from typing import Any

from flask import Response, make_response, render_template, request


def wants_fragment() -> bool:
    """Whether htmx asks for a part. A restore of its history needs the whole page."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def page_or_fragment(page: str, fragment: str, status: int = 200, **context: Any) -> Response:
    """Render `fragment` for htmx and `page` (which includes it) for everybody else."""
    template = fragment if wants_fragment() else page
    response = make_response(render_template(template, **context), status)
    response.headers.add("Vary", "HX-Request")
    return response


def list_or_fragment(page: str, fragment: str, address: str, **context: Any) -> Response:
    """The same for a list with filters: a fragment says what it has found (`announced`), and the
    browser shows the list's own `address`."""
    asked = wants_fragment()
    response = page_or_fragment(page, fragment, announced=asked, **context)
    if asked:
        response.headers["HX-Push-Url"] = address
    return response
