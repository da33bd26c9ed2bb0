"""Objects as files under one folder of this machine.

Written by hand instead of by obstore, whose folders do not wait for the disk: what we say is kept
must outlive a power cut (docs/decisions/0011-documents-in-the-store.md).
"""

import errno
import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from portal.core import clock, ids
from portal.core.stores.protocol import Sink, StorageFull, StorageUnavailable, checked

PIECE_BYTES = 256 * 1024
_ARRIVING = ".arriving"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}

log = structlog.get_logger("storage")


class _FileSink:
    """A file under a name of its own, which gets its right name once it is on the disk."""

    def __init__(self, root: Path, name: str, lasting: bool) -> None:
        self._target, self._lasting = root / name, lasting
        self._path = root / _ARRIVING / ids.public_id()
        with _on_disk():
            _make_folder(self._path.parent)
            _make_folder(self._target.parent)
            self._file = self._path.open("xb", buffering=0)

    def write(self, data: bytes, /) -> int:
        try:
            written = self._file.write(data)
            while written < len(data):  # a disk that fills up takes a part
                written += self._file.write(memoryview(data)[written:])
        except OSError as broken:
            raise _told(broken) from broken
        return written

    def keep(self) -> None:
        with _on_disk():
            if self._lasting:
                os.fsync(self._file.fileno())
            self._file.close()
            self._path.replace(self._target)
            if self._lasting:
                _sync_folder(self._target.parent)

    def drop(self) -> None:
        if not self._file.closed:
            self._file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


class FolderStore:
    """Objects under one folder, which is made when it is first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def sink(self, name: str, *, lasting: bool) -> Sink:
        return _FileSink(self._root, checked(name), lasting)

    def stands(self, name: str) -> bool:
        try:
            written = (self._root / checked(name)).stat().st_mtime
        except OSError:
            return False
        return written > _started_at()

    def stream(self, name: str, start: int, end: int) -> Iterator[bytes]:
        with self.file(name) as file:
            file.seek(start)
            left = end - start
            while left > 0:
                with _on_disk():
                    piece = file.read(min(left, PIECE_BYTES))
                if not piece:
                    log.error("an object is shorter than it was", name=name)
                    raise StorageUnavailable
                left -= len(piece)
                yield piece

    def size(self, name: str) -> int | None:
        with _on_disk(), suppress(FileNotFoundError):
            return (self._root / checked(name)).stat().st_size
        return None

    def fetch(self, name: str) -> bytes:
        with _on_disk():
            return (self._root / checked(name)).read_bytes()

    def file(self, name: str) -> BinaryIO:
        with _on_disk():
            return (self._root / checked(name)).open("rb", buffering=0)

    def delete(self, name: str) -> None:
        path = self._root / checked(name)
        with _on_disk():
            path.unlink(missing_ok=True)
        if path.parent.parent != self._root:  # of many parts, the folder goes with the last
            with suppress(OSError):
                path.parent.rmdir()

    def listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for path in sorted((self._root / prefix).rglob("*")):
            with suppress(FileNotFoundError):  # gone meanwhile
                if path.is_file():
                    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield path.relative_to(self._root).as_posix(), written

    def sweep(self, before: datetime) -> None:
        for name, written in self.listed(_ARRIVING):
            if written < before:
                with suppress(OSError):
                    (self._root / name).unlink()

    def ping(self) -> None:
        with _on_disk():
            _make_folder(self._root)
            if not os.access(self._root, os.W_OK | os.X_OK):
                raise StorageUnavailable


def _make_folder(path: Path) -> None:
    if path.is_dir():
        return
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    # A name is on the disk once its folder is. Windows has no such handle, and does it by itself.
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _on_disk() -> Generator[None]:
    try:
        yield
    except OSError as broken:
        raise _told(broken) from broken


def _told(broken: OSError) -> StorageUnavailable:
    log.error("the folder of documents failed", error=str(broken))
    return StorageFull() if broken.errno in _NO_ROOM else StorageUnavailable()


def _started_at() -> float:
    """When this machine was started: what was written before, and did not wait for the disk, may
    have been on its way there when the power went. Where nobody knows, nothing is trusted."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return float("inf")
    return clock.wall_time().timestamp() - time.clock_gettime(time.CLOCK_BOOTTIME)
