"""The firm's logo: a picture from somebody's computer, checked and drawn anew (FEATURES B1).

What is published is never the file that was brought, only its dots: whatever else it carried (a
script, a place, a second file behind the first) is gone.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from portal.core.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

FILE_BYTES_MAX = 2_000_000
"""The file that is brought."""

PIXELS_MAX = 20_000_000
SIDE_PIXELS_MAX = 12_000
SIDE_PIXELS_MIN = 16

WIDTH_MAX, HEIGHT_MAX = 640, 112
"""Pixels kept: twice what a page shows, for screens that have two dots a pixel."""

LOGO_BYTES_MAX = 10_000
"""What is served: with it the pay page stays under its 24 kB."""

FIELD = "logo"
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_COLOURS = (256, 128, 64, 32, 16, 8)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture ready to be published: a PNG and its size in pixels."""

    png: bytes
    width: int
    height: int


def checked_logo(file: bytes) -> Logo:
    """The logo that this file holds, judged by its content and never by its name.

    Raises `Invalid` with a sentence for whoever brought it.
    """
    _refuse_by_sight(file)
    picture = _decoded(file)
    if picture.getchannel("A").getextrema()[1] == 0:
        raise _unusable(_("This picture is empty: all of it is see-through."))
    return _small_enough(_scaled(picture))


def _unusable(sentence: str) -> Invalid:
    return Invalid(sentence, FIELD)


def _refuse_by_sight(file: bytes) -> None:
    if not file:
        raise _unusable(_("This file is empty. Choose a PNG, JPEG or WebP picture."))
    if len(file) > FILE_BYTES_MAX:
        raise _unusable(_("This file is larger than 2 MB. Save the picture smaller and try again."))
    head = file[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<svg") or (head.startswith((b"<?xml", b"<!")) and b"<svg" in head):
        raise _unusable(
            _(
                "SVG files can carry scripts, and email programs do not show them. Open the logo "
                "in a drawing program, save it as PNG, and choose that file."
            )
        )
    if head.startswith(b"gif8"):
        raise _unusable(_("GIF pictures cannot be used. Save the logo as PNG and try again."))
    if not file.startswith(_SIGNATURES):
        raise _unusable(_("This is not a PNG, JPEG or WebP picture, whatever its name says."))


def _decoded(file: bytes) -> "Image":
    """The picture upright, with red, green, blue and opacity, and nothing else.

    Its size is read and judged before a dot is decoded: a small file can unfold into gigabytes.
    """
    from PIL import Image, ImageOps  # on first use: few processes ever look at a logo

    try:
        picture = Image.open(io.BytesIO(file), formats=("PNG", "JPEG", "WEBP"))
        _refuse_by_size(*picture.size)
        picture.draft(None, (2 * WIDTH_MAX, 2 * HEIGHT_MAX))  # a JPEG: no finer than is needed
        picture.load()  # of one that moves, the first frame
        ImageOps.exif_transpose(picture, in_place=True)
        return _with_opacity(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_large() from bomb
    except Invalid:
        raise
    except Exception as broken:  # the decoders raise a dozen kinds on a file that is cut or forged
        raise _unusable(
            _("This picture cannot be read: the file is damaged or cut off. Save it again.")
        ) from broken


def _with_opacity(picture: "Image") -> "Image":
    from PIL import ImageMath

    if picture.mode.startswith("I"):  # 16 bits of grey, of which a plain conversion cuts the top
        unseen = picture.info.get("transparency")  # the one grey that is see-through, in 16 bits
        wide = picture.convert("I")
        picture = wide.point(lambda grey: grey / 256).convert("L")
        picture.info.pop("transparency", None)
        if isinstance(unseen, int):
            seen = ImageMath.lambda_eval(lambda of: (of["wide"] != unseen) * 255, wide=wide)
            picture.putalpha(seen.convert("L"))
    if picture.mode == "CMYK":
        picture = picture.convert("RGB")
    return picture if picture.mode == "RGBA" else picture.convert("RGBA")


def _too_large() -> Invalid:
    return _unusable(
        _(
            "This picture has too many pixels. Save it %(width)s pixels wide and try again.",
            width=2 * WIDTH_MAX,
        )
    )


def _refuse_by_size(width: int, height: int) -> None:
    if max(width, height) > SIDE_PIXELS_MAX or width * height > PIXELS_MAX:
        raise _too_large()


def _scaled(picture: "Image") -> "Image":
    from PIL.Image import Resampling

    picture.thumbnail((WIDTH_MAX, HEIGHT_MAX), Resampling.LANCZOS)
    if min(picture.size) < SIDE_PIXELS_MIN:
        raise _unusable(
            _("This picture is too small or too narrow to be read. Choose a larger or wider one.")
        )
    return picture


def _small_enough(picture: "Image") -> Logo:
    """The finest PNG that weighs at most `LOGO_BYTES_MAX`: fewer colours first, then fewer dots."""
    from PIL.Image import Dither, Quantize

    opaque = picture.getchannel("A").getextrema() == (255, 255)
    png = _png(picture.convert("RGB") if opaque else picture)
    for colours in _COLOURS:
        if len(png) <= LOGO_BYTES_MAX:
            return Logo(png, *picture.size)
        png = _png(picture.quantize(colours, Quantize.FASTOCTREE, dither=Dither.NONE))
    if len(png) <= LOGO_BYTES_MAX:
        return Logo(png, *picture.size)
    picture.thumbnail((picture.width * 4 // 5, picture.height * 4 // 5))
    return _small_enough(picture)


def _png(picture: "Image") -> bytes:
    written = io.BytesIO()
    picture.info.clear()  # the author, the place, the program: nobody's business
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
