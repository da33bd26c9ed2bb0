"""The rows of a file as things: one row each, or all that follow each other with the same name."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.imports import matching, reading
from portal.imports.kinds import THING_ROWS_MAX, Kind, Row, Thing
from portal.imports.models import ImportRun

CHUNK_THINGS = 500
CHUNK_ROWS = 5_000
CHARS_MAX = 4_000_000
"""What is in memory at once, whatever the file is made of."""

Line = tuple[int, list[str]]


@dataclass(slots=True)
class Bundle:
    """A thing with its rows as they stand in the file. `last_row` is where it ends; `overfull`: it
    has more rows or letters than one thing may, of which only the first are kept."""

    rows: list[Row] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    chars: int = 0
    last_row: int = 0
    overfull: bool = False

    @property
    def thing(self) -> Thing:
        """The thing."""
        return Thing(tuple(self.rows))

    def take(self, line: Line, row: Row) -> None:
        """Add one more row, unless there are too many."""
        self.last_row = line[0]
        chars = self.chars + sum(map(len, line[1]))
        if self.rows and (len(self.rows) == THING_ROWS_MAX or chars > CHARS_MAX):
            self.overfull = True
            return
        self.rows.append(row)
        self.lines.append(line)
        self.chars = chars


def bundles(kind: Kind, run: ImportRun, *, skip: int = 0) -> Iterator[Bundle]:
    """What the file of a run holds, after its first `skip` rows under the headings. Rows without
    any text are passed over."""
    lines = reading.rows(run.stored, run.size_bytes, run.encoding, run.delimiter, skip=skip + 1)
    begun, name = Bundle(), ""
    for number, cells in lines:
        if not any(cells):
            continue
        row = matching.row_of(kind, run.matched, number, cells)
        here = row.cells[kind.groups_by] if kind.groups_by else ""
        if begun.rows and not (here and here == name):
            yield begun
            begun = Bundle()
        begun.take((number, cells), row)
        name = here
    if begun.rows:
        yield begun


def chunks(kind: Kind, run: ImportRun, *, skip: int = 0) -> Iterator[list[Bundle]]:
    """The same, as many at a time as are read and written together."""
    chunk: list[Bundle] = []
    rows = chars = 0
    for bundle in bundles(kind, run, skip=skip):
        chunk.append(bundle)
        rows, chars = rows + len(bundle.rows), chars + bundle.chars
        if len(chunk) == CHUNK_THINGS or rows >= CHUNK_ROWS or chars >= CHARS_MAX:
            yield chunk
            chunk, rows, chars = [], 0, 0
    if chunk:
        yield chunk
