"""A picture's preview is drawn anew, outside of the request, and no picture hurts the worker."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import select

from portal.core import db, storage
from portal.documents.models import Preview, StoredFile
from tests.portal.documents.conftest import Desk

PNG = b"\x89PNG\r\n\x1a\n"


def _picture(kind: str, size: tuple[int, int] = (3_000, 1_000), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 120, 200)).save(out, kind, **more)
    return out.getvalue()


def _state() -> str:
    with db.read() as session:
        return session.scalars(select(StoredFile)).one().preview


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!L", len(body)) + kind + body + struct.pack("!L", zlib.crc32(kind + body))


def _bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that unfolds into gigabytes."""
    head = _chunk(b"IHDR", struct.pack("!LLBBBBB", width, height, 8, 6, 0, 0, 0))
    return PNG + head + _chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000)) + _chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_gets_a_preview_and_the_client_sees_it(
    desk: Desk, run_jobs: Callable[[], int], kind: str
) -> None:
    document = desk.cleo.send(desk.matter, f"photo.{kind}", _picture(kind))["document"]
    address = f"/portal/documents/{document}/preview"
    assert desk.cleo.ask("GET", address).status_code == 404
    run_jobs()
    assert _state() == Preview.MADE
    answer = desk.cleo.ask("GET", address)
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.data)).size == (1_600, 533)
    assert desk.ada.ask("GET", f"/staff/documents/{document}/preview").data == answer.data
    assert desk.sol.ask("GET", address).status_code == 404


def test_a_preview_tells_neither_place_nor_camera(desk: Desk, run_jobs: Callable[[], int]) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # held upright
    body = _picture("JPEG", exif=exif, comment=b"SecretComment", icc_profile=b"SecretProfile")
    document = desk.cleo.send(desk.matter, "photo.jpg", body + b"SecretZip")["document"]
    run_jobs()
    drawn = desk.cleo.ask("GET", f"/portal/documents/{document}/preview").data
    assert b"Secret" not in drawn
    assert b"EXIF" not in drawn
    assert Image.open(io.BytesIO(drawn)).size == (533, 1_600)


@pytest.mark.parametrize(
    "body",
    [
        _bomb(30_000, 30_000),
        _bomb(7_000, 7_000),
        PNG + b"nonsense",
        b"\xff\xd8\xff" + b"\0" * 100,
        _picture("PNG")[:500],
        b"GIF89a\xff\xff\xff\xff",
    ],
    ids=["bomb", "bomb under the limit, cut", "png", "jpeg", "cut", "gif"],
)
def test_a_picture_that_is_none_or_unfolds_into_gigabytes_is_a_document_without_preview(
    desk: Desk, run_jobs: Callable[[], int], body: bytes
) -> None:
    document = desk.cleo.send(desk.matter, "photo.png", body)["document"]
    run_jobs()
    assert _state() == Preview.FAILED
    assert desk.cleo.ask("GET", f"/portal/documents/{document}/preview").status_code == 404
    assert desk.cleo.fetch(document).data == body
    assert list(storage.listed("previews")) == []


def test_what_is_no_picture_is_not_drawn(desk: Desk, run_jobs: Callable[[], int]) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    desk.cleo.send(desk.matter, "picture.png", svg)
    run_jobs()
    assert _state() == Preview.NONE
