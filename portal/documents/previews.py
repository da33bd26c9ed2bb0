"""The small pictures of pictures, drawn by the worker in a process apart (preview_process.py)."""

import subprocess
import sys
import threading
from pathlib import Path

import structlog

from portal.core import db, storage
from portal.core.jobs import handler
from portal.documents import preview_process
from portal.documents.arriving import file_object, preview_object
from portal.documents.models import Preview, Scan, StoredFile
from portal.documents.uploads import PREVIEW_JOB

SECONDS_MAX = 30.0
PREVIEW_BYTES_MAX = 4 * 1024 * 1024
_SCRIPT = str(Path(preview_process.__file__))

log = structlog.get_logger("documents")


@handler(PREVIEW_JOB)
def make_preview(file_id: int) -> None:
    """Draw the preview of a picture, unless it is drawn already or a virus was found in it.

    A file that cannot be drawn has none; it is a document like any other.
    """
    with db.read() as session:
        file = session.get(StoredFile, file_id)
    if file is None or file.preview != Preview.WAITING:
        return
    if file.scan in {Scan.WAITING, Scan.INFECTED}:
        return
    drawn = _drawn(file)
    if drawn is not None:
        storage.put(preview_object(file.public_id), [drawn])
    with db.transaction() as session:
        kept = session.get(StoredFile, file_id)
        if kept is not None:
            kept.preview = Preview.FAILED if drawn is None else Preview.MADE


def _drawn(file: StoredFile) -> bytes | None:
    argv = [sys.executable, "-I", "-B", _SCRIPT]
    with subprocess.Popen(  # noqa: S603 - our own command
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
    ) as process:
        too_long = threading.Timer(SECONDS_MAX, process.kill)
        too_long.start()
        try:
            picture = _talk(process, file)
            code = process.wait()
        finally:
            too_long.cancel()
            process.kill()
    if code != 0 or not picture or len(picture) > PREVIEW_BYTES_MAX:
        log.info("a picture could not be drawn", file=file.public_id, code=code)
        return None
    return picture


def _talk(process: "subprocess.Popen[bytes]", file: StoredFile) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for piece in storage.stream(file_object(file.public_id), 0, file.size_bytes):
            process.stdin.write(piece)
        process.stdin.close()
    except BrokenPipeError:
        return b""  # it ended early, and says why by its code
    return process.stdout.read(PREVIEW_BYTES_MAX + 1)
