"""Documents as PDF: a template of ours and plain data in, the bytes of a tagged PDF out.

Typst stands behind this one module. What people wrote reaches a template as data only (JSON in
`sys.inputs`), never as source: `#pagebreak()` in a name is printed as it was typed.
"""

import base64
import json
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.core import clock

if TYPE_CHECKING:
    import typst

FONTS = Path(__file__).parent / "fonts"
TEMPLATES = Path(__file__).parents[2] / "templates" / "pdf"
KEPT = 64
"""Documents remembered by what they say; one of 60 lines weighs about 60,000 bytes."""
KEPT_BYTES_MAX = 1_000_000
"""What weighs more is drawn each time: a few of these must not fill the memory."""

_ACCESSIBLE: "tuple[typst.PDFStandard, ...]" = ("ua-1",)
_own = threading.local()
_drawing = threading.Lock()
_kept: dict[tuple[Any, ...], bytes] = {}


def typeset(template: str, data: Mapping[str, Any], images: Mapping[str, str]) -> bytes:
    """The PDF that `templates/pdf/<template>.typ` makes of this data and these SVG images.

    The same data is drawn once and then kept. It is PDF/UA-1 (made for screen readers) wherever
    our fonts have every character; else the same tagged document with a box for what they lack,
    since a client's name must never keep a bill from being printed.
    """
    said = json.dumps(data, sort_keys=True, ensure_ascii=False)
    whole = said.encode("utf-8", "replace").decode()  # half a surrogate pair is no character
    asked = (template, whole, tuple(sorted(images.items())))
    if (known := _kept.get(asked)) is not None:
        return known
    # One at a time: drawing takes all of a processor, and whoever waits for the same document
    # finds it drawn.
    with _drawing:
        if (known := _kept.get(asked)) is not None:
            return known
        made = _drawn(*asked)
        if len(made) <= KEPT_BYTES_MAX:
            _kept[asked] = made
        while len(_kept) > KEPT:
            del _kept[next(iter(_kept))]  # the one that was drawn first
        return made


def forget() -> None:
    """Draw every document anew from now on."""
    with _drawing:
        _kept.clear()


def as_svg(png: bytes, width: float, height: float) -> str:
    """A PNG inside an SVG of this size: as such it can travel among texts."""
    inside = base64.b64encode(png).decode()
    size = f'width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        f'<image href="data:image/png;base64,{inside}" {size}/></svg>'
    )


def _drawn(template: str, said: str, images: tuple[tuple[str, str], ...]) -> bytes:
    import typst

    inputs = {"said": said, **dict(images)}
    try:
        return _compiled(template, inputs, _ACCESSIBLE)
    except typst.TypstError:  # a character that no font of ours has
        return _compiled(template, inputs, ())


def _compiled(
    template: str, inputs: dict[str, str], standards: "tuple[typst.PDFStandard, ...]"
) -> bytes:
    made = _compiler().compile(
        TEMPLATES / f"{template}.typ",
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=list(standards),
        timestamp=clock.now().replace(microsecond=0),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made several files of one document")
    return made


def _compiler() -> "typst.Compiler":
    """This thread's compiler: making one costs more than a page, and none serves two at once."""
    import typst

    found: typst.Compiler | None = getattr(_own, "compiler", None)
    if found is None:
        found = typst.Compiler(root=TEMPLATES, font_paths=_fonts(), ignore_system_fonts=True)
        _own.compiler = found
    return found


@lru_cache(maxsize=1)
def _fonts() -> "typst.Fonts":
    """Our fonts and typst's, whatever the machine has besides: a document looks alike on all."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
