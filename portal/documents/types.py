"""What a file is, told from its content: never from its name, and never from what a browser says.

Only types that are on a list are told. Everything that a browser would run as a page (HTML, SVG,
XML) is plain text here, and what nobody knows is a heap of bytes.
"""

import codecs
import re

HEAD_BYTES = 8 * 1024
PDF, TEXT, UNKNOWN = "application/pdf", "text/plain", "application/octet-stream"
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Of these a preview is made."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_INSIDE_ZIP = {
    b"word/": f"{_OFFICE}wordprocessingml.document",
    b"xl/": f"{_OFFICE}spreadsheetml.sheet",
    b"ppt/": f"{_OFFICE}presentationml.presentation",
    b"mimetypeapplication/vnd.oasis.opendocument.text": "application/vnd.oasis.opendocument.text",
    b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet": (
        "application/vnd.oasis.opendocument.spreadsheet"
    ),
}
_BY_START = {
    b"%PDF-": PDF,
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_TOLD = {
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/rtf",
    "application/gzip",
    "application/x-7z-compressed",
    "audio/mpeg",
    "audio/x-wav",
    "audio/ogg",
    "image/heif",
    "image/tiff",
    "message/rfc822",
    "video/mp4",
    "video/quicktime",
    "video/x-matroska",
}
_SURE = 0.4
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def type_of(head: bytes) -> str:
    """The type of a file that begins with these bytes (its first 8 KiB)."""
    for start, told in _BY_START.items():
        if head.startswith(start):
            return told
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"PK\x03\x04"):
        return next((told for mark, told in _INSIDE_ZIP.items() if mark in head), "application/zip")
    return _by_signature(head) or (TEXT if _is_text(head) else UNKNOWN)


def _by_signature(head: bytes) -> str | None:
    import puremagic  # a thousand signatures, loaded when the first file comes

    try:
        found = puremagic.magic_string(head)[0]
    except (puremagic.PureError, ValueError):
        return None
    sure = found.confidence >= _SURE and found.mime_type in _TOLD
    return found.mime_type if sure else None


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if _NOT_TEXT.search(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a sign may be cut at the end
    except UnicodeDecodeError:
        return False
    return True
