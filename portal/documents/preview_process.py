"""Draws the small picture of one picture, in a process of its own: python preview_process.py.

A file from a stranger comes in on standard input, a WebP of at most 1,600 dots a side goes out.
Whatever the file does to the decoder happens here, within limits of time, memory and dots, and ends
with this process. Only the dots come out: no place, no camera, no second file behind the first.
Imports nothing of ours, so that it starts quickly.
"""

import io
import sys
import warnings

SIDE_DOTS_MAX = 1_600
PIXELS_MAX = 50_000_000
MEMORY_BYTES_MAX = 1_200 * 1024 * 1024
PROCESSOR_SECONDS_MAX = 20
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
TOO_MANY_PIXELS = 3


def limit_this_process() -> None:
    """No more memory, processor time or files than a picture needs."""
    try:
        import resource
    except ImportError:  # Windows: whoever started this ends it after a while
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main() -> int:
    """Draw; answers 0, or another number where there is no picture to draw."""
    from PIL import Image, ImageOps

    limit_this_process()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    picture = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS)
    if picture.width * picture.height > PIXELS_MAX:
        return TOO_MANY_PIXELS
    picture.draft(None, (SIDE_DOTS_MAX, SIDE_DOTS_MAX))  # a JPEG: no finer than is needed
    picture.load()  # of one that moves, the first frame
    small = ImageOps.exif_transpose(picture)
    seen_through = "A" in small.getbands() or "transparency" in small.info
    small = small.convert("RGBA" if seen_through else "RGB")
    small.thumbnail((SIDE_DOTS_MAX, SIDE_DOTS_MAX))
    drawn = Image.frombytes(small.mode, small.size, small.tobytes())  # its dots, and nothing else
    out = io.BytesIO()
    drawn.save(out, "WEBP", quality=80, method=4)
    sys.stdout.buffer.write(out.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
