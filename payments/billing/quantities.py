"""Quantities: hours or pieces in whole thousandths; what people type, and what they read."""

import re

TYPED_CHARS_MAX = 16
# ASCII digits only, like amounts: float() would take NaN, 1e9, 1_000 and digits of other scripts.
_WHOLE = r"(?P<whole>[0-9]{1,7}|[0-9]{1,3}(?:%s[0-9]{3}){1,2})"
_REST = r"(?:[%s](?P<rest>[0-9]{1,3}))?"
_POINT = re.compile(_WHOLE % "," + _REST % ".")
_COMMA = re.compile(_WHOLE % " " + _REST % ".,")


class NotAQuantity(ValueError):
    """What was typed cannot be read as a number of hours or pieces."""


def parse_thousandths(typed: str, locale: str) -> int:
    """The thousandths in `1.25`, or in French `1,25`. Raises `NotAQuantity` for anything else:
    signs, exponents, fractions, more than three decimals. Zero parses; a bill refuses it."""
    text = typed.replace("\u00a0", " ").replace("\u202f", " ").strip()
    pattern = _COMMA if locale.startswith("fr") else _POINT
    match = pattern.fullmatch(text) if len(text) <= TYPED_CHARS_MAX else None
    if match is None:
        raise NotAQuantity(typed[:TYPED_CHARS_MAX])
    whole = re.sub(r"[, ]", "", match["whole"])
    return int(whole) * 1_000 + int((match["rest"] or "").ljust(3, "0"))


def plain(thousandths: int) -> str:
    """`1.5`: for an input field, no more decimals than needed."""
    whole, rest = divmod(thousandths, 1_000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") if rest else f"{whole}"
