"""A CSV file from another system, read row by row and never as a whole (FEATURES X7).

Whatever wrote it: UTF-8 with or without its mark, UTF-16, or Windows-1252; commas, semicolons or
tabs; cells with line breaks in quotes. What is no such file is refused in a sentence that says
which row, and what to do.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from flask_babel import gettext as _

from portal.core import storage
from portal.core.errors import Invalid
from portal.web.csv_lines import as_written

FILE_BYTES_MAX = 100 * 1024 * 1024
ROWS_MAX = 1_000_000
COLUMNS_MAX = 100
CELL_CHARS_MAX = 10_000
HEADING_CHARS_MAX = 120
LINE_CHARS_MAX = 2_000_000
"""What is in memory at once: a row with every column and every cell as full as may be, in however
many lines."""

_DELIMITERS = (",", ";", "\t")
_HEAD_BYTES = 4_096
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was found when a file was read to its end once."""

    encoding: str
    delimiter: str
    columns: list[str]
    total_rows: int


def survey(name: str, size_bytes: int) -> Surveyed:
    """Read a stored file to its end: how it is written, its headings, and how many rows follow.

    Raises `Invalid` beside `file` for what is no table, or a larger one than is taken.
    """
    head = b"".join(storage.stream(name, 0, min(size_bytes, _HEAD_BYTES)))
    _refuse_by_sight(head)
    for encoding in _encodings(head):
        try:
            return _read_through(name, size_bytes, encoding)
        except UnicodeError:
            if encoding == "utf-8":
                _refuse_mixed(name, size_bytes)
    raise _unusable(
        _(
            "The letters of this file cannot be read. In the program that it comes from, save it "
            "as “CSV UTF-8” and try again."
        )
    )


def _refuse_mixed(name: str, size_bytes: int) -> None:
    """A file that begins as UTF-8 is none of Windows-1252: read as that, every name with an accent
    would come in garbled because of one wrong letter."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for piece in storage.stream(name, 0, size_bytes):
        try:
            before = decoder.decode(piece)
        except UnicodeDecodeError as broken:
            before = broken.object[: broken.start].decode()
            if before.isascii():
                return
        if not before.isascii():
            raise _unusable(
                _(
                    "Some letters of this file are UTF-8 and others are not. In the program that "
                    "it comes from, save it as “CSV UTF-8” and try again."
                )
            )


def _refuse_by_sight(head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise _unusable(_("This file is empty. Choose another one."))
    if head.startswith(_WORKBOOKS):
        raise _unusable(
            _("This is a workbook of a spreadsheet program. Save it there as “CSV UTF-8” first.")
        )


def _encodings(head: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return (encoding,)
    # Without a mark, every second byte of plain letters in UTF-16 is zero.
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 4:
        return ("utf-16-le",)
    if len(head) >= 4 and head[0::2].count(0) > len(head) // 4:
        return ("utf-16-be",)
    return ("utf-8", "cp1252")


def _read_through(name: str, size_bytes: int, encoding: str) -> Surveyed:
    with _opened(name, size_bytes, encoding) as text:
        first = text.readline(LINE_CHARS_MAX)
    delimiter = _delimiter(first)
    lines = _parsed(name, size_bytes, encoding, delimiter)
    columns = [_heading(cell) for cell in next(lines, (0, []))[1]]
    while columns and not columns[-1]:
        columns.pop()
    _refuse_headings(columns)
    total = sum(1 for _row in lines)
    if not total:
        raise _unusable(_("This file has headings, and no row under them."))
    return Surveyed(encoding, delimiter, columns, total)


def _delimiter(first: str) -> str:
    said = _said_delimiter(first)
    if said:
        return said
    plain = "".join(first.split('"')[::2])  # what stands in quotes divides nothing
    return max(_DELIMITERS, key=plain.count)


def _said_delimiter(first: str) -> str | None:
    """What a spreadsheet was told in a line before the headings: `sep=;`."""
    said = first.strip('"\r\n').lower()
    return said[4:] or "\t" if said.startswith("sep=") and said[4:] in (*_DELIMITERS, "") else None


def _refuse_headings(columns: list[str]) -> None:
    if not columns:
        raise _unusable(_("The first row must hold the headings of the columns; it is empty."))
    if len(columns) > COLUMNS_MAX:
        raise _unusable(
            _(
                "This file has %(count)s columns. At most %(most)s can be read: remove those that "
                "are not needed.",
                count=len(columns),
                most=COLUMNS_MAX,
            )
        )


def _heading(cell: str) -> str:
    return " ".join(as_written(cell).replace("\0", "").split())[:HEADING_CHARS_MAX]


def rows(
    name: str, size_bytes: int, encoding: str, delimiter: str, *, skip: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a stored file by their number in a spreadsheet, where the headings are row 1;
    the first `skip` of them are left out. Cells are trimmed.

    Raises `Invalid` with the row where the table breaks off, and UnicodeError for bytes that are
    no letters of this encoding.
    """
    parsed = _parsed(name, size_bytes, encoding, delimiter)
    for number, cells in parsed:
        if number > skip:
            # What an export of ours made harmless for spreadsheets is as it was.
            yield number, [as_written(cell).strip() for cell in _as_wide_as_told(cells)]


def _as_wide_as_told(cells: list[str]) -> list[str]:
    """The cells of a row up to the most columns there may be, and one of what is in any further, so
    that a row of a million commas is not kept as so many cells."""
    further = next((cell for cell in cells[COLUMNS_MAX:] if cell), "")
    return [*cells[:COLUMNS_MAX], further] if further else cells[:COLUMNS_MAX]


def _parsed(
    name: str, size_bytes: int, encoding: str, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    with _opened(name, size_bytes, encoding) as text:
        lines = _Lines(text)
        parsed = csv.reader(lines, delimiter=delimiter, strict=True)
        number = 0
        try:
            for cells in parsed:
                lines.chars_of_row = 0
                number += 1
                if number > ROWS_MAX + 1:
                    raise _too_many_rows()
                yield number, cells
        except csv.Error as broken:
            raise _unusable(
                _(
                    "Row %(row)s cannot be read. Perhaps it holds a quotation mark that is never "
                    "closed.",
                    row=number + 1,
                )
            ) from broken


class _Lines:
    """The lines of a text for the parser, which puts those of one row together."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._first = text, True
        self.chars_of_row = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LINE_CHARS_MAX)
        self.chars_of_row += len(line)
        if self.chars_of_row >= LINE_CHARS_MAX:
            raise _unusable(_("A row of this file is too long to be one of a table."))
        first, self._first = self._first, False
        if first and _said_delimiter(line):
            return next(self)
        if not line:
            raise StopIteration
        return line


def _too_many_rows() -> Invalid:
    return _unusable(
        _("This file has more than 1,000,000 rows. Split it into several, and import each.")
    )


def _unusable(sentence: str) -> Invalid:
    return Invalid(sentence, "file")


class _Stored(io.RawIOBase):
    """A stored object as a file that is read once, from its beginning."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any, /) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        view = memoryview(into)
        count = min(len(view), len(self._left))
        view[:count], self._left = self._left[:count], self._left[count:]
        return count


def _opened(name: str, size_bytes: int, encoding: str) -> TextIO:
    stored = io.BufferedReader(_Stored(storage.stream(name, 0, size_bytes)), 64 * 1024)
    return io.TextIOWrapper(stored, encoding=encoding, newline="")
