"""The papers of the demo's client portal, drawn by code: letters (PDF) and a photograph (PNG)."""

import struct
import zlib

PAGE_POINTS = (612, 792)  # US Letter
MARGIN_POINTS, LINE_POINTS = 72, 18
PICTURE_DOTS, DOT_PIXELS = (120, 90), 4


def pdf(title: str, *lines: str) -> bytes:
    """A letter of one page: a heading and lines of plain text, in ASCII."""
    left, top = MARGIN_POINTS, PAGE_POINTS[1] - MARGIN_POINTS
    written = [f"BT /F1 16 Tf {left} {top} Td ({_escaped(title)}) Tj"]
    written.append(f"/F1 11 Tf 0 -{2 * LINE_POINTS} Td {LINE_POINTS} TL")
    written += [f"({_escaped(line)}) Tj T*" for line in lines]
    text = " ".join([*written, "ET"]).encode("ascii")
    return _with_table(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R"
            b"/Resources<</Font<</F1 5 0 R>>>>>>" % PAGE_POINTS,
            b"<</Length %d>>\nstream\n%b\nendstream" % (len(text), text),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
    )


def _escaped(line: str) -> str:
    for special in ("\\", "(", ")"):
        line = line.replace(special, f"\\{special}")
    return line


def _with_table(objects: list[bytes]) -> bytes:
    """A PDF file of these objects, with the table of where each begins."""
    file, places = b"%PDF-1.4\n", list[int]()
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, rows)
    return b"%b%btrailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        *(file, table, size),
        len(file),
    )


def stained_wall() -> bytes:
    """A photograph of a wall with a damp stain, as far as an ellipse is one."""
    width, height = PICTURE_DOTS
    rows = (
        b"\0" + b"".join(DOT_PIXELS * _colour(x, y) for x in range(width)) for y in range(height)
    )  # each row begins with its filter: none
    pixels = zlib.compress(b"".join(DOT_PIXELS * row for row in rows), 1)
    size = (DOT_PIXELS * width, DOT_PIXELS * height)
    head = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)  # eight bits of red, green and blue each
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _colour(x: int, y: int) -> bytes:
    damp = max(0.0, 1 - ((x - 75) ** 2 / 1_225 + (y - 35) ** 2 / 625))
    shade = 226 - y // 4 - (6 if x % 40 < 1 else 0)
    return bytes(int(shade - loss * damp) for loss in (58, 84, 120))


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checked)
