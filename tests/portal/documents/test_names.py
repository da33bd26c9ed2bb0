"""A file's name is safe in a list, in a header and on any computer, and still the file's name."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.documents.names import NAME_BYTES_MAX, clean_name, content_disposition, name_key

KEPT = [
    "Lease 2024.pdf",
    "Mietvertrag Müller & Söhne (unterschrieben).docx",
    "契約書.pdf",
    "عقد الإيجار.pdf",
    "👨‍👩‍👧 photo.jpg",
    "archive.tar.gz",
    "O'Neil – final, really.doc",
]
MADE_SAFE = [
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\Ann\\Desktop\\will.pdf", "will.pdf"),
    ("/", "file"),
    ("", "file"),
    ("...", "file"),
    (" \t\n ", "file"),
    (".htaccess", "htaccess"),
    ("bill\0.pdf", "bill.pdf"),
    ("line\r\nSet-Cookie: a=b.txt", "line Set-Cookie_ a=b.txt"),
    ("invoice\u202egpj.exe", "invoicegpj.exe"),
    ("\u2067isolated\u2069.txt", "isolated.txt"),
    ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
    ("lone \ud800 surrogate.txt", "lone surrogate.txt"),
    ("CON", "_CON"),
    ("nul.txt", "_nul.txt"),
    ("Com1.tar.gz", "_Com1.tar.gz"),
    ("console.txt", "console.txt"),
    ('what?*"<>|.txt', "what______.txt"),
    ("trailing dots. . .", "trailing dots"),
    ("Cafe\u0301.pdf", "Café.pdf"),
    ("\u3164\u2800\u115f\u1160\uffa0", "file"),
    ("\u3164\u2800.pdf", "pdf"),
    ("\u034f\u17b4\u17b5", "file"),
    ("lease\u3164.pdf", "lease.pdf"),
]


@pytest.mark.parametrize("name", KEPT)
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("brought, kept", MADE_SAFE)
def test_a_dangerous_name_becomes_a_safe_one(brought: str, kept: str) -> None:
    assert clean_name(brought) == kept


@pytest.mark.parametrize("letter", ["a", "ü", "語", "👍"])
def test_a_long_name_is_cut_and_keeps_its_ending(letter: str) -> None:
    cut = clean_name(letter * 300 + ".pdf")
    assert cut.endswith(letter + ".pdf")
    assert len(cut) <= 200
    assert len(cut.encode()) <= NAME_BYTES_MAX
    assert len(cut) == 200 or len(cut.encode()) > NAME_BYTES_MAX - 4


def test_a_dot_far_from_the_end_is_no_ending() -> None:
    assert clean_name("a." + "b" * 300) == "a." + "b" * 198


@pytest.mark.parametrize("letter", ["a", "/", ".", " ", "語", "\u0301", "\u200b", "/a"])
def test_a_name_of_any_length_is_cut_at_once(letter: str) -> None:
    begun = time.process_time()
    name = clean_name(letter * 250_000 + ".pdf")
    assert time.process_time() - begun < 0.2
    assert name.endswith("pdf")
    assert len(name) <= 200


@given(st.text(alphabet=st.characters(), max_size=400))
def test_whatever_comes_the_name_is_safe_and_stays_so(brought: str) -> None:
    name = clean_name(brought)
    assert 0 < len(name) <= 200
    assert len(name.encode()) <= NAME_BYTES_MAX
    assert not set(name) & set('/\\\0\r\n<>:"|?*\u202e\u2067')
    assert name[0] not in ". "
    assert clean_name(name) == name
    assert len(name_key(name)) <= 400
    header = content_disposition(name, inline=False)
    assert header.isascii()
    assert header.isprintable()


def test_two_spellings_of_a_name_have_one_key() -> None:
    assert name_key("Café.PDF") == name_key("CAFE\u0301.pdf")


def test_a_download_is_named_for_old_programs_and_for_new_ones() -> None:
    assert content_disposition("Lease.pdf", inline=False) == 'attachment; filename="Lease.pdf"'
    assert (
        content_disposition("Müller 100%.pdf", inline=True)
        == "inline; filename=\"Muller 100.pdf\"; filename*=UTF-8''M%C3%BCller%20100%25.pdf"
    )
    assert content_disposition("契約書.pdf", inline=False).startswith('attachment; filename="pdf";')
