"""Two people who keep one matter's folders at the same moment, on both databases."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.documents import keeping, queries
from portal.documents.keeping import Change
from portal.documents.models import Folder
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet

pytestmark = pytest.mark.both_databases


def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read everything before either takes the lock, where the database lets them."""
    begin, hold = Barrier(2), keeping._hold

    def wait_then_hold(session: Session, matter_id: int) -> None:
        with suppress(BrokenBarrierError):
            begin.wait(1)
        hold(session, matter_id)

    monkeypatch.setattr(keeping, "_hold", wait_then_hold)


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    wrong: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as problem:
            wrong.append(problem)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_two_folders_are_not_moved_into_each_other(
    cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = papers.folder(cabinet.matter, "One", cabinet.ada)
    two = papers.folder(cabinet.matter, "Two", cabinet.ada)

    def move(what: Folder, into: Folder) -> Callable[[], None]:
        def act() -> None:
            with db.transaction() as session:
                kept, place = session.get_one(Folder, what.id), session.get_one(Folder, into.id)
                keeping.move(session, kept, into=place, by=cabinet.ada, expected=Change.NONE)

        return act

    together(monkeypatch)
    (problem,) = at_once(move(one, two), move(two, one))
    assert isinstance(problem, Invalid)
    assert "in itself" in str(problem)
    with db.read() as session:
        folders = queries.folders_of(session, cabinet.matter.id)
        assert sorted(len(queries.path_to(folders, kept)) for kept in folders) == [1, 2]


def test_one_name_is_given_once(cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch) -> None:
    together(monkeypatch)

    def make() -> None:
        papers.folder(cabinet.matter, "Leases", cabinet.ada)

    (problem,) = at_once(make, make)
    assert isinstance(problem, Conflict)
    with db.read() as session:
        assert [one.name for one in session.scalars(select(Folder))] == ["Leases"]
