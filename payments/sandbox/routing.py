"""What an endpoint of the sandbox is, and what is said of each."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from payments.sandbox.book import Json
from payments.sandbox.desk import Desk
from payments.sandbox.reading import listed, shown
from payments.sandbox.wire import Params, text

READ = ("expand",)

Handler = Callable[[Desk, Params, str], Json]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `pattern` has at most one group: the id in the path.

    `secret` and `page` say which keys may use it: the firm's server, the payer's page.
    """

    method: str
    pattern: re.Pattern[str]
    handle: Handler
    params: tuple[str, ...]
    secret: bool = True
    page: bool = False


def route(
    method: str,
    path: str,
    handle: Handler,
    params: tuple[str, ...],
    *,
    secret: bool = True,
    page: bool = False,
) -> Route:
    """An endpoint; `{id}` in the path stands for the object's id."""
    pattern = re.compile(path.replace("{id}", "([A-Za-z0-9_]{1,255})"))
    return Route(method, pattern, handle, params, secret, page)


def retrieve(kind: str) -> Handler:
    """The endpoint that shows one object of a kind."""

    def handle(desk: Desk, params: Params, object_id: str) -> Json:
        return shown(desk, desk.named(kind, object_id), params)

    return handle


def listing(kind: str, url: str, *filters: str) -> Handler:
    """The endpoint that lists the objects of a kind, newest first, by what the filters hold."""

    def handle(desk: Desk, params: Params, _: str) -> Json:
        where = {name: [value] for name in filters if (value := text(params, name))}
        return listed(desk, kind, url, params, where)

    return handle
