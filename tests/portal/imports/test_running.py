"""Imports that are killed, stopped, repeated, or read by two at once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from portal.clients.models import ClientWord, Contact, Matter
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict
from portal.imports import actions, grouping, judging, queries, running
from portal.imports.models import ImportedThing, ImportKey, ImportRun
from tests.portal.imports.factories import (
    BY,
    RunJobs,
    again,
    checked,
    counts,
    imported,
    ordered_to_check,
    ordered_to_import,
    taken,
    told,
)
from tests.support.cast import Cast
from tests.support.races import at_once
from tests.support.rows import count

PEOPLE = "Id,Name,Email\n" + "".join(f"{n},Name {n},n{n}@x.test\n" for n in range(30))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "CHUNK_THINGS", 7)


def breaks_at(monkeypatch: pytest.MonkeyPatch, place: str, nth: int, error: Exception) -> None:
    """The nth call of a function of the machine fails after its work, once."""
    real, calls = getattr(running, place), list[int]()

    def broken(*args: Any) -> Any:
        answer = real(*args)
        calls.append(1)
        if len(calls) == nth:
            raise error
        return answer

    monkeypatch.setattr(running, place, broken)


@pytest.mark.both_databases
@pytest.mark.parametrize("place", ["_count", "_take"])
@pytest.mark.parametrize("nth", [1, 3, 5])
def test_X7_a_run_that_was_killed_goes_on_where_it_stood(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, place: str, nth: int
) -> None:
    run = checked(taken(PEOPLE))
    before = count(Contact)
    ordered_to_import(run)
    with monkeypatch.context() as patched:
        breaks_at(patched, place, nth, KeyError("killed"))  # in a transaction, or after it
        with pytest.raises(KeyError):
            running.go_on(run.id)
    done = nth * 7 if place == "_take" else (nth - 1) * 7
    assert (again(run).state, again(run).read_rows) == ("importing", min(done, 30))
    assert count(Contact) == before + min(done, 30)
    running.go_on(run.id)
    assert (again(run).state, counts(again(run))) == ("done", (30, 0, 0))
    assert count(Contact) == before + 30
    assert count(ImportedThing) == 30


def test_X7_a_check_that_was_killed_goes_on_where_it_stood_and_adds_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, before = taken(PEOPLE + "3,Again,\n"), count(Contact)
    ordered_to_check(run)
    with monkeypatch.context() as patched:
        breaks_at(patched, "_take", 2, KeyError("killed"))
        with pytest.raises(KeyError):
            running.go_on(run.id)
    assert again(run).read_rows == 14
    running.go_on(run.id)
    assert (again(run).state, counts(again(run))) == ("checked", (30, 0, 1))
    assert told(run) == [(32, "Id", "Row 5 names the same one. It is taken once.")]
    assert count(Contact) == before


@pytest.mark.both_databases
def test_X7_two_that_are_at_the_same_run_add_everything_once(cast: Cast) -> None:
    run = checked(taken(PEOPLE))
    before = count(Contact)
    ordered_to_import(run)
    begin, wrong = Barrier(2), list[BaseException]()

    def read() -> None:
        begin.wait()
        try:
            running.go_on(run.id)
        except BaseException as problem:
            wrong.append(problem)

    threads = [Thread(target=read) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.go_on(run.id)  # whoever gave way left the rest to the other
    assert wrong == []
    assert (again(run).state, counts(again(run))) == ("done", (30, 0, 0))
    assert count(Contact) == before + 30


@pytest.mark.both_databases
def test_X7_two_files_of_the_same_people_at_once_add_everybody_once(cast: Cast) -> None:
    people = "Name,Email\n" + "".join(f"Name {n},n{n}@x.test\n" for n in range(30))
    runs, before = [checked(taken(people + end)) for end in ("", "\n")], count(Contact)
    for run in runs:
        ordered_to_import(run)
    at_once(*(partial(running.go_on, run.id) for run in runs), answers=())
    assert [again(run).state for run in runs] == ["done", "done"]
    assert sum(again(run).added for run in runs) == 30
    assert count(Contact) == before + 30


@pytest.mark.both_databases
def test_X7_the_same_file_twice_adds_nothing(cast: Cast) -> None:
    text = PEOPLE + ",No Id,noid@x.test\n,No Email,\n"
    assert counts(imported(text)) == (32, 0, 0)
    contacts, words = count(Contact), count(ClientWord)
    run = imported(text)
    assert (run.state, counts(run)) == ("checked", (0, 32, 0))
    assert (count(Contact), count(ClientWord)) == (contacts, words)


def test_X7_the_same_name_twice_in_a_file_is_taken_once(cast: Cast) -> None:
    run = imported(
        "Id,Name,Email\n1,Ann,a@x.test\n2,Bo,\n1,Bea,b@x.test\n,Cy,c@x.test\n,Cy,C@X.test\n"
    )
    assert counts(run) == (3, 0, 2)
    assert told(run) == [
        (4, "Id", "Row 2 names the same one. It is taken once."),
        (6, "", "Row 5 names the same one. It is taken once."),
    ]
    assert count(ImportKey) == 0  # what names it has is forgotten when the import is over


def test_X7_a_file_that_is_being_discarded_cannot_be_imported_meanwhile(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, forget = checked(taken(PEOPLE)), judging.forget_names

    def pressed_meanwhile(run_id: int) -> None:
        with pytest.raises(Conflict):
            ordered_to_import(run)
        forget(run_id)

    monkeypatch.setattr(judging, "forget_names", pressed_meanwhile)
    actions.forget(run.public_id)
    assert (count(ImportRun), count(ImportKey)) == (0, 0)


def test_X7_the_names_of_an_import_that_nobody_went_on_with_are_dropped_with_its_file(
    cast: Cast, advance: Callable[[timedelta], int]
) -> None:
    run = checked(taken(PEOPLE))
    with db.transaction() as session:
        kept = queries.import_run(session, run.public_id, locked=True)
        actions.start(session, kept, by=BY, queued=False)
        actions.stop(session, kept, by=BY)
    advance(timedelta(days=6))
    running.sweep()
    assert (count(ImportKey), again(run).stored) == (30, run.stored)
    advance(timedelta(days=2))
    running.sweep()
    assert (count(ImportKey), again(run).stored) == (0, "")


def test_X7_stopped_it_keeps_what_it_added_and_goes_on_when_asked(
    cast: Cast, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, before = checked(taken(PEOPLE)), count(Contact)
    ordered_to_import(run)
    real = running._take

    def stop_after(kind: Any, at: Any, chunk: Any) -> bool | None:
        went_on = real(kind, at, chunk)
        with db.transaction() as session:
            actions.stop(session, queries.import_run(session, run.public_id, locked=True), by=BY)
        return went_on

    with monkeypatch.context() as patched:
        patched.setattr(running, "_take", stop_after)
        with pytest.raises(Conflict):  # the second stop finds it stopped
            running.go_on(run.id)
    stopped = again(run)
    assert (stopped.state, stopped.failure) == ("failed", "Somebody stopped it.")
    assert count(Contact) == before + 7
    running.go_on(run.id)
    assert count(Contact) == before + 7
    with db.transaction() as session:
        actions.resume(session, queries.import_run(session, run.public_id, locked=True), by=BY)
    run_jobs()
    assert (again(run).state, count(Contact)) == ("done", before + 30)


def test_X7_what_breaks_an_import_is_told_and_nothing_is_half_added(
    cast: Cast, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, before = checked(taken(PEOPLE)), count(Contact)
    with db.transaction() as session:
        actions.start(session, queries.import_run(session, run.public_id), by=BY)
    with monkeypatch.context() as patched:
        breaks_at(patched, "_count", 2, KeyError("a mistake of ours"))
        run_jobs()
    broken = again(run)
    assert (broken.state, broken.failure) == ("failed", "Something went wrong here.")
    assert (broken.read_rows, count(Contact)) == (7, before + 7)


def test_X7_a_database_that_fails_for_a_moment_is_tried_again(
    cast: Cast, advance: Callable[..., int], run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, before = checked(taken(PEOPLE)), count(Contact)
    with db.transaction() as session:
        actions.start(session, queries.import_run(session, run.public_id), by=BY)
    with monkeypatch.context() as patched:
        breaks_at(patched, "_count", 3, OperationalError("x", {}, Exception("gone")))
        run_jobs()
        assert again(run).state == "importing"
    advance(timedelta(minutes=1))
    assert (again(run).state, count(Contact)) == ("done", before + 30)


def test_X7_each_thing_that_was_added_stands_in_the_log(cast: Cast) -> None:
    run = imported(PEOPLE)
    with db.read() as session:
        lines = session.execute(
            select(AuditEntry.action, func.count().label("number"))
            .where(AuditEntry.actor == BY)
            .group_by(AuditEntry.action)
        )
        assert {line.action: line.number for line in lines} == {
            "contact.added": 30,
            "import.started": 1,
            "import.done": 1,
        }
        detail = session.scalar(select(AuditEntry.detail).where(AuditEntry.action == "import.done"))
    assert detail == {"added": run.added, "skipped": 0, "refused": 0}


@pytest.mark.parametrize("kind", ["contacts", "matters"])
def test_X7_a_chunk_of_many_asks_as_many_queries_as_one_of_few(
    cast: Cast, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "CHUNK_THINGS", 500)

    def statements(first: int, many: int) -> int:
        text = {
            "contacts": "Id,Name,Email\n{rows}",
            "matters": "Number,Name,Client,Related,Relation\n{rows}",
        }[kind]
        row = {"contacts": "{n},Ann {n},a{n}@x.test\n", "matters": "{n},Lease,Ann 1,Ann 2,Foe\n"}
        rows = "".join(row[kind].format(n=n) for n in range(first, first + many))
        run = checked(taken(text.format(rows=rows), kind))
        assert run.added == many
        ordered_to_import(run)
        asked = list[str]()
        engine = db.current().engine
        event.listen(engine, "before_cursor_execute", note := (lambda *told: asked.append(told[2])))
        running.go_on(run.id)
        event.remove(engine, "before_cursor_execute", note)
        return len([one for one in asked if one.startswith("SELECT")])

    imported("Name\nAnn 1\nAnn 2\n")
    assert statements(1_000, 5) == statements(2_000, 150)
    assert count(Matter) == (155 if kind == "matters" else 0)
