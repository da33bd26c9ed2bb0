"""Handing out the bytes of a document: whole or a range, to whoever may see it, for as long as they
may.

Whoever calls this has made sure that the person may have the file now. While bytes go out it is
asked again twice a second, so that **Stop sharing** and **Remove participant** cut a download that
is under way (FEATURES C12, C14). Nothing is handed out by an address that works for anybody else.
"""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

import structlog
from werkzeug.http import is_resource_modified, parse_if_range_header, parse_range_header
from werkzeug.wrappers import Response

from portal.core import storage
from portal.documents.arriving import file_object
from portal.documents.models import StoredFile
from portal.documents.names import content_disposition
from portal.documents.types import PDF, PICTURES, TEXT, UNKNOWN

ASKED_AGAIN_SECONDS = 0.5
BLOCK_BYTES = 64 * 1024
# Anything else is only ever saved: no browser may take it for a page of ours.
_OPENED_IN_A_TAB = {PDF, *PICTURES}
# A PDF does not open under `sandbox`; these let nothing in it reach us, whatever it is.
_ALONE = "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'"

log = structlog.get_logger("documents")


class NoLongerAllowed(Exception):
    """Whoever downloads may not have it any more: the connection is broken off."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What is handed out: a file under the name of its document; `opened` in a tab of its own where
    that is safe, else to be saved. `may_still` asks whether the person may have it."""

    file: StoredFile
    name: str
    opened: bool
    may_still: Callable[[], bool]


def answer(environ: dict[str, Any], handed: Handed) -> Response:
    """The answer to a request for a file: 200, 206, 304, or 416. It is kept by no cache on the way,
    and by none of a client's."""
    file = handed.file
    response = Response(status=200, headers=_headers(handed))
    response.set_etag(file.sha256)
    if not is_resource_modified(environ, etag=file.sha256):
        response.status_code = 304
        return response
    start, end = 0, file.size_bytes
    wanted = _range(environ, file)
    if wanted is not None:
        start, end = wanted
        if start >= end:
            response.status_code = 416
            response.headers["Content-Range"] = f"bytes */{file.size_bytes}"
            return response
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    response.content_length = end - start
    if environ["REQUEST_METHOD"] == "HEAD":
        # What a download would find out: that the store is away, or has lost the file.
        next(storage.stream(file_object(file.public_id), 0, 1))
    else:
        response.direct_passthrough = True
        response.response = _body(environ, handed, start, end)
    return response


def preview(picture: bytes) -> Response:
    """The answer with a small picture, which we have drawn ourselves."""
    return Response(
        picture,
        headers={
            "Content-Type": "image/webp",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Cache-Control": "private, no-store",
        },
    )


def _headers(handed: Handed) -> dict[str, str]:
    told = handed.file.content_type
    opened = handed.opened and told in _OPENED_IN_A_TAB
    return {
        "Content-Type": f"{TEXT}; charset=utf-8" if told == TEXT else told or UNKNOWN,
        "Content-Disposition": content_disposition(handed.name, inline=opened),
        "Content-Security-Policy": _ALONE + "; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
    }


def _range(environ: dict[str, Any], file: StoredFile) -> tuple[int, int] | None:
    """The one range that is asked for, empty where it cannot be met; None for the whole file."""
    if environ["REQUEST_METHOD"] != "GET" or "HTTP_RANGE" not in environ:
        return None
    held = environ.get("HTTP_IF_RANGE")
    if held is not None and parse_if_range_header(held).etag != file.sha256:
        return None  # they have parts of another version
    asked = parse_range_header(environ["HTTP_RANGE"])
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    return asked.range_for_length(file.size_bytes) or (0, 0)


def _body(environ: dict[str, Any], handed: Handed, start: int, end: int) -> Any:
    name = file_object(handed.file.public_id)
    still = _Asking(handed)
    file = storage.file(name) if "wsgi.file_wrapper" in environ else None
    if file is None:
        pieces = storage.stream(name, start, end)
        # A store that is away is found out here, while that can still be said.
        return _watched(chain([next(pieces)], pieces), still)
    # The server reads it as the other side takes it: a slow one holds no thread of ours, and no
    # more than a socket's worth is on its way when the download is cut.
    return environ["wsgi.file_wrapper"](_WatchedFile(file, start, end, still), BLOCK_BYTES)


class _Asking:
    """Asks, at most twice a second, whether the download may go on."""

    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        self._asked_at = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._asked_at < ASKED_AGAIN_SECONDS:
            return
        self._asked_at = time.monotonic()
        if not self._handed.may_still():
            log.info("a download was cut", file=self._handed.file.public_id)
            raise NoLongerAllowed


def _watched(pieces: Iterator[bytes], still: _Asking) -> Iterator[bytes]:
    for piece in pieces:
        still()
        yield piece


class _WatchedFile:
    """The part of a file from `start` to `end`, as a file that a server reads to its end."""

    def __init__(self, file: BinaryIO, start: int, end: int, still: _Asking) -> None:
        self._file, self._end, self._still = file, end, still
        file.seek(start)

    def read(self, count: int = -1) -> bytes:
        self._still()
        left = max(0, self._end - self._file.tell())
        return self._file.read(left if count < 0 else min(count, left))

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            return self._file.seek(self._end + offset)
        return self._file.seek(offset, whence)

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
