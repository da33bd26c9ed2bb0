"""PDFs as a person or a screen reader takes them in."""

import io
import shutil
import subprocess
from collections.abc import Iterator

import zxingcpp
from PIL import Image
from pypdf import PdfReader

from tests.support.page import words
from tests.support.parts import lacking


def read_in_order(pdf: bytes) -> str:
    """The text as `pdftotext` reads it, in reading order, with single spaces.

    Skips with the reason where the program is missing, but never in CI.
    """
    program = shutil.which("pdftotext") or lacking("pdftotext")
    found = subprocess.run([program, "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return words(found.stdout.decode())


def text_of(pdf: bytes) -> str:
    """The words of a PDF in no certain order, without any program beside Python."""
    return words(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def is_tagged(pdf: bytes) -> bool:
    """Whether a screen reader finds headings, tables and their order."""
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"].get_object()
    return bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root  # type: ignore[index]


def says_it_is_accessible(pdf: bytes) -> bool:
    """Whether the document declares PDF/UA-1, which typst checks as it writes."""
    return b"<pdfuaid:part>1</pdfuaid:part>" in pdf or b'pdfuaid:part="1"' in pdf


def language_of(pdf: bytes) -> str:
    """The language in which it is to be read out, as `fr-CA`."""
    return str(PdfReader(io.BytesIO(pdf)).trailer["/Root"].get_object()["/Lang"])  # type: ignore[index]


def paper_of(pdf: bytes) -> tuple[int, int]:
    """Width and height of the first page in whole points: Letter is 612 by 792, A4 595 by 842."""
    box = PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    return round(box.width), round(box.height)


def codes_on(pdf: bytes) -> list[str]:
    """What a phone's camera reads from the QR codes of every page."""
    program = shutil.which("pdftoppm") or lacking("pdftoppm")
    drawn = subprocess.run(
        [program, "-r", "150", "-gray", "-"], input=pdf, capture_output=True, check=True
    )
    return [code.text for page in _pages(drawn.stdout) for code in zxingcpp.read_barcodes(page)]


def _pages(ppm: bytes) -> Iterator[Image.Image]:
    file = io.BytesIO(ppm)  # one picture after the other
    while file.tell() < len(ppm):
        image = Image.open(file)
        image.load()
        yield image
