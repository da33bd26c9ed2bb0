"""What every store of objects does, and what it says when it cannot."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Protocol

from portal.core.errors import Refusal

_NAME = re.compile(r"[A-Za-z0-9]+(?:/[A-Za-z0-9]+)+")


class StorageUnavailable(Refusal):
    """The store does not answer. Nothing was lost and nothing half kept; trying again helps.

    It has no sentence of its own: pages say what their status means (`portal.web.errors`).
    """

    status = 503


class StorageFull(StorageUnavailable):
    """The store has no room left. Nothing of the new object was kept."""

    status = 507


class Sink(Protocol):
    """An object on its way in. `keep` or `drop` ends it."""

    def write(self, data: bytes, /) -> int:
        """Add the next bytes; answers how many they are."""
        ...

    def keep(self) -> None:
        """Let the object stand under its name, in place of one that stood there before."""
        ...

    def drop(self) -> None:
        """Forget what was written: no object comes of it. After `keep` it does nothing."""
        ...


class Store(Protocol):
    """Where objects are kept. Every method may raise `StorageUnavailable`."""

    def sink(self, name: str, *, lasting: bool) -> Sink:
        """Begin an object. One that is not `lasting` may be lost when the machine loses power, and
        whoever needs it asks `stands` before."""
        ...

    def stands(self, name: str) -> bool:
        """Whether an object that is not lasting is there as it was written."""
        ...

    def stream(self, name: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end`, in pieces."""
        ...

    def size(self, name: str) -> int | None:
        """How many bytes an object has; None where there is none."""
        ...

    def fetch(self, name: str) -> bytes:
        """The whole of a small object."""
        ...

    def file(self, name: str) -> BinaryIO | None:
        """The object as an open file; None where objects are no files."""
        ...

    def delete(self, name: str) -> None:
        """Forget an object, where it exists."""
        ...

    def listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """The names under a prefix, and when each was written (wall time)."""
        ...

    def sweep(self, before: datetime) -> None:
        """Forget what was on its way in then (wall time) and never arrived."""
        ...

    def ping(self) -> None:
        """Raise unless objects can be kept and fetched."""
        ...


def is_name(name: str) -> bool:
    """Whether an object can have this name."""
    return _NAME.fullmatch(name) is not None


def checked(name: str) -> str:
    """The name of an object: made of our own ids. Raises ValueError for any other, which would be a
    mistake of ours, and a dangerous one."""
    if not is_name(name):
        raise ValueError(f"no name of an object: {name!r}")
    return name
