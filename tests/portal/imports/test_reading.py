"""Files as other systems write them, and files that are none."""

import tracemalloc
from collections.abc import Iterator

import pytest

from portal.core import storage
from portal.core.errors import Invalid
from portal.imports import grouping, reading
from portal.imports.kinds import named
from portal.imports.models import ImportRun
from tests.portal.imports.factories import checked, counts, imported, taken, told
from tests.support.cast import Cast

TEXT = "Name;E-mail\nZoë Müller;zoe@x.test\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        ("sep=;\n" + TEXT).encode(),
        TEXT.replace(";", ",").replace("Name", '"Name"').encode(),
        ("Name,E-mail,,\nZoë Müller,zoe@x.test,,\n").encode(),
    ],
)
def test_X7_whatever_wrote_the_file_its_rows_are_the_same(content: bytes, cast: Cast) -> None:
    run = taken(content)
    assert run.columns == ["Name", "E-mail"]
    assert run.total_rows == 1
    assert [cells[:2] for _number, cells in rows_of(run)] == [["Zoë Müller", "zoe@x.test"]]


def rows_of(run: ImportRun) -> Iterator[tuple[int, list[str]]]:
    return reading.rows(run.stored, run.size_bytes, run.encoding, run.delimiter, skip=1)


def test_X7_a_cell_may_hold_lines_quotes_and_delimiters(cast: Cast) -> None:
    run = taken('Name,Note\n"Marsh, ""Cleo""","First line\r\nsecond, line"\nBo,\n')
    assert list(rows_of(run)) == [
        (2, ['Marsh, "Cleo"', "First line\r\nsecond, line"]),
        (3, ["Bo", ""]),
    ]


def test_X7_what_an_export_made_harmless_is_read_as_it_was(cast: Cast) -> None:
    run = taken("Name,Phone\n'=Cleo,'+1 503\n'Cleo,-\n")
    assert [cells for _number, cells in rows_of(run)] == [["=Cleo", "+1 503"], ["'Cleo", "-"]]


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "This file is empty"),
        (b"\xef\xbb\xbf \r\n", "This file is empty"),
        (b"\0\0\0\0", "This file is empty"),
        (b"Name,Email\n", "no row under them"),
        (b",,\nCleo,c@x.test,\n", "must hold the headings"),
        (b"PK\x03\x04\x14\0\x06", "a workbook of a spreadsheet"),
        (b"Name\n\x81\xff\x8d\n", "The letters of this file cannot be read"),
        (b"\xff\xfeN\0a\0m", "The letters of this file cannot be read"),
        (b'Name,Email\nCleo,"c@x.test\nBo,b@x.test\n', "Row 2 cannot be read"),
        (b'Name\n"Cleo"Marsh\n', "Row 2 cannot be read"),
        (b'Name\nCleo\n"' + b"x" * 140_000 + b'"\n', "Row 3 cannot be read"),
        (b",".join(b"c%d" % n for n in range(101)) + b"\n1\n", "This file has 101 columns"),
        (b"Name\n" + b"x," * 1_100_000 + b"\n", "too long to be one of a table"),
        (b"x" * 2_100_000, "too long to be one of a table"),
        (b"Name\n" + b'"\n",' * 600_000 + b"\n", "too long to be one of a table"),
        ("Name\nM\u00fcller\n".encode() + b"\xc4rger\n", "are UTF-8 and others are not"),
    ],
)
def test_X7_what_is_no_table_is_refused_and_nothing_of_it_is_kept(
    content: bytes, sentence: str, cast: Cast
) -> None:
    with pytest.raises(Invalid, match=sentence) as refused:
        taken(content)
    assert refused.value.field == "file"
    assert list(storage.listed("imports")) == []


def test_X7_a_file_over_100_MB_or_a_million_rows_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ROWS_MAX", 3)
    assert taken("Name\na\nb\nc\n").total_rows == 3
    with pytest.raises(Invalid, match="more than 1,000,000 rows"):
        taken("Name\na\nb\nc\nd\n")
    monkeypatch.setattr("portal.imports.actions.FILE_BYTES_MAX", 10)
    with pytest.raises(Invalid, match="larger than 100 MB"):
        taken("Name\nabcdefgh\n")
    assert len(list(storage.listed("imports"))) == 1


def test_X7_rows_that_do_not_fit_the_headings_are_refused_one_by_one(cast: Cast) -> None:
    long = "x" * 10_001
    run = imported(f"Name,Note,Other\nAnn\nBo,b,,extra\nCy,{long},\nDi,a\0b,\nEd,,{long}\n\n,,\n")
    assert counts(run) == (1, 0, 4)
    assert told(run) == [
        (
            3,
            "",
            "This row has more cells than there are headings. Perhaps a quotation mark is missing.",
        ),
        (4, "", "The cell under “Note” has more than 10,000 characters."),
        (5, "", "The cell under “Note” holds hidden characters."),
        (6, "", "The cell under “Other” has more than 10,000 characters."),
    ]


def test_X7_a_thing_of_too_many_rows_is_refused_whole(cast: Cast) -> None:
    rows = "1,Ann,a@x.test\n" + "1,,\n" * 1_001 + "2,Bo,b@x.test\n"
    run = imported("Id,Name,Email\n" + rows)
    assert counts(run) == (1, 0, 1)
    assert told(run) == [(2, "", "Too many rows name the same one: at most 1,000 may.")]


def test_X7_a_long_file_needs_no_more_memory_than_a_short_one(cast: Cast) -> None:
    def peak(rows: int) -> int:
        text = "Id,Name,Note\n" + "".join(f"{n},Name {n},{'x' * 200}\n" for n in range(rows))
        run = taken(text)
        del text
        tracemalloc.start()
        try:
            read = sum(len(chunk) for chunk in grouping.chunks(named("contacts"), run))
            assert read == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2_000)  # what is imported on first use
    assert peak(20_000) < 2 * peak(2_000)  # ten times the rows


def test_X7_rows_of_a_million_commas_need_no_memory(cast: Cast) -> None:
    run = taken("Name,Email\n" + ("Ann" + "," * 1_000_000 + "\n") * 4 + "," * 500 + "extra\n")
    tracemalloc.start()
    try:
        (chunk,) = grouping.chunks(named("contacts"), run)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
    assert [bundle.lines[0][1][0] for bundle in chunk] == ["Ann"] * 4 + [""]
    assert told(checked(run))[-1][::2] == (
        6,
        "This row has more cells than there are headings. Perhaps a quotation mark is missing.",
    )


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["contacts", "matters"])
def test_X7_hidden_characters_in_what_names_a_row_refuse_that_row(cast: Cast, kind: str) -> None:
    run = checked(taken("Their id,Number,Name,Client\na\0,a\0,Ann,\nb,b,Bo,No One\n", kind))
    assert (run.state, run.refused) == ("checked", 1 if kind == "contacts" else 2)
    assert "holds hidden characters" in told(run)[0][2]


def test_X7_two_hundred_thousand_rows_are_surveyed_and_grouped(cast: Cast) -> None:
    rows = "".join(f"{n // 2},Name {n // 2},n{n}@x.test\n" for n in range(200_000))
    run = taken("Id,Name,Email\n" + rows)
    assert run.total_rows == 200_000
    sizes = [len(chunk) for chunk in grouping.chunks(named("contacts"), run)]
    assert sum(sizes) == 100_000
    assert max(sizes) == grouping.CHUNK_THINGS


def test_X7_an_empty_file_of_rows_says_so(cast: Cast) -> None:
    run = checked(taken("Name,Email\n,\n , \n"))
    assert (run.state, counts(run)) == ("checked", (0, 0, 0))
