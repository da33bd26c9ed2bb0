"""QR codes of payment links: drawn once for an address, then kept (FEATURES L6)."""

import io
from functools import lru_cache

QUIET_ZONE_MODULES = 4
"""ISO/IEC 18004 asks for four light modules around the code."""
PNG_MODULE_PIXELS = 16
KEPT = 256
MASK = 4
"""Every reader takes each of the eight masks. To compare all of them is three quarters of the work
of a code; over our addresses this one's mean penalty is within a tenth of the best of eight."""


@lru_cache(maxsize=KEPT)
def modules(url: str) -> tuple[tuple[bool, ...], ...]:
    """The dark and light squares of a code, quiet zone included.

    Error correction Q: a quarter of the print may be smudged or folded and it still reads.
    """
    import qrcode
    from qrcode.constants import ERROR_CORRECT_Q

    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE_MODULES, mask_pattern=MASK
    )
    code.add_data(url)
    code.make(fit=True)
    return tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix())


@lru_cache(maxsize=KEPT)
def svg(url: str) -> bytes:
    """The code as an SVG file on its own white ground, so that dark pages do not turn it round."""
    rows = modules(url)
    size = len(rows)
    path = "".join(
        f"M{start} {y}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'width="{size * 10}" height="{size * 10}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{path}"/></svg>'
    ).encode()


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Where dark stretches of a row begin, and how long they are."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and x and row[x - 1]:
            start, length = found[-1]
            found[-1] = (start, length + 1)
        elif dark:
            found.append((x, 1))
    return found


@lru_cache(maxsize=KEPT)
def png(url: str) -> bytes:
    """The code as a PNG of two colours, large enough for a poster."""
    from PIL import Image

    lines = (
        b"".join((b"\x00" if dark else b"\xff") * PNG_MODULE_PIXELS for dark in row)
        for row in modules(url)
    )
    data = b"".join(line * PNG_MODULE_PIXELS for line in lines)
    side = len(modules(url)) * PNG_MODULE_PIXELS
    file = io.BytesIO()
    Image.frombytes("L", (side, side), data).convert("1").save(file, "PNG", optimize=True)
    return file.getvalue()
