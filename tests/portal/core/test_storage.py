"""Objects are there whole or not at all, in a folder and in stores that speak S3.

`moto` is quick; `swift` is a real store that checks signatures.
"""

import errno
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.core import config, db, storage
from portal.core.config import S3Settings, Settings
from portal.core.stores.folder import FolderStore
from tests.support import s3

MIB = 1024 * 1024
NAME = "files/abc1"


@pytest.fixture(scope="module")
def moto_server() -> Generator[S3Settings]:
    with s3.running() as server:
        yield server


@pytest.fixture(params=["folder", "moto", "swift"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | S3Settings:
    if request.param == "folder":
        return tmp_path / "documents"
    return s3.new_bucket(request.getfixturevalue(f"{request.param}_server"))


@pytest.fixture(autouse=True)
def use_it(place: Path | S3Settings, settings: Settings) -> None:
    config.use(replace(settings, storage=place))


def _read(name: str, start: int, end: int) -> bytes:
    return b"".join(storage.stream(name, start, end))


def test_an_object_comes_back_as_it_was_put_whole_and_in_ranges() -> None:
    body = os.urandom(11 * MIB + 7)
    pieces = [body[n : n + 300_000] for n in range(0, len(body), 300_000)]
    assert storage.put(NAME, pieces) == len(body)
    assert storage.size(NAME) == len(body)
    assert _read(NAME, 0, len(body)) == body
    assert _read(NAME, 5, 6) == body[5:6]
    assert _read(NAME, 3 * MIB - 1, 9 * MIB + 1) == body[3 * MIB - 1 : 9 * MIB + 1]
    assert _read(NAME, len(body) - 3, len(body)) == body[-3:]


def test_an_object_in_the_place_of_another_replaces_it() -> None:
    storage.put(NAME, [b"one, and long"])
    storage.put(NAME, [b"two"])
    assert _read(NAME, 0, 3) == b"two"
    assert [name for name, _ in storage.listed("files")] == [NAME]


@pytest.mark.parametrize("size", [10, 12 * MIB])
def test_what_breaks_off_half_way_is_not_there_at_all(size: int) -> None:
    def cut() -> Iterator[bytes]:
        yield b"x" * size
        raise ConnectionResetError("the browser went away")

    with pytest.raises(ConnectionResetError):
        storage.put(NAME, cut())
    assert list(storage.listed("files")) == []
    with pytest.raises(storage.StorageUnavailable):
        _read(NAME, 0, 1)


def test_an_object_is_not_seen_before_it_is_kept() -> None:
    with storage.sink(NAME) as sink:
        sink.write(b"x" * (6 * MIB))
        assert list(storage.listed("files")) == []
        sink.keep()
    assert [name for name, _ in storage.listed("files")] == [NAME]


def test_a_deleted_object_is_gone_and_deleting_twice_is_once() -> None:
    storage.put("parts/up1/1", [b"a"])
    storage.put("parts/up1/2", [b"b"])
    storage.delete("parts/up1/1", "parts/up1/2", "parts/up1/1", NAME)
    assert list(storage.listed("parts")) == []
    assert storage.size("parts/up1/1") is None


def test_the_list_says_when_each_was_written() -> None:
    storage.put("files/one", [b"1"])
    storage.put("files/two", [b"2"])
    storage.put("previews/one", [b"3"])
    listed = dict(storage.listed("files"))
    assert sorted(listed) == ["files/one", "files/two"]
    assert all(abs(datetime.now(UTC) - at) < timedelta(minutes=2) for at in listed.values())


@pytest.mark.parametrize(
    "name", ["../secret", "files/../../etc", "/etc/passwd", "files", "a//b", ""]
)
def test_a_name_that_is_not_made_of_our_ids_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name of an object"):
        storage.put(name, [b"x"])


def test_a_store_that_answers_is_pinged_without_a_word() -> None:
    storage.ping()


def test_no_store_is_asked_inside_a_transaction(database: object) -> None:
    with db.transaction(), pytest.raises(db.NestedTransaction):
        storage.put(NAME, [b"x"])


def test_a_store_that_is_away_is_told_as_that(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_bytes(b"")
    nobody = S3Settings("bucket", "", "http://127.0.0.1:9", "us-east-1", "key", "secret")
    for away in (tmp_path / "a-file" / "documents", nobody):
        config.use(replace(settings, storage=away))
        with pytest.raises(storage.StorageUnavailable):
            storage.put(NAME, [b"x"])
        with pytest.raises(storage.StorageUnavailable):
            storage.ping()
        with pytest.raises(storage.StorageUnavailable):
            storage.size(NAME)
        with pytest.raises(storage.StorageUnavailable):
            _read(NAME, 0, 1)


class TestSwift:
    """What only a store does that checks signatures."""

    @pytest.fixture
    def place(self, swift_server: S3Settings) -> S3Settings:
        return s3.new_bucket(swift_server)

    @pytest.mark.slow
    @pytest.mark.parametrize("wrong", [{"secret": "guessed"}, {"key_id": "firm:nobody"}])
    def test_a_wrong_key_is_told_as_a_store_that_is_away_and_nothing_is_kept_or_lost(
        self, place: S3Settings, settings: Settings, wrong: dict[str, str]
    ) -> None:
        storage.put(NAME, [b"kept"])
        config.use(replace(settings, storage=replace(place, **wrong)))
        asked: list[Callable[[], object]] = [
            storage.ping,
            lambda: storage.put("files/other", [b"x"]),
            lambda: storage.put("files/large", [b"x" * 6 * MIB]),
            lambda: storage.fetch(NAME),
            lambda: _read(NAME, 0, 4),
            lambda: storage.stands(NAME),
            lambda: storage.delete(NAME),
            lambda: list(storage.listed("files")),
        ]
        for ask in asked:
            with pytest.raises(storage.StorageUnavailable):
                ask()
        config.use(replace(settings, storage=place))
        assert [name for name, _ in storage.listed("files")] == [NAME]
        assert storage.fetch(NAME) == b"kept"


class TestFolder:
    """What only a folder does."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "documents"

    def test_a_full_disk_leaves_nothing_behind(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_handle: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        place.mkdir()
        for folder in ("files", ".arriving"):
            (place / folder).mkdir()
        with pytest.raises(storage.StorageFull) as refused:
            storage.put(NAME, [b"x"])
        assert refused.value.status == 507
        assert [path for path in place.rglob("*") if path.is_file()] == []

    def test_a_disk_that_cannot_be_read_is_not_taken_for_an_object_that_is_gone(
        self, place: Path
    ) -> None:
        place.mkdir()
        assert storage.size(NAME) is None
        (place / "files").write_bytes(b"no folder any more")
        with pytest.raises(storage.StorageUnavailable):
            storage.size(NAME)

    def test_bytes_and_name_are_on_the_disk_before_they_are_said_to_be_kept(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced: list[str] = []
        real = os.fsync

        def note(handle: int) -> None:
            where = os.readlink(f"/proc/self/fd/{handle}")
            synced.append("folder" if os.path.isdir(where) else "file")
            assert (place / NAME).exists() == (
                where == str(place / "files") and synced[-2:-1] == ["file"]
            )
            real(handle)

        storage.put("files/other", [b"makes the folders"])
        monkeypatch.setattr(os, "fsync", note)
        storage.put(NAME, [b"x"])
        assert synced == ["file", "folder"]

    def test_what_is_not_lasting_waits_for_no_disk_and_is_not_trusted_after_a_restart(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def waited(_handle: int) -> None:
            raise AssertionError("the disk was waited for")

        storage.put("parts/up1/1", [b"makes the folders"])
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", waited)
            sink = storage.open_sink("parts/up1/2", lasting=False)
            sink.write(b"x")
            sink.keep()
        assert storage.stands("parts/up1/2")
        assert not storage.stands("parts/up1/3")
        os.utime(place / "parts/up1/2", (1, 1))  # long before this machine was started
        assert not storage.stands("parts/up1/2")

    def test_what_was_on_its_way_when_the_process_died_is_swept_after_a_while(
        self, place: Path
    ) -> None:
        sink: Any = FolderStore(place).sink(NAME, lasting=True)
        sink.write(b"half")
        sink._file.close()  # as the end of a process does
        now = datetime.now(UTC)
        storage.sweep(now - timedelta(days=1))
        assert len(list((place / ".arriving").iterdir())) == 1
        storage.sweep(now + timedelta(days=1))
        assert list((place / ".arriving").iterdir()) == []
