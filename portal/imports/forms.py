"""What staff send: a file, and which of its columns holds what."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from werkzeug.formparser import FormDataParser

from portal.imports.kinds import Kind
from portal.imports.models import ImportRun

FORM_BYTES_MAX = 128 * 1024 * 1024
"""What a form may weigh; a file over 100 MB is told in words as far as this."""

FIELD_BYTES_MAX = 256 * 1024
SAMPLE_CHARS_MAX = 30


class FileForm(FormDataParser):
    """A form with a file, which is written to the disk as it comes; its words stay few."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**more, "max_form_memory_size": FIELD_BYTES_MAX})


def columns_chosen(kind: Kind, sent: Mapping[str, str]) -> dict[str, int]:
    """The place of the column of each field; what cannot be one is none that the file has."""
    chosen: dict[str, int] = {}
    for field in kind.fields:
        typed = sent.get(f"column-{field.name}", "")
        if typed:
            is_place = typed.isascii() and typed.isdigit() and len(typed) < 4
            chosen[field.name] = int(typed) if is_place else -1
    return chosen


def options_chosen(kind: Kind, sent: Mapping[str, str]) -> dict[str, str]:
    """What was chosen for the whole file."""
    return {option.name: sent.get(f"option-{option.name}", "") for option in kind.options}


def headings(run: ImportRun) -> list[str]:
    """The columns of a file as people know them: one without a heading by its letter."""
    return [
        heading or _("Column %(letter)s", letter=_letter(place))
        for place, heading in enumerate(run.columns)
    ]


def column_choices(headings: Sequence[str], first: Sequence[str]) -> list[dict[str, str]]:
    """The columns of a file to choose from, each with what its first row holds."""
    named = [{"value": "", "label": _("Not in this file")}]
    for place, (label, cell) in enumerate(zip(headings, first, strict=True)):
        held = " ".join(cell.split())
        if held:
            cut = held if len(held) <= SAMPLE_CHARS_MAX else f"{held[:SAMPLE_CHARS_MAX]}…"
            label = _("%(heading)s (%(held)s)", heading=label, held=cut)
        named.append({"value": str(place), "label": label})
    return named


def _letter(place: int) -> str:
    """What a spreadsheet calls a column: A to Z, then AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
