"""What the API shows: objects with what was asked to be expanded, and pages of them."""

import re

from payments.sandbox.book import Json, Page, Record
from payments.sandbox.desk import Desk
from payments.sandbox.errors import bad_parameter, no_such
from payments.sandbox.wire import Params, integer, text, texts

PAGE_MAX = 100
EXPAND_DEPTH_MAX = 4
EXPANDABLE = frozenset(
    {
        "balance_transaction",
        "charge",
        "customer",
        "failure_balance_transaction",
        "latest_charge",
        "mandate",
        "payment_intent",
        "payment_method",
        "source",
    }
)
LIST_PARAMS = ("created", "ending_before", "expand", "limit", "starting_after")


def shown(desk: Desk, record: Record, params: Params) -> Json:
    """One object as it is now, expanded as asked. Raises ApiError for a wrong `expand`."""
    body = _current(desk, record.body)
    for path in texts(params, "expand"):
        _expand(desk, body, path.split("."), path)
    return body


def listed(
    desk: Desk, kind: str, url: str, params: Params, where: dict[str, list[str]] | None = None
) -> Json:
    """A page of objects, newest first (https://docs.stripe.com/api/pagination)."""
    limit = integer(params, "limit")
    if limit is not None and not 1 <= limit <= PAGE_MAX:
        raise bad_parameter("limit", "Limit must be between 1 and 100.")
    page = Page(
        limit=limit or 10,
        starting_after=_cursor(desk, kind, params, "starting_after"),
        ending_before=_cursor(desk, kind, params, "ending_before"),
        created=_created(params),
        where=tuple((name, tuple(wanted)) for name, wanted in (where or {}).items()),
    )
    records, more = desk.book.page(desk.account, kind, page)
    body: Json = {
        "object": "list",
        "data": [_current(desk, record.body) for record in records],
        "has_more": more,
        "url": url,
    }
    for path in texts(params, "expand"):
        first, _, rest = path.partition(".")
        if first != "data" or not rest:
            raise bad_parameter("expand", f"This property cannot be expanded ({path}).")
        for item in body["data"]:
            _expand(desk, item, rest.split("."), path)
    return body


def _current(desk: Desk, body: Json) -> Json:
    """Book entries become available by the clock alone; nothing announces it."""
    if body["object"] == "balance_transaction":
        return body | {"status": "available" if desk.at >= body["available_on"] else "pending"}
    body = dict(body)
    if "balance_transactions" in body:
        body["balance_transactions"] = [
            _current(desk, entry) for entry in body["balance_transactions"]
        ]
    return body


def _expand(desk: Desk, body: Json, path: list[str], whole: str) -> None:
    name, rest = path[0], path[1:]
    if name == "refunds" and body["object"] == "charge" and not rest:
        where = {"charge": [body["id"]]}
        body[name] = listed(desk, "refund", f"/v1/charges/{body['id']}/refunds", {}, where)
        return
    if name not in EXPANDABLE or name not in body or len(path) > EXPAND_DEPTH_MAX:
        raise bad_parameter("expand", f"This property cannot be expanded ({whole}).")
    value = body[name]
    if isinstance(value, str):
        value = body[name] = _current(desk, desk.book.get(desk.account, value).body)
    if rest and value is not None:
        _expand(desk, value, rest, whole)


def _cursor(desk: Desk, kind: str, params: Params, name: str) -> int | None:
    object_id = text(params, name)
    if object_id is None:
        return None
    record = desk.book.find(desk.account, object_id)
    if record is None or record.kind != kind:
        raise no_such(kind, object_id, name)
    return record.seq


def _created(params: Params) -> tuple[tuple[str, int], ...]:
    given = params.get("created", {})
    bounds = given if isinstance(given, dict) else {"gte": given, "lte": given}
    for name, value in bounds.items():
        if name not in ("gt", "gte", "lt", "lte") or not re.fullmatch(r"[0-9]{1,12}", str(value)):
            raise bad_parameter("created", "Invalid time range.")
    return tuple((name, int(value)) for name, value in bounds.items())
