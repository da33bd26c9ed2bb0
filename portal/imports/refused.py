"""The refused rows of a file as a file: mended there, it can be imported by itself."""

from collections.abc import Iterator

from flask_babel import gettext as _

from portal.imports.grouping import bundles
from portal.imports.kinds import Kind
from portal.imports.models import ImportRun
from portal.web import csv_lines


def lines(kind: Kind, run: ImportRun, told: dict[int, list[str]]) -> Iterator[str]:
    """The columns of the file, with what is wrong in a last one. Of a thing with several rows all
    are there, as they belong together."""
    return csv_lines.lines([*run.columns, _("Problem")], _rows(kind, run, told))


def _rows(kind: Kind, run: ImportRun, told: dict[int, list[str]]) -> Iterator[list[str]]:
    width = len(run.columns)
    for bundle in bundles(kind, run):
        if any(number in told for number, _cells in bundle.lines):
            for number, cells in bundle.lines:
                padded = [*cells[:width], *[""] * (width - len(cells))]
                yield [*padded, " ".join(told.get(number, ()))]


def sample(kind: Kind) -> Iterator[str]:
    """A small file as it may look, of made-up rows."""
    headings = [str(field.label) for field in kind.fields]
    rows = ([row.get(field.name, "") for field in kind.fields] for row in kind.samples)
    return csv_lines.lines(headings, rows)
