"""How Stripe's requests are written: form bodies with `a[b][0]=` keys."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox.errors import ApiError, bad_parameter

Params = dict[str, Any]

_PART = re.compile(r"\[([^\[\]]*)\]")
DEPTH_MAX = 8
FIELDS_MAX = 1000


def decode_form(body: str) -> Params:
    """A nested dict out of a form body; lists come as lists. Raises ApiError 400 for bad keys."""
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise ApiError(400, "Invalid request body.", executed=False) from error
    tree: Params = {}
    for key, value in pairs:
        _put(tree, _parts(key), value, key)
    return {key: _with_lists(value) for key, value in tree.items()}


def _parts(key: str) -> list[str]:
    head, bracket, rest = key.partition("[")
    parts = [head, *_PART.findall(bracket + rest)]
    written = head + "".join(f"[{part}]" for part in parts[1:])
    if not head or "]" in head or written != key or len(parts) > DEPTH_MAX:
        raise bad_parameter(key, f"Invalid parameter name: {key}")
    return parts


def _put(tree: Params, parts: list[str], value: str, key: str) -> None:
    for position, part in enumerate(parts[:-1]):
        if part == "":
            raise bad_parameter(key, f"Invalid array: {key}")
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            raise bad_parameter(parts[0], f"Invalid parameter at depth {position}: {key}")
    name = parts[-1] if parts[-1] != "" else str(len(tree))
    if isinstance(tree.get(name), dict):
        raise bad_parameter(parts[0], f"Invalid parameter: {key}")
    tree[name] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    children = {key: _with_lists(child) for key, child in value.items()}
    if children and all(re.fullmatch(r"[0-9]{1,4}", key) for key in children):
        return [children[key] for key in sorted(children, key=int)]
    return children


def refuse_unknown(params: Params, known: Iterable[str]) -> None:
    """Stripe refuses what it does not know; a typing error must not pass in the sandbox either."""
    for name in params:
        if name == "payment_method_types":
            raise bad_parameter(
                name,
                "The parameter `payment_method_types` can no longer be set in this API version. "
                "Use `allowed_payment_method_types` instead.",
                code="payment_method_types_no_longer_supported",
            )
        if name not in known:
            raise bad_parameter(
                name, f"Received unknown parameter: {name}", code="parameter_unknown"
            )


def text(params: Params, name: str, *, length_max: int = 1000) -> str | None:
    """An optional text. An empty one counts as absent."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise bad_parameter(name, f"Invalid string: {name}")
    if len(value) > length_max:
        raise bad_parameter(name, f"{name} may be at most {length_max} characters.")
    return value


def required_text(params: Params, name: str) -> str:
    """A text that must be there. Raises ApiError `parameter_missing`."""
    value = text(params, name)
    if value is None:
        raise bad_parameter(name, f"Missing required param: {name}.", code="parameter_missing")
    return value


def integer(params: Params, name: str) -> int | None:
    """An optional whole number, written in ASCII digits."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise bad_parameter(name, f"Invalid integer: {value}", code="parameter_invalid_integer")
    return int(value)


def flag(params: Params, name: str) -> bool:
    """An optional `true` or `false`, false when absent."""
    value = params.get(name, "false")
    if value not in ("true", "false"):
        raise bad_parameter(name, f"Invalid boolean: {value}")
    return value == "true"


def texts(params: Params, name: str) -> list[str]:
    """An optional list of texts."""
    value = params.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_parameter(name, f"Invalid array: {name}")
    return value


def group(params: Params, name: str) -> Params:
    """An optional nested group of parameters."""
    value = params.get(name, {})
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise bad_parameter(name, f"Invalid object: {name}")
    return value


def metadata(params: Params) -> dict[str, str]:
    """Metadata within Stripe's limits: 50 keys of 40 characters, values of 500."""
    given = group(params, "metadata")
    if len(given) > 50:
        raise bad_parameter("metadata", "Metadata may hold at most 50 keys.")
    for key, value in given.items():
        if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
            raise bad_parameter(f"metadata[{key}]", f"Invalid metadata: {key}")
    return given


def one_of(params: Params, name: str, allowed: Iterable[str]) -> str | None:
    """An optional word out of a closed list."""
    value = text(params, name)
    options = tuple(allowed)
    if value is not None and value not in options:
        raise bad_parameter(name, f"Invalid {name}: must be one of {', '.join(options)}")
    return value
