"""What a document says, in parts that a PDF and a page show alike: a bill, a trust request, a
receipt or a statement. All texts are in the reader's language already."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask_babel import gettext as _

from payments.money.amounts import Money
from portal.core import qr
from portal.firm.letterhead import Letterhead

Paper = Literal["us-letter", "a4"]

REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Fact:
    """Something with its name: "Due", "June 2, 2026". `strong` ones are what it comes to."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Figures stand at the right; `words` take the room that is left."""

    label: str
    kind: Literal["day", "words", "figure"]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, as those of one matter, whose `total` stands beside its `title`.
    Each row has a value for each column."""

    rows: tuple[tuple[str, ...], ...]
    title: str | None = None
    total: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A table with what it comes to. `empty` is said where there are no rows."""

    columns: tuple[Column, ...] = ()
    groups: tuple[Group, ...] = ()
    totals: tuple[Fact, ...] = ()
    heading: str | None = None
    empty: str | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """**Paid**, **Void** or **Draft**, and what that means, in a sentence."""

    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Pay:
    """Where the document can be paid: an address as text and as a QR code."""

    heading: str
    sentence: str
    url: str
    alt: str

    @property
    def code(self) -> str:
        """The QR code of exactly this address, as SVG."""
        return qr.svg(self.url).decode()


@dataclass(frozen=True, slots=True)
class Note:
    """What the firm wrote to the reader."""

    heading: str
    words: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom the document is addressed to."""

    label: str
    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `title` and `filename` name no matter (FEATURES M13)."""

    title: str
    filename: str
    language: str
    paper: Paper
    firm: Letterhead
    reader: Reader | None
    facts: tuple[Fact, ...]
    figure: Fact | None
    closing: str
    foot: str
    page_words: str
    stamp: Stamp | None = None
    lead: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    pay: Pay | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Formats:
    """Amounts, days and numbers as a reader of this locale writes them.

    Remembered, since Babel takes longer over a figure than typst over a line of a bill.
    """

    locale: str
    currency: str

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019  two small texts are all that it keeps alive
    def money(self, cents: int) -> str:
        """An amount in the document's currency."""
        return Money(cents, self.currency).format(self.locale)

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019
    def day(self, day: date) -> str:
        """A day in full: `June 2, 2026`."""
        return format_date(day, "long", locale=self.locale)

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019
    def short_day(self, day: date) -> str:
        """A day in a table: `Jun 2, 2026`."""
        return format_date(day, "medium", locale=self.locale)

    def percent(self, thousandths: int) -> str:
        """Thousandths of a percent: 9975 is `9.975%`."""
        share = Decimal(thousandths) / 100_000
        return format_percent(share, locale=self.locale, decimal_quantization=False)

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019
    def quantity(self, thousandths: int) -> str:
        """Hours or pieces in thousandths: 1500 is `1.5`."""
        pieces = Decimal(thousandths) / 1_000
        return format_decimal(pieces, locale=self.locale, decimal_quantization=False)


def closing(firm: Letterhead) -> str:
    """Whom to ask, at the end of every document."""
    if firm.phone and firm.email:
        return _(
            "Questions? Call %(phone)s or write to %(email)s.", phone=firm.phone, email=firm.email
        )
    if firm.phone or firm.email:
        return _("Questions? Contact us: %(where)s", where=firm.phone or firm.email)
    return ""


def page_words() -> str:
    """The foot of a page, with places for the two numbers."""
    return _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}")
