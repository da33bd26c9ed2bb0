"""Making a backup while the product runs (FEATURES X8)."""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.core import clock, config, db, migrations, storage
from portal.core.backups import archive, postgres_books, sqlite_books
from portal.core.backups.archive import Writer

DOCUMENTS = "documents/"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backup holds: its documents, and all their bytes with those of the books."""

    documents: int
    size_bytes: int


def take(path: Path) -> Taken:
    """Write the books and then the documents of this firm into a new file.

    The books are of one moment. What they name never changes in the store, so that it is still
    there to be copied after them; what came later is left out by the books. Raises FileExistsError
    where something stands at `path`, OSError where there is no room, `StorageUnavailable`.
    """
    if path.exists():
        raise FileExistsError(path)
    database = db.current()
    told: dict[str, Any] = {
        "made_at": clock.wall_time().isoformat(timespec="seconds"),
        "database": database.url.get_backend_name(),
        "revision": migrations.revision(database),
        "key": fingerprint(config.current().secret_key),
    }
    with archive.writing(path) as writer:
        if database.is_sqlite:
            sqlite_books.write(writer, Path(str(database.url.database)), path.parent)
        else:
            told["columns"] = postgres_books.write(writer, database, path.parent)
        documents = _write_documents(writer)
        writer.finish(told)
    return Taken(documents, path.stat().st_size)


def _write_documents(writer: Writer) -> int:
    count = 0
    for name, _written in storage.listed(""):
        # What others put into the folder, such as a file manager's own, is no document of ours.
        size = storage.size(name) if storage.is_name(name) else None
        if size is None:  # forgotten meanwhile, or not arrived yet: no row names it
            continue
        writer.add(f"{DOCUMENTS}{name}", storage.stream(name, 0, size), size)
        count += 1
    return count


def fingerprint(secret_key: str) -> str:
    """What tells two keys apart and gives neither away."""
    return hmac.new(secret_key.encode(), b"backup", hashlib.sha256).hexdigest()[:16]
