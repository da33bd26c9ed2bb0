"""The bytes of documents: objects by name, in a folder or in a store that speaks S3.

An object is there whole or not at all, and once it is said to be kept it outlives this process and
a power cut. Everything is streamed, so that no file is ever in memory as a whole. Whoever asks for
an object has asked the database first who may see it: here nobody is known.
"""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from portal.core import config
from portal.core.config import S3Settings
from portal.core.db import refuse_inside_transaction
from portal.core.stores.folder import FolderStore
from portal.core.stores.protocol import Sink, StorageFull, StorageUnavailable, Store, is_name

_used: tuple[Path | S3Settings, Store] | None = None
_lock = threading.Lock()


def current() -> Store:
    """The store of the settings in use. Raises `NestedTransaction` inside a transaction: a store
    may take its time, and others wait to write."""
    global _used
    refuse_inside_transaction()
    place = config.current().documents
    with _lock:
        if _used is None or _used[0] != place:
            _used = (place, _open(place))
        return _used[1]


def _open(place: Path | S3Settings) -> Store:
    if isinstance(place, Path):
        return FolderStore(place)
    from portal.core.stores.bucket import BucketStore  # obstore is loaded where it is used

    return BucketStore(place)


def open_sink(name: str, *, lasting: bool = True) -> Sink:
    """Begin an object; whoever does calls its `keep` or its `drop`.

    What is not `lasting` is written without waiting for the disk: whoever needs it later asks
    `stands` before.
    """
    return current().sink(name, lasting=lasting)


def stands(name: str) -> bool:
    """Whether an object that is not lasting is there, and as it was written: false for one from
    before the machine was started."""
    return current().stands(name)


@contextmanager
def sink(name: str) -> Generator[Sink]:
    """Begin an object that is dropped unless it was kept before this ends."""
    begun = open_sink(name)
    try:
        yield begun
    finally:
        begun.drop()


def put(name: str, pieces: Iterable[bytes]) -> int:
    """Keep an object; answers its size in bytes.

    Raises `StorageUnavailable`, or what `pieces` raises; then nothing of it is there.
    """
    written = 0
    with sink(name) as begun:
        for one in pieces:
            written += begun.write(one)
        begun.keep()
    return written


def stream(name: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes of an object from `start` up to, not including, `end`, in pieces."""
    return current().stream(name, start, end)


def size(name: str) -> int | None:
    """How many bytes an object has; None where there is none."""
    return current().size(name)


def fetch(name: str) -> bytes:
    """The whole of a small object."""
    return current().fetch(name)


def file(name: str) -> BinaryIO | None:
    """The object as an open file, where objects are files; None in a bucket."""
    return current().file(name)


def delete(*names: str) -> None:
    """Forget these objects. One that does not exist is forgotten already."""
    store = current()
    for name in names:
        store.delete(name)


def listed(prefix: str) -> Iterator[tuple[str, datetime]]:
    """The names of the objects under a prefix, and when each was written (wall time)."""
    return current().listed(prefix)


def sweep(before: datetime) -> None:
    """Forget what was on its way in then (wall time) and never arrived."""
    current().sweep(before)


def ping() -> None:
    """Raise `StorageUnavailable` unless documents can be kept and fetched."""
    current().ping()


__all__ = [
    "Sink",
    "StorageFull",
    "StorageUnavailable",
    "delete",
    "fetch",
    "file",
    "is_name",
    "listed",
    "open_sink",
    "ping",
    "put",
    "sink",
    "size",
    "stands",
    "stream",
    "sweep",
]
