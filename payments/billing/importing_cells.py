"""Amounts, quantities and percentages as files of other systems write them.

A file says neither its language nor its country, so both ways to write a figure are read: 1,250.00
and 1 250,00. No amount can be read in two ways, as cents have two digits and thousands three. Of
1,250 pieces the comma divides thousands; in a percentage it never does.
"""

import re
from collections.abc import Callable, Iterator

from payments.billing.quantities import NotAQuantity, parse_thousandths
from payments.billing.reckoning import NO_DISCOUNT, Discount, TaxDetails
from payments.money.amounts import NotAnAmount, parse_cents
from portal.imports.cells import listed

_WAYS = ("en_US", "fr_CA")
# Below zero with a minus before or behind the sign of the dollar, or in brackets, as books have it.
_BELOW = re.compile(r"\((?P<bracketed>[^()]+)\)|(?P<sign>\$?)[-\u2212]\s?(?P<rest>.+)")
_ONE_DECIMAL = re.compile(r".*[0-9][.,][0-9]")  # 12.5, as a spreadsheet leaves the last zero out
_TAX = re.compile(r"(?P<label>.*[^\s:])[\s:]+(?P<percent>[0-9][0-9.,]*)\s?%")


class NotAFigure(ValueError):
    """What stands in a cell is no such figure."""


def cents(text: str) -> int:
    """The cents of an amount, also of one below zero. Raises `NotAFigure`."""
    below = _BELOW.fullmatch(text)
    if below is None:
        return _read(parse_cents, text)
    return -_read(parse_cents, below["bracketed"] or f"{below['sign']}{below['rest']}")


def thousandths(text: str) -> int:
    """The thousandths of a quantity: 2.5 or 2,5. Raises `NotAFigure`."""
    return _read(parse_thousandths, text)


def _percent(text: str) -> int:
    return thousandths(text.replace(",", "."))


def _read(parse: Callable[[str, str], int], text: str) -> int:
    whole = f"{text}0" if parse is parse_cents and _ONE_DECIMAL.fullmatch(text) else text
    for way in _WAYS:
        try:
            return parse(whole, way)
        except (NotAnAmount, NotAQuantity):
            continue
    raise NotAFigure(text[:40])


def discount(text: str) -> Discount:
    """A discount as 10% or 50.00; none where nothing is said. Raises `NotAFigure`."""
    if not text:
        return NO_DISCOUNT
    if text.endswith("%"):
        return Discount(percent_thousandths=_percent(text[:-1].rstrip()))
    return Discount(cents=cents(text))


def taxes(text: str) -> Iterator[TaxDetails]:
    """Taxes as GST 5%; QST 9.975%. Raises `NotAFigure`."""
    for part in listed(text):
        found = _TAX.fullmatch(part)
        if found is not None:
            yield TaxDetails(found["label"], _percent(found["percent"]))
        elif not _is_nothing(part):
            raise NotAFigure(part[:40])


def _is_nothing(text: str) -> bool:
    try:
        return cents(text.removesuffix("%")) == 0
    except NotAFigure:
        return False
