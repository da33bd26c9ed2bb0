"""Documents as PDF: for screen readers, with any name in any script, and nothing run as source."""

import io
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from portal.core import qr, typesetting
from portal.core.typesetting import as_svg, typeset
from tests.support.pdfs import is_tagged, language_of, read_in_order, says_it_is_accessible

CODE = {"qr": qr.svg("https://pay.firm.example/bills/abc").decode()}
NAMES = {
    "accents": "Zoë Ångström-Nuñez d’Été",
    "vietnamese": "Nguyễn Thị Phương Ánh",
    "combining marks": "Zoe\u0308 A\u030angstro\u0308m",
    "greek": "Ελένη Παπαδοπούλου",
    "cyrillic": "Юлия Їжакевич",
    "arabic": "فاطمة الزهراء",
    "hebrew": "יעל כהן־לוי",
    "devanagari": "प्रिया श्रीवास्तव",
    "bengali": "রবীন্দ্রনাথ ঠাকুর",
    "gurmukhi": "ਹਰਪ੍ਰੀਤ ਸਿੰਘ",
    "gujarati": "મહેન્દ્ર પટેલ",
    "tamil": "முத்துலட்சுமி",
    "telugu": "శ్రీనివాస రావు",
    "kannada": "ಕೃಷ್ಣಮೂರ್ತಿ",
    "malayalam": "ലക്ഷ്മി",
    "thai": "สมชาย ใจดี",
    "lao": "ສົມສັກ",
    "khmer": "សុខា ចាន់",
    "burmese": "အောင်ဆန်း",
    "amharic": "አበበ ቢቂላ",
    "armenian": "Արամ Խաչատրյան",
    "georgian": "ნინო ქავთარაძე",
    "chinese": "王小明 張偉",
    "japanese": "山田 太郎 さくら",
    "korean": "김민준",
    "emoji": "Flora 🌸",
}
# Right to left, or with vowels that are drawn before their consonant: what is read back is not in
# the order of writing.
REORDERED = {"arabic", "hebrew", "devanagari", "bengali", "gurmukhi", "gujarati", "tamil", "thai"}
REORDERED |= {"telugu", "kannada", "malayalam", "lao", "khmer", "burmese", "combining marks"}


FIRM = {
    "name": "Harlow",
    "lines": ["1 Main Street", "+1 503 555 0100"],
    "colour": "#24425c",
    "colour_text": "#24425c",
    "logo_width": 0,
}
LINES = {
    "heading": None,
    "columns": [{"label": "Description", "kind": "words"}, {"label": "Amount", "kind": "figure"}],
    "groups": [{"title": None, "total": None, "rows": [["Drafting", "$10.00"]]}],
    "totals": [{"label": "Total", "value": "$10.00", "strong": True}],
    "empty": None,
}
PAY = {
    "heading": "Pay online",
    "sentence": "Scan the code, or go to:",
    "url": "https://pay.firm.example/bills/abc",
    "alt": "QR code",
}


def said(name: str = "Cleo Vance", **changes: Any) -> Mapping[str, Any]:
    """A small bill, as the template takes it."""
    return {
        "title": "Bill 1042",
        "lang": "en",
        "region": "US",
        "paper": "us-letter",
        "foot": "Harlow · Bill 1042",
        "page_words": "Page {page} of {pages}",
        "firm": FIRM,
        "reader": {"label": "Billed to", "name": name, "lines": ["2 Elm Street"]},
        "facts": [{"label": "Due", "value": "June 2, 2026"}],
        "figure": {"label": "Amount due", "value": "$10.00"},
        "stamp": None,
        "lead": [],
        "sections": [LINES],
        "pay": PAY,
        "notes": [],
        "closing": "Questions?",
        **changes,
    }


def test_a_document_is_tagged_and_says_its_title_and_language() -> None:
    pdf = typeset("document", said(lang="fr", region="CA"), CODE)
    assert is_tagged(pdf)
    assert says_it_is_accessible(pdf)
    assert language_of(pdf) == "fr-CA"
    metadata = PdfReader(io.BytesIO(pdf)).metadata
    assert metadata is not None
    assert metadata.title == "Bill 1042"


@pytest.mark.parametrize("script", NAMES)
def test_every_script_that_we_ship_fonts_for_is_read_back(script: str) -> None:
    name = NAMES[script]
    pdf = typeset("document", said(name), CODE)
    assert says_it_is_accessible(pdf), "a character of this name is in none of our fonts"
    if script not in REORDERED:
        assert name in read_in_order(pdf)


@pytest.mark.parametrize(
    "name",
    [
        "\U00012000\U00012001",  # cuneiform: nobody's font
        "Pat \ue000",  # a private character
        "Pat \U000e0041\u0000\x07",  # tags and control characters
        "Pat \ud83d",  # half a pair
        "Pat \ufffe\uffff",
        "e" + "\u0301" * 40,
        "\u202eevil\u202c \u2066x\u2069",
    ],
    ids=lambda name: ascii(name)[:24],
)
def test_no_name_keeps_a_document_from_being_printed(name: str) -> None:
    pdf = typeset("document", said(name), CODE)
    assert is_tagged(pdf)
    text = read_in_order(pdf)
    assert "Amount due" in text
    assert "Bill 1042" in text


def test_a_document_with_a_box_for_a_character_does_not_claim_to_be_accessible() -> None:
    assert not says_it_is_accessible(typeset("document", said("\U00012000"), CODE))


@pytest.mark.parametrize(
    "typed",
    [
        "#pagebreak()",
        "$x$",
        "\\n *bold* _it_ `raw`",
        "= Heading",
        '#include "/etc/passwd"',
        "]#[",
        "//c",
    ],
)
def test_what_people_wrote_is_printed_and_never_run(typed: str) -> None:
    pdf = typeset("document", said(typed), CODE)
    assert typed in read_in_order(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1


def test_the_same_document_is_drawn_once_and_a_changed_one_anew() -> None:
    first = typeset("document", said("Kept"), CODE)
    assert typeset("document", dict(sorted(said("Kept").items())), CODE) is first
    changed = typeset("document", said("Changed"), CODE)
    assert "Changed" in read_in_order(changed)
    assert "Kept" not in read_in_order(changed)


def test_several_threads_ask_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        names = [f"Person {number}" for number in range(12)]
        drawn = list(pool.map(lambda name: typeset("document", said(name), CODE), names))
    for name, pdf in zip(names, drawn, strict=True):
        assert re.search(rf"{name}\b", read_in_order(pdf))


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that was drawn from now on."""
    typesetting.forget()
    names: list[str] = []
    draw = typesetting._compiled

    def count(template: str, *more: Any) -> bytes:
        names.append(template)
        return draw(template, *more)

    monkeypatch.setattr(typesetting, "_compiled", count)
    return names


def test_who_asks_for_one_document_at_once_has_it_drawn_once(compiled: list[str]) -> None:
    ready = Barrier(6)

    def ask(_reader: int) -> bytes:
        ready.wait()
        return typeset("document", said("Asked by six"), CODE)

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1
    assert len(compiled) == 1


def test_a_heavy_document_is_not_kept(compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "KEPT_BYTES_MAX", 1_000)
    assert typeset("document", said("Heavy"), CODE)
    assert typeset("document", said("Heavy"), CODE)
    assert len(compiled) == 2


def test_of_many_documents_the_first_is_forgotten(
    compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "KEPT", 2)
    for name in ("One", "Two", "Three", "Two", "Three", "One"):
        typeset("document", said(name), CODE)
    assert len(compiled) == 4


def test_a_logo_stands_where_the_name_would_and_is_told_to_screen_readers() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (200, 60), (200, 30, 30, 128)).save(file, "PNG")
    firm = {**FIRM, "logo_width": 100}
    images = {**CODE, "logo": as_svg(file.getvalue(), 100, 30)}
    pdf = typeset("document", said(firm=firm), images)
    assert says_it_is_accessible(pdf)
    alternatives = {
        str(item["/Alt"])
        for item in (o.get_object() for o in _objects(pdf))
        if isinstance(item, DictionaryObject) and "/Alt" in item
    }
    assert alternatives == {"Harlow", "QR code"}


def _objects(pdf: bytes) -> list[Any]:
    reader = PdfReader(io.BytesIO(pdf))
    size = int(reader.trailer["/Size"])  # pyright: ignore[reportArgumentType]
    return [found for number in range(1, size) if (found := reader.get_object(number)) is not None]
