"""Backups that were forged, and backups and restores that were broken off (X8)."""

import errno
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.core import db, migrations, storage
from portal.core.backups import postgres_books
from tests.factories.payments import Links, Payer, payments
from tests.promises.backups import Command, made_by_migrations

OUTSIDE = "documents/../../outside"


def rewritten(backup: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Forge a backup: other contents, said to be whole by its own list of contents."""
    with tarfile.open(backup) as tar:
        held = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    manifest = json.loads(held.pop("manifest.json"))
    manifest = change({"held": held, "said": manifest}) or manifest
    with tarfile.open(backup, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in {**held, "manifest.json": json.dumps(manifest).encode()}.items():
            member = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            content = b"" if isinstance(content, tarfile.TarInfo) else content
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def add(backup: dict[str, Any], name: str, content: Any) -> None:
    """One more member, which the list of contents knows."""
    backup["held"][name] = content
    digest = hashlib.sha256(content if isinstance(content, bytes) else b"").hexdigest()
    backup["said"]["members"][name] = {"bytes": 5, "sha256": digest}


def circle(backup: dict[str, Any]) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        link = tarfile.TarInfo(f"documents/files/{name}")
        link.type, link.linkname = tarfile.SYMTYPE, other
        add(backup, link.name, link)


def longer_than_any_disk(backup: dict[str, Any]) -> None:
    add(backup, "documents/files/1", sparse := tarfile.TarInfo("documents/files/1"))
    sparse.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(10**15)}


FORGED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a name that leads outside": lambda one: add(one, OUTSIDE, b"hello"),
    "an absolute name": lambda one: add(one, "documents//etc/cron", b"hello"),
    "links in a circle": circle,
    "a few bytes that claim to be a petabyte": longer_than_any_disk,
    "a list that is none": lambda _one: [1],
    "a list without members": lambda _one: {"format": 1},
    "members of another shape": lambda one: {**one["said"], "members": {"x": {}}},
    "without books": lambda one: one["said"].update(members={}, columns={}),
    "books of another database": lambda one: one["said"].update(database="another"),
    "books of a later version": lambda one: one["said"].update(revision="9999_later"),
    "a later format": lambda one: one["said"].update(format=2),
}


@pytest.mark.parametrize("what", FORGED)
def test_X8_a_forged_backup_is_refused_before_anything_is_changed(
    what: str, links: Links, backup: Path, flask: Command, elsewhere: Callable[[], None]
) -> None:
    made_by_migrations()
    assert flask("backup", str(backup))[0] == 0
    rewritten(backup, FORGED[what])
    elsewhere()
    code, said = flask("restore", str(backup))
    assert (code, "Nothing was changed." in said) == (1, True), said
    assert list(storage.listed("")) == []
    assert not list(backup.parent.parent.rglob("outside"))
    assert migrations.revision(db.current()) is None


@pytest.mark.parametrize("database_kind", ["sqlite"], scope="session")
def test_X8_what_is_no_database_does_not_come_where_the_books_belong(
    links: Links, backup: Path, flask: Command, elsewhere: Callable[[], None]
) -> None:
    made_by_migrations()
    assert flask("backup", str(backup))[0] == 0
    rewritten(backup, lambda one: add(one, "books/retainer.db", b"hello"))
    elsewhere()
    books = Path(str(db.current().url.database))
    code, said = flask("restore", str(backup))
    assert (code, "Not restored: file is not a database" in said) == (1, True), said
    assert list(books.parent.glob(f"{books.name}*")) == []


@pytest.mark.both_databases
def test_X8_a_restore_that_was_broken_off_is_begun_again(
    app: Flask,
    links: Links,
    backup: Path,
    flask: Command,
    elsewhere: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed while the rows go in, which takes longest: the tables are there already."""
    Payer(app).pay(links.operating)
    made_by_migrations()
    storage.put("files/1", [b"hello"])
    assert flask("backup", str(backup))[0] == 0
    elsewhere()

    class Killed(BaseException):
        pass

    def kill(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as broken_off:
        broken_off.setattr(postgres_books, "_copy", kill)
        broken_off.setattr(os, "fsync", kill)
        broken_off.setattr(storage, "put", lambda *_: None)
        with pytest.raises(Killed):
            flask("restore", str(backup))
    elsewhere()  # a new process connects anew
    code, said = flask("restore", str(backup))
    assert code == 0, said
    assert len(payments()) == 1
    assert storage.fetch("files/1") == b"hello"


def test_X8_a_full_disk_is_said_and_leaves_nothing_behind(
    links: Links,
    backup: Path,
    flask: Command,
    elsewhere: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made_by_migrations()

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        code, said = flask("backup", str(backup))
        assert (code, "No space left" in said) == (1, True), said
        assert list(backup.parent.glob("*backup*")) == []
    assert flask("backup", str(backup))[0] == 0
    elsewhere()
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        code, said = flask("restore", str(backup))
        assert (code, "Run it again." in said) == (1, True), said
    elsewhere()  # a new process connects anew
    assert flask("restore", str(backup))[0] == 0


def test_X8_a_store_that_is_away_is_said_in_words(
    links: Links, backup: Path, flask: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by_migrations()
    storage.put("files/1", [b"hello"])

    def away(_name: str) -> None:
        raise storage.StorageUnavailable

    monkeypatch.setattr(storage, "size", away)
    code, said = flask("backup", str(backup))
    assert (code, "the store of documents does not answer" in said) == (1, True), said
    assert list(backup.parent.glob("*backup*")) == []


@pytest.mark.parametrize(
    "database", ["sqlite:///{}/away/retainer.db", "postgresql+psycopg://@localhost:1/away"]
)
def test_X8_a_database_that_is_away_is_said_in_words(
    database: str, backup: Path, flask: Command
) -> None:
    db.connect(database.format(backup.parent))
    code, said = flask("backup", str(backup))
    assert (code, "No backup was made: " in said, "sqlalche" in said) == (1, True, False), said
    assert list(backup.parent.glob("*backup*")) == []


def test_X8_what_a_killed_backup_left_is_in_nobodys_way(
    links: Links, backup: Path, flask: Command
) -> None:
    """Nor does a second run take away what the first is still writing."""
    made_by_migrations()
    left = backup.with_name(f"{backup.name}.part")
    left.write_bytes(b"half")
    assert flask("backup", str(backup))[0] == 0
    assert left.read_bytes() == b"half"


def test_X8_what_others_put_among_the_documents_stops_no_backup(
    app: Flask, links: Links, backup: Path, flask: Command
) -> None:
    """A file manager leaves its own file behind, a file system its lost and found."""
    made_by_migrations()
    storage.put("files/1", [b"hello"])
    folder = storage.current()._root  # type: ignore[attr-defined]
    (folder / ".DS_Store").write_bytes(b"Bud1")
    (folder / "files" / "read me.txt").write_bytes(b"notes")
    code, said = flask("backup", str(backup))
    assert (code, " 1 documents" in said) == (0, True), said
