"""Objects in a bucket of a store that speaks S3, over obstore."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from portal.core.config import S3Settings
from portal.core.stores.protocol import Sink, StorageUnavailable, checked

if TYPE_CHECKING:
    from obstore.store import S3Config

# The smallest part that S3 takes. Two are on their way while a third fills.
PART_BYTES = 5 * 1024 * 1024
PARTS_AT_ONCE = 2
# Each piece is a request of its own: a slow reader holds no connection to the store.
PIECE_BYTES = 2 * 1024 * 1024
_NOBODY = "ping/nothing"

log = structlog.get_logger("storage")


class _BucketSink:
    def __init__(self, store: S3Store, name: str) -> None:
        self._writer = obstore.open_writer(
            store, name, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
        )

    def write(self, data: bytes, /) -> int:
        with _asking():
            self._writer.write(data)
        return len(data)

    def keep(self) -> None:
        with _asking():
            self._writer.close()

    def drop(self) -> None:
        # An upload in parts that is never completed never shows as an object. The bucket's own
        # rule for unfinished uploads clears the parts away (docs/decisions/0011).
        return


class BucketStore:
    """Objects under a prefix of a bucket."""

    def __init__(self, place: S3Settings) -> None:
        self._store = S3Store(
            place.bucket,
            prefix=place.prefix or None,
            config=_config(place),
            client_options={
                "allow_http": (place.endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=30),
            },
            # A person waits at the other end: they are told soon, and can try again themselves.
            retry_config={
                "max_retries": 2,
                "retry_timeout": timedelta(seconds=10),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )

    def sink(self, name: str, *, lasting: bool) -> Sink:  # noqa: ARG002 - a store's all last
        with _asking():
            return _BucketSink(self._store, checked(name))

    def stands(self, name: str) -> bool:
        with _asking():
            try:
                obstore.head(self._store, checked(name))
            except FileNotFoundError:
                return False
            return True

    def stream(self, name: str, start: int, end: int) -> Iterator[bytes]:
        checked(name)
        for place in range(start, end, PIECE_BYTES):
            with _asking():
                till = min(place + PIECE_BYTES, end)
                piece = obstore.get_range(self._store, name, start=place, end=till).to_bytes()
            yield piece

    def size(self, name: str) -> int | None:
        with _asking():
            try:
                return obstore.head(self._store, checked(name))["size"]
            except FileNotFoundError:
                return None

    def fetch(self, name: str) -> bytes:
        with _asking():
            return obstore.get(self._store, checked(name)).bytes().to_bytes()

    def file(self, name: str) -> BinaryIO | None:  # noqa: ARG002 - of the protocol
        return None

    def delete(self, name: str) -> None:
        with _asking(), suppress(FileNotFoundError):
            obstore.delete(self._store, checked(name))

    def listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        with _asking():
            pages = self._store.list(prefix, chunk_size=1_000)  # pyright: ignore[reportUnknownMemberType]
            for batch in pages:
                for one in batch:
                    yield one["path"], one["last_modified"]

    def sweep(self, before: datetime) -> None:
        """Nothing: what never arrived leaves nothing that we can see."""

    def ping(self) -> None:
        with _asking(), suppress(FileNotFoundError):
            obstore.head(self._store, _NOBODY)


def _config(place: S3Settings) -> "S3Config":
    config: S3Config = {
        "region": place.region,
        "access_key_id": place.key_id,
        "secret_access_key": place.secret,
    }
    if place.endpoint:
        config["endpoint"] = place.endpoint
    return config


@contextmanager
def _asking() -> Generator[None]:
    try:
        yield
    except (BaseError, OSError) as broken:
        # The message names bucket and object, and no key.
        log.error("the store of documents failed", error=str(broken)[:500])
        raise StorageUnavailable from broken
