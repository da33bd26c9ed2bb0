"""Many at once, the store away, the disk full: a sentence, and nothing is lost or half kept."""

import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import config, db
from portal.core.config import Settings
from portal.documents.models import Document
from tests.portal.documents.conftest import Desk
from tests.portal.documents.papers import nothing_came
from tests.support.rows import count
from tests.support.uploads import noise


def test_twenty_at_once_all_come_in(desk: Desk) -> None:
    bodies = {f"{n}.bin": noise(300_000) for n in range(20)}
    states = {name: desk.cleo.begin(desk.matter, name, 300_000) for name in bodies}
    statuses: list[int] = []

    def send(name: str) -> None:
        sender = replace(desk.cleo, http=desk.cleo.http.application.test_client())
        sender.http._cookies = desk.cleo.http._cookies
        statuses.append(sender.put(states[name], bodies[name]).status_code)
        statuses.append(sender.finish(states[name]).status_code)

    threads = [threading.Thread(target=send, args=(name,)) for name in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
    with db.read() as session:
        names = {one.public_id: one.name for one in session.scalars(select(Document))}
    assert len(names) == 20
    for public_id, name in names.items():
        assert desk.ada.fetch(public_id).data == bodies[name]


class TestBrokenStore:
    """The store away and the disk full: a sentence, nothing half kept, and it works again after."""

    def _ways(self, desk: Desk, state: dict[str, Any]) -> Iterator[Any]:
        yield desk.cleo.put(state, b"1234567890")
        yield desk.cleo.form(desk.matter, (b"1234567890", "a.txt"))

    def test_away(self, desk: Desk, settings: Settings, tmp_path: Path) -> None:
        document = desk.ada.send(desk.matter, "a.txt", b"here")["document"]
        state = desk.cleo.begin(desk.matter, "a.txt", 10)
        (tmp_path / "a-file").write_bytes(b"")
        config.use(replace(settings, storage=tmp_path / "a-file" / "documents"))
        for answer in (*self._ways(desk, state), desk.ada.fetch(document)):
            assert answer.status_code == 503
            assert "try again" in answer.text
        address = f"/staff/documents/{document}/file"
        assert desk.ada.ask("HEAD", address).status_code == 503
        config.use(settings)
        assert desk.ada.ask("HEAD", address).status_code == 200
        assert count(Document) == 1
        assert desk.cleo.put(state, b"1234567890").status_code == 200
        assert desk.ada.fetch(document).data == b"here"

    def test_full(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        state = desk.cleo.begin(desk.matter, "a.txt", 10)

        def full(_handle: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            for answer in self._ways(desk, state):
                assert answer.status_code == 507
                assert "no room left" in answer.text
        nothing_came()
        assert desk.cleo.put(state, b"1234567890").status_code == 200
