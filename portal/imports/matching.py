"""Which column of a file holds what: guessed by the headings, then chosen by a person."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from portal.imports.cells import word
from portal.imports.kinds import Field, Kind, Row
from portal.imports.reading import CELL_CHARS_MAX

Matched = Mapping[str, int]
"""The place of the column, from 0, that holds each field."""


def guess(kind: Kind, columns: Sequence[str]) -> dict[str, int]:
    """The columns whose headings are the names of fields, then those that are aliases of one.

    Each column and each field is taken once.
    """
    headings = [word(column) for column in columns]
    matched: dict[str, int] = {}
    for names_of in (_own_names, _aliases):
        for field in kind.fields:
            wanted = names_of(field)
            for place, heading in enumerate(headings):
                free = field.name not in matched and place not in matched.values()
                if free and heading and heading in wanted:
                    matched[field.name] = place
    return matched


def better(kind: Kind, others: Sequence[Kind], columns: Sequence[str]) -> Kind | None:
    """The kind of which the headings name more fields than of this one: another file, perhaps."""
    best = max([kind, *others], key=lambda one: len(guess(one, columns)))
    return best if best.name != kind.name else None


def _own_names(field: Field) -> set[str]:
    return {word(field.name), word(str(field.label))}


def _aliases(field: Field) -> set[str]:
    return {word(alias) for alias in field.aliases}


def problems(kind: Kind, matched: Matched, columns: Sequence[str]) -> dict[str, str]:
    """What is wrong with a choice, by the field: a required one without column, one column for
    two, a column that is not there."""
    errors: dict[str, str] = {}
    taken: dict[int, Field] = {}
    for field in kind.fields:
        place = matched.get(field.name)
        if place is None:
            if field.required and not any(one in matched for one in field.instead):
                errors[field.name] = _("Choose the column for “%(field)s”.", field=field.label)
        elif not 0 <= place < len(columns):
            errors[field.name] = _("This file has no such column. Choose again.")
        elif place in taken:
            errors[field.name] = _(
                "This column is chosen for “%(field)s” too. Each can be used once.",
                field=taken[place].label,
            )
        else:
            taken[place] = field
    return errors


def row_of(kind: Kind, matched: Matched, number: int, cells: Sequence[str]) -> Row:
    """A row of the file by the names of the fields."""
    found = {name: cells[place] if place < len(cells) else "" for name, place in matched.items()}
    return Row(number, {field.name: found.get(field.name, "") for field in kind.fields})


def wrong_cells(cells: Sequence[str], columns: Sequence[str]) -> str | None:
    """Why a row cannot be used whatever its kind; None where it can."""
    if any(cells[len(columns) :]):
        return _(
            "This row has more cells than there are headings. Perhaps a quotation mark is missing."
        )
    for place, cell in enumerate(cells[: len(columns)]):
        if len(cell) > CELL_CHARS_MAX:
            return _(
                "The cell under “%(heading)s” has more than 10,000 characters.",
                heading=columns[place],
            )
        if "\0" in cell:
            return _(
                "The cell under “%(heading)s” holds hidden characters.", heading=columns[place]
            )
    return None
