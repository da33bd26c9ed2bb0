"""What a test's database holds when it begins, made once and then copied: a firm, clients, links.

A firm with clients and bank accounts takes some 60 ms to make by the product's own actions, its
copy two. Only a database that nobody has written to since a known stage goes on to the next one by
a copy; in all other cases what is asked for is made as ever. SQLite alone: a copy of a PostgreSQL
database costs more than making it.
"""

import pickle
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

import time_machine

from portal.core import clock, db

T = TypeVar("T")

# Rows carry the time at which they were made: a test must not find them old. The closest is one
# that still is signed in after nine minutes of ten.
KEPT_SECONDS = 30
# Each is a file of a megabyte, in memory.
KEPT_MAX = 100
SQLITE = "sqlite:///"
_ASIDE = ("-wal", "-shm")

Key = tuple[str, ...]
Stamp = tuple[int, int]


@dataclass(frozen=True)
class _Kept:
    """A stage: its file, what its maker answered, and when that was."""

    file: Path
    value: bytes
    made_at: float


_kept: dict[Key, _Kept] = {}
_reached: dict[Path, tuple[Key, Stamp]] = {}
_numbers = count(1)
_folder: Path | None = None


def keep_in(folder: Path) -> None:
    """Keep the stages of this run in files of this folder."""
    global _folder
    _folder = folder
    _kept.clear()
    _reached.clear()


def begin(url: str) -> None:
    """The database at this address has every table and no row, and nobody is connected to it."""
    _reached.clear()
    if url.startswith(SQLITE):
        file = Path(url.removeprefix(SQLITE))
        _reached[file] = ((), _stamp(file))


def stage(name: str, make: Callable[[], T]) -> T:
    """What `make` answers, once the database in use holds what `make` writes.

    `name` stands for everything that `make` depends on but the database. It may write nothing but
    the database, and answers what pickles.
    """
    file = _file()
    before = _stage_of(file) if file is not None else None
    if file is None or before is None:
        return make()
    key = (*before, name)
    kept = _kept.get(key)
    if kept is not None and time.monotonic() - kept.made_at < KEPT_SECONDS:
        if not _closed(file):
            return make()
        shutil.copyfile(kept.file, file)
        clock.forget_offset()
        _reached[file] = (key, _stamp(file))
        return pickle.loads(kept.value)
    value = make()
    _keep(file, key, value)
    return value


def _keep(file: Path, key: Key, value: object) -> None:
    if _folder is None or not _closed(file) or (len(_kept) == KEPT_MAX and key not in _kept):
        return
    for other in [known for known in _kept if known[: len(key)] == key]:
        # What began with the stage as it was made before knows nothing of this one's values.
        _kept.pop(other).file.unlink()
    copy = _folder / f"stage-{next(_numbers)}.db"
    shutil.copyfile(file, copy)
    _kept[key] = _Kept(copy, pickle.dumps(value), time.monotonic())
    _reached[file] = (key, _stamp(file))


def _file() -> Path | None:
    """The file of the database in use, if it is one of SQLite's and time goes its way."""
    database = db.current()
    if not database.is_sqlite or time_machine.escape_hatch.is_travelling():
        return None
    return Path(str(database.url.database))


def _stage_of(file: Path) -> Key | None:
    """Which stage a file is at; None when somebody has written to it since."""
    key, stamp = _reached.get(file, (None, None))
    log = file.with_name(file.name + "-wal")
    written = log.exists() and log.stat().st_size > 0
    return None if written or stamp != _stamp(file) else key


def _stamp(file: Path) -> Stamp:
    found = file.stat()
    return found.st_mtime_ns, found.st_size


def _closed(file: Path) -> bool:
    """Close every connection that waits in the pool; whether nobody else has one either."""
    db.current().engine.dispose()
    return not any(file.with_name(file.name + aside).exists() for aside in _ASIDE)
