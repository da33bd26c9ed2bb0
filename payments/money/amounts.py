"""Amounts: integer minor units and a currency; what people type, and what they read."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from babel import Locale
from babel.numbers import format_currency

CURRENCIES = ("USD", "CAD")
TYPED_CHARS_MAX = 32

# ASCII digits only: Decimal() would take NaN, 1e9, 1_000 and digits of other scripts (TRAPS).
# Cents are exactly two digits, so that 12.345 is refused rather than read as twelve thousand.
_GROUPED = r"[0-9]{{1,3}}(?P<sep>[{groups}])[0-9]{{3}}(?:(?P=sep)[0-9]{{3}})*"
_WHOLE = r"(?P<whole>[0-9]{{1,13}}|" + _GROUPED + ")"
_CENTS = r"(?:[{points}](?P<cents>[0-9]{{2}}))?"
_POINT = re.compile((_WHOLE + _CENTS).format(groups=", '", points="."))
_COMMA = re.compile((_WHOLE + _CENTS).format(groups=" '", points=",."))
# Before the figure or behind it, as each language writes it: US$12, 12 $ US, 12 $, CAD 12.
_SIGN = re.compile(
    r"^(?:US|CA)?\$\s?|\s?(?:US|CA)?\$$|\s?\$\s(?:US|CA)$|^(?:USD|CAD)\s|\s(?:USD|CAD)$"
)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"})


class NotAnAmount(ValueError):
    """What was typed cannot be read as an amount of money."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """So many cents of one currency. Two currencies never meet in a sum."""

    cents: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise ValueError(f"unknown currency {self.currency!r}")

    def __add__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.cents - other.cents, self.currency)

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")

    def format(self, locale: str) -> str:
        """For people. `locale` has language and region: `es` alone prints dollars wrongly."""
        printed = format_currency(
            Decimal(self.cents) / 100, self.currency, locale=Locale.parse(locale)
        )
        # In es_US Babel writes CAD1,234.50, letters against figures; $ alone would be US dollars.
        return printed.replace("CAD", "CA$")

    def plain(self) -> str:
        """`1250.00`: for an input field, a CSV or a machine."""
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02d}"


def as_typed(cents: int, locale: str) -> str:
    """Cents as a person would type them again: `1250.00`, in French `1250,00`."""
    point = "," if locale.startswith("fr") else "."
    return f"{cents // 100}{point}{cents % 100:02d}"


def parse_cents(typed: str, locale: str) -> int:
    """The cents in what a person typed, such as `1,234.50`, `$12` or (in French) `1 234,50 $`.

    `locale` decides what a comma means: thousands in `en_US` and `es_US`, cents in `fr_CA`.
    Raises `NotAnAmount` for anything else: signs, exponents, other digits, one or three decimals.
    Zero parses; the caller's limits refuse it.
    """
    if len(typed) > TYPED_CHARS_MAX:
        raise NotAnAmount(typed[:TYPED_CHARS_MAX])
    text = typed.translate(_SPACES).strip()
    text = _SIGN.sub("", text)
    match = (_COMMA if locale.startswith("fr") else _POINT).fullmatch(text)
    if match is None:
        raise NotAnAmount(typed)
    whole = re.sub(r"[, ']", "", match["whole"])
    return int(whole) * 100 + int(match["cents"] or 0)
