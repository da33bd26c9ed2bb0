"""What can be imported: each kind says which columns it knows, and reads and writes its things.

Features to the right register their kinds here (contacts, matters, bills), so that the machine
that reads files knows none of them. A row is one line of the file; a thing is what comes of it: one
contact, or one bill with all its lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from portal.core.errors import Missing
from portal.imports.models import ImportRun

THING_ROWS_MAX = 1_000
"""Rows of one thing: a bill with more lines than this is refused."""

Options = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One column that a kind knows. `aliases` are headings by which other systems call it, whatever
    their capitals, spaces and accents. A `required` one must be matched to a column, unless one of
    `instead` is."""

    name: str
    label: Any
    aliases: tuple[str, ...] = ()
    required: bool = False
    hint: Any = ""
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer an option."""

    value: str
    label: Any
    hint: Any = ""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that holds for the whole file and is asked beside the columns. `by_country` has the
    default for firms of a country ("CA") that differs from `default`."""

    name: str
    label: Any
    choices: tuple[Choice, ...]
    default: str
    by_country: Mapping[str, str] = field(default_factory=dict)

    def default_in(self, country: str) -> str:
        """What is chosen before anybody chose."""
        return self.by_country.get(country, self.default)


DAY_ORDER = Option(
    "days",
    lazy_gettext("How days are written in the file"),
    (
        Choice("mdy", lazy_gettext("Month first, as 12/31/2026")),
        Choice("dmy", lazy_gettext("Day first, as 31/12/2026")),
    ),
    "mdy",
    {"CA": "dmy"},
)
"""For kinds with a column of days: `portal.imports.cells.day` reads them. 2026-12-31 is read with
either."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. `number` is that of a spreadsheet: the headings are row 1. `cells` has
    the text of every field of the kind, trimmed, "" where no column was matched to it."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Thing:
    """The rows of which one contact, matter or bill is made, at least one."""

    rows: tuple[Row, ...]

    @property
    def number(self) -> int:
        """The row at which it begins."""
        return self.rows[0].number

    def __getitem__(self, name: str) -> str:
        """What its first row says."""
        return self.rows[0].cells[name]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be used: its number, the name of the field (or ""), and a sentence."""

    row: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A thing that can be added; `value` is whatever the kind's `write` needs of it."""

    thing: Thing
    value: Any = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A thing that is here already, and stays as it is. Where `key` is given, the machine keeps it
    as the other system's name of `subject_id` (`portal.imports.remembering`)."""

    thing: Thing
    key: str = ""
    subject_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A thing that cannot be added, and every reason."""

    thing: Thing
    problems: Sequence[Problem]


Outcome = Ready | Skipped | Refused


class Kind(Protocol):
    """A kind of thing that comes in files."""

    @property
    def name(self) -> str:
        """Its name in addresses and commands: `contacts`."""
        ...

    @property
    def label(self) -> Any:
        """What people call them: "Contacts"."""
        ...

    @property
    def intro(self) -> Any:
        """What a row of the file is, and what must be here before, in a sentence or two."""
        ...

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns, in the order in which they are shown and exported."""
        ...

    @property
    def options(self) -> tuple[Option, ...]:
        """What is asked for the whole file."""
        ...

    @property
    def groups_by(self) -> str | None:
        """The field of which rows that follow each other with the same text are one thing; None
        where each row is one. An empty text groups nothing."""
        ...

    @property
    def whole(self) -> bool:
        """Whether a thing of which some rows stand elsewhere in the file is refused with all its
        parts: a bill without some of its lines is another bill."""
        ...

    @property
    def list_endpoint(self) -> str:
        """The page where what was imported can be looked at: `contacts.index`."""
        ...

    @property
    def samples(self) -> tuple[Mapping[str, str], ...]:
        """A few made-up rows by field name, for the sample file."""
        ...

    def counted(self, count: int, shown: str) -> str:
        """So many of them in words; `shown` is the number as it is written: "1,200 contacts"."""
        ...

    def key(self, thing: Thing) -> str:
        """What names the thing in its file; a second one of the same name is refused. "": nothing
        does."""
        ...

    def read(
        self, session: Session, things: Sequence[Thing], options: Options
    ) -> Sequence[Outcome]:
        """What would become of each of these, in their order. Changes nothing, and asks as many
        queries for 500 as for one."""
        ...

    def write(self, session: Session, ready: Sequence[Ready], by: str, run: ImportRun) -> None:
        """Add what `read` found ready in this very transaction. `by` is the actor of the log."""
        ...


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Have this kind imported. They are offered in the order in which they are registered."""
    _kinds[kind.name] = kind


def kinds() -> tuple[Kind, ...]:
    """Every kind."""
    return tuple(_kinds.values())


def named(name: str) -> Kind:
    """The kind of this name. Raises `Missing`."""
    if name not in _kinds:
        raise Missing(_("There is nothing of this kind to import."))
    return _kinds[name]
