"""Check what we send to Stripe: path, keys, enums, types and documented limits."""

import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from payments.gateway.contract.endpoints import find_endpoint
from payments.gateway.contract.shapes import Record, fields_of
from payments.gateway.contract.violation import ContractViolation
from payments.gateway.contract.walk import Dialect, Where, check, check_record, contiguous

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
PART_NAME = re.compile(r'name="([^"]*)"(?:; filename="([^"]*)")?')
INTEGER = re.compile(r"-?[0-9]+")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

# https://docs.stripe.com/api/metadata and https://docs.stripe.com/api/pagination
METADATA_KEYS_MAX = 50
METADATA_KEY_CHARACTERS_MAX = 40
METADATA_VALUE_CHARACTERS_MAX = 500
PAGE_ITEMS_MAX = 100
EVENT_NAMES_MAX = 20


def check_request(
    method: str, path: str, form_body: bytes | str | Mapping[str, object] | None = None
) -> None:
    """Raise `ContractViolation` unless Stripe's types allow the request.

    `path` may be a whole address; the parameters of GET and DELETE are read from its query. The
    body is the form as sent, or its keys and values already nested.
    """
    verb, address = method.lower(), urlsplit(path)
    endpoint = find_endpoint(verb, address.path)
    if endpoint is None:
        raise ContractViolation(f"Stripe has no {method.upper()} {address.path}")
    form = dict(form_body) if isinstance(form_body, Mapping) else decode_form(form_body or b"")
    form = cast("dict[str, object]", _as_text(form))
    query = decode_form(address.query)
    if query and verb == "post":
        raise ContractViolation("parameters of a POST belong in its body")
    form |= query
    if endpoint.params is not None:
        check_record(endpoint.params, form, (), FORM)
    elif form:
        raise ContractViolation("takes no parameters", (next(iter(form)),))
    _check_limits(form, ())
    if address.path == "/v1/events":
        _check_event_names(form)


def decode_form(body: bytes | str) -> dict[str, object]:
    """`a[b][0]=x` as nested dictionaries of texts; `a[]=x` counts up by itself.

    The other way in which the SDK writes a form, for uploads, begins with its boundary: of a file
    only the name is told.
    """
    if isinstance(body, bytes) and body.startswith(b"--"):
        return _decode_upload(body)
    try:
        text = body.decode("ascii") if isinstance(body, bytes) else body
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError as problem:
        raise ContractViolation(f"the form cannot be read: {problem}") from problem
    form: dict[str, object] = {}
    for key, value in pairs:
        _insert(form, key, value)
    return form


def _decode_upload(body: bytes) -> dict[str, object]:
    boundary = body.partition(b"\r\n")[0]
    parts = body.split(boundary)
    if parts[-1] != b"--\r\n":
        raise ContractViolation("the upload does not end as it began")
    form: dict[str, object] = {}
    for part in parts[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        named = PART_NAME.search(head.decode())
        if named is None:
            raise ContractViolation("a part of the upload has no name")
        is_file = named[2] is not None
        _insert(form, named[1], named[2] if is_file else content.removesuffix(b"\r\n").decode())
    return form


def _insert(form: dict[str, object], key: str, value: str) -> None:
    match = KEY.fullmatch(key)
    if match is None:
        raise ContractViolation(f"key {key!r} cannot be read")
    words = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    place = form
    for word in words[:-1]:
        inner = place.setdefault(word, {})
        if not isinstance(inner, dict):
            raise ContractViolation(f"key {key!r} is both a value and an object")
        place = cast("dict[str, object]", inner)
    last = words[-1] or str(len(place))
    if last in place:
        raise ContractViolation(f"key {key!r} was sent twice")
    place[last] = value


def _as_text(value: object) -> object:
    """Python values as a form writes them."""
    if isinstance(value, Mapping):
        parts = cast("Mapping[object, object]", value)
        return {str(key): _as_text(part) for key, part in parts.items()}
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        return {str(index): _as_text(part) for index, part in enumerate(items)}
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _check_limits(form: Mapping[str, object], where: Where) -> None:
    for key, value in form.items():
        if key == "metadata" and isinstance(value, dict):
            _check_metadata(cast("dict[str, str]", value), (*where, key))
        elif isinstance(value, dict):
            _check_limits(cast("dict[str, object]", value), (*where, key))
        elif key == "limit" and not where and not 1 <= int(str(value)) <= PAGE_ITEMS_MAX:
            raise ContractViolation(f"must be 1 to {PAGE_ITEMS_MAX}", (key,))


def _check_metadata(metadata: Mapping[str, str], where: Where) -> None:
    if len(metadata) > METADATA_KEYS_MAX:
        raise ContractViolation(f"has more than {METADATA_KEYS_MAX} keys", where)
    for key, value in metadata.items():
        if len(key) > METADATA_KEY_CHARACTERS_MAX:
            raise ContractViolation("the key is too long", (*where, key))
        if len(value) > METADATA_VALUE_CHARACTERS_MAX:
            raise ContractViolation("the value is too long", (*where, key))


def _check_event_names(form: Mapping[str, object]) -> None:
    """The SDK types these as plain text, although Stripe knows every name."""
    names = list(cast("dict[str, str]", form.get("types", {})).values())
    if len(names) > EVENT_NAMES_MAX:
        raise ContractViolation(f"has more than {EVENT_NAMES_MAX} names", ("types",))
    known = fields_of(Record("stripe._event", ("Event",)))["type"].shape
    for name in [*names, *([form["type"]] if "type" in form else [])]:
        check(known, name, ("types",), FORM)


def _is_scalar(kind: str, value: object) -> bool:
    if not isinstance(value, str):
        return False
    match kind:
        case "int":
            return INTEGER.fullmatch(value) is not None
        case "float" | "Decimal":
            return NUMBER.fullmatch(value) is not None
        case "bool":
            return value in ("true", "false")
        case _:
            return True


def _as_list(value: object) -> list[object] | None:
    return contiguous(cast("dict[str, object]", value)) if isinstance(value, dict) else None


FORM = Dialect(_is_scalar, _as_list)
