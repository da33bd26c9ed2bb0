"""Requests whose body is a file."""

from typing import BinaryIO, cast

from flask import abort, request

from portal.web import entrance
from portal.web.blueprints import GuardedBlueprint

_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}


def takes_raw_body(blueprint: GuardedBlueprint, name: str) -> None:
    """Have one view of a blueprint take the body as a file, also one that comes in chunks. Forms
    are refused: they would be read before the view is asked."""
    endpoint = f"{blueprint.name}.{name}"
    entrance.counts_its_bytes(endpoint)

    @blueprint.before_request
    def refuse_a_form() -> None:
        if request.endpoint == endpoint and request.mimetype in _FORMS:
            abort(415)


def raw_body(bytes_max: int) -> tuple[BinaryIO, int | None]:
    """The body of this request, unread, and how long it says it is: none where it comes in chunks,
    whose reader counts them. Answers 413 for one that is longer than may be, before it is read."""
    length = request.content_length
    if length is None and "Transfer-Encoding" not in request.headers:
        length = 0
    if length is not None and length > bytes_max:
        abort(413)
    return cast(BinaryIO, request.environ["wsgi.input"]), length
