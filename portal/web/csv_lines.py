"""Rows as CSV for a spreadsheet, some lines at a time, so that a long export needs no memory."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

LINES_AT_ONCE = 200
# A spreadsheet runs what begins like this as a formula: https://owasp.org/www-community/attacks/CSV_Injection
# The wide ones are read like the others where Japanese or Chinese is written.
FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# A plain number is none, and whoever adds it up needs it as a number: a credit of -50.00.
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads names with accents wrongly


def lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The file. What somebody typed is data: a cell that would be read as a formula gets an
    apostrophe first."""
    paper = io.StringIO()
    writer = csv.writer(paper)
    paper.write(BYTE_ORDER_MARK)
    writer.writerow([as_text(heading) for heading in headings])
    for number, cells in enumerate(rows, start=1):
        writer.writerow([as_text(cell) for cell in cells])
        if number % LINES_AT_ONCE == 0:
            yield _taken(paper)
    yield _taken(paper)


def as_text(cell: str) -> str:
    """The cell as it may stand in a spreadsheet: never the beginning of a formula."""
    return f"'{cell}" if FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_written(cell: str) -> str:
    """The cell as it was before `as_text`: a file of ours is read back as it was exported."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _taken(paper: io.StringIO) -> str:
    text = paper.getvalue()
    paper.seek(0)
    paper.truncate()
    return text
