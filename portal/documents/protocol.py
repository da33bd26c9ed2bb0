"""What a script and the upload pages say to each other (portal/documents/staff_files.py has it in
words): the same for the firm and for clients."""

from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from portal.core.errors import Invalid, Missing
from portal.documents.models import Document, StoredFile, Upload
from portal.documents.uploads import PART_BYTES, refuse_size

STEPS = ("begin", "put_part", "state", "finish", "cancel")
VERSION_MAX = 2**31 - 1
_DIGITS_MAX = 15


def size_asked(typed: str) -> int | None:
    """The announced size in bytes; none where nothing is announced. Raises `Invalid`."""
    if not typed:
        return None
    size = number_asked(typed)
    if size is None:
        raise Invalid("", "size")
    refuse_size(size)
    return size


def number_asked(typed: str | None) -> int | None:
    """A whole number in an address or a form; none for anything else."""
    plain = typed is not None and typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS_MAX
    return int(typed) if typed is not None and plain else None


def version_asked(typed: str | None) -> int | None:
    """The version in an address; none where none is asked for. Raises `Missing` for a number that
    no version can have."""
    number = number_asked(typed)
    if number is None and typed is not None and typed.isdigit():
        number = VERSION_MAX + 1
    if number is not None and number > VERSION_MAX:
        raise Missing(_("This document has no such version."))
    return number


def told(upload: Upload, address: str, finish_address: str) -> dict[str, Any]:
    """The state of an upload, and where its bytes go."""
    return {
        "id": upload.public_id,
        "name": upload.name,
        "size": upload.size_bytes,
        "address": address,
        "finish_address": finish_address,
        "part_bytes": PART_BYTES,
        "parts": [part.number for part in upload.parts],
        "stands": upload.file_id is not None,
    }


def made(file: StoredFile, document: Document | None) -> dict[str, Any]:
    """What became of it."""
    return {
        "document": document.public_id if document else None,
        "size": file.size_bytes,
        "type": file.content_type,
    }


def way_back(asked: str, home: str, upload: Upload) -> str:
    """The page to show after a form: the one that it came from, where that is one of the same
    surface as `home`, else `home`; with the upload's id where a message is to carry the file."""
    try:
        parts = urlsplit(asked)
    except ValueError:
        parts = urlsplit("")
    surface = f"/{home.split('/')[1]}/"
    local = not parts.scheme and not parts.netloc and parts.path.startswith(surface)
    plain = asked.isascii() and asked.isprintable() and not set(asked) & set("\\ ")
    address, query = home, ""
    if local and plain and ".." not in parts.path and "//" not in parts.path:
        address, query = parts.path, parts.query
    if upload.for_message:
        query = f"{query}&upload={upload.public_id}".lstrip("&")
    return f"{address}?{query}" if query else address
