"""Imports that are stopped, discarded, repeated or long over; and who may import."""

import csv
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.clients.models import Contact
from portal.core import clock, db, storage
from portal.firm import confirming
from portal.imports import queries, running
from portal.imports.models import ImportRun
from tests.portal.imports.desk import IMPORTS, MIXED, bring, checked
from tests.portal.imports.factories import RunJobs
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.rows import count


def test_X7_a_file_can_be_discarded_until_it_is_imported(cast: Cast, run_jobs: RunJobs) -> None:
    page = cast.ada.submit(bring(cast, MIXED), "Discard this file")
    assert "Nothing was imported yet" in page
    page = checked(cast, run_jobs, MIXED)
    cast.ada.submit(page, "Discard")
    assert (count(ImportRun), list(storage.listed("imports"))) == (0, [])
    page = checked(cast, run_jobs, MIXED)
    begun = cast.ada.submit(page, "Import 1 contact")
    cast.ada.post(f"{page.address}/removal", {"csrf_token": token(begun)}, status=409)
    cast.ada.submit(page, "Import 1 contact")  # pressed once more in another tab
    run_jobs()
    assert count(Contact) == 1


def token(page: Page) -> str:
    return str(page.select("[name=csrf_token]")[0]["value"])


def test_X7_an_import_can_be_stopped_and_continued(cast: Cast, run_jobs: RunJobs) -> None:
    page = cast.ada.submit(checked(cast, run_jobs, MIXED), "Import 1 contact")
    page = cast.ada.submit(page, "Stop")
    assert "Somebody stopped it. 0 contacts were added and stay." in page
    run_jobs()
    assert count(Contact) == 0
    page = cast.ada.submit(page, "Continue")
    run_jobs()
    assert "1 contact added" in cast.ada.get(page.address)
    assert count(Contact) == 1
    log = cast.ada.activity_log()
    assert "Import of a file stopped" in log
    assert "Import of a file continued" in log


def test_X7_a_run_that_nobody_is_at_offers_to_continue(
    cast: Cast, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = checked(cast, run_jobs, MIXED)
    with monkeypatch.context() as patched:
        patched.setattr("portal.imports.actions._owe", lambda *_told: None)
        page = cast.ada.submit(page, "Import 1 contact")
    assert "This stopped before its end" in page
    assert "hx-get" not in page.one("#import").attrs
    cast.ada.submit(page, "Continue")
    run_jobs()
    assert count(Contact) == 1


def test_X7_the_very_same_file_says_that_it_was_imported_before(
    cast: Cast, run_jobs: RunJobs
) -> None:
    cast.ada.submit(checked(cast, run_jobs, MIXED), "Import 1 contact")
    run_jobs()
    assert "This file was imported before" in bring(cast, MIXED)
    assert "This file was imported before" not in bring(cast, MIXED + "New,,\n")
    page = checked(cast, run_jobs, "Full name,E-mail,Colour\nCleo Marsh,cleo@demo.test,blue\n")
    assert "All of this file is here already." in page


def test_X7_only_administrators_import_and_show_who_they_are_once_more(
    cast: Cast, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (cast.ben, cast.ana):
        person.get(IMPORTS, status=403)
        person.get(f"{IMPORTS}/samples/contacts.csv", status=403)
    monkeypatch.setattr(confirming, "CONFIRMED_FOR", timedelta(0))
    page = checked(cast, run_jobs, MIXED)  # bringing and checking a file asks for nothing
    page = cast.ada.submit(page, "Import 1 contact", status=422)
    assert "Confirm that it is you" in page
    run_jobs()
    assert count(Contact) == 0


def test_X7_files_are_dropped_a_week_after_their_import_and_forgotten_ones_after_a_month(
    cast: Cast, run_jobs: RunJobs, advance: Callable[[timedelta], int]
) -> None:
    left = bring(cast, MIXED)
    page = cast.ada.submit(checked(cast, run_jobs, MIXED + "Cy,,\n"), "Import 2 contacts")
    run_jobs()
    advance(timedelta(days=6))
    assert "Refused rows as a file" in cast.ada.get(page.address)
    advance(timedelta(days=2))
    running.sweep()
    page = cast.ada.get(page.address)
    assert "2 contacts added" in page
    assert "Refused rows as a file" not in page
    cast.ada.get(f"{page.address}/refused.csv", status=404)
    cast.ada.get(left.address)
    advance(timedelta(days=23))
    running.sweep()
    cast.ada.get(left.address, status=404)
    assert list(storage.listed("imports")) == []


def test_X7_what_a_process_left_in_the_store_when_it_died_is_dropped_after_a_week(
    cast: Cast,
) -> None:
    bring(cast, MIXED)
    ((kept, _written),) = storage.listed("imports")
    storage.put("imports/left", [b"Name"])
    for days, names in ((6, [kept, "imports/left"]), (8, [kept])):
        with time_machine.travel(clock.wall_time() + timedelta(days=days), tick=False):
            running.sweep()
        assert sorted(name for name, _written in storage.listed("imports")) == sorted(names)


def test_X7_a_heading_that_is_a_formula_is_none_in_the_file_of_refused_rows(
    cast: Cast, run_jobs: RunJobs
) -> None:
    page = checked(cast, run_jobs, 'Name,E-mail,"=HYPERLINK(""http://x.test"")"\nBo,bo@,@x\n')
    content = cast.ada.get(f"{page.address}/refused.csv").response.get_data()
    headings, row = csv.reader(content.decode("utf-8-sig").splitlines())
    assert headings[2] == '\'=HYPERLINK("http://x.test")'
    assert row[:3] == ["Bo", "bo@", "'@x"]
    again = bring(cast, content)
    assert '=HYPERLINK("http://x.test")' in again
    assert "'=HYPERLINK" not in again


def test_X7_a_file_that_is_gone_from_the_store_is_told_and_can_be_discarded(
    cast: Cast, run_jobs: RunJobs
) -> None:
    page, begun = bring(cast, MIXED), checked(cast, run_jobs, MIXED)
    cast.ada.submit(begun, "Import 1 contact")
    for name, _written in list(storage.listed("imports")):
        storage.delete(name)
    run_jobs()
    begun = cast.ada.get(begun.address)
    assert "Its file is not in the store any more." in begun
    cast.ada.get(f"{begun.address}/refused.csv", status=404)
    page = cast.ada.get(page.address)
    assert "The file is gone" in page
    cast.ada.submit(page, "Discard")
    cast.ada.get(page.address, status=404)


def test_X7_the_log_tells_of_imports_in_words(cast: Cast, run_jobs: RunJobs) -> None:
    cast.ada.submit(checked(cast, run_jobs, MIXED), "Import 1 contact")
    run_jobs()
    page = cast.ada.activity_log()
    for words in ("Import of a file started", "Import of a file done", "From the file people.csv"):
        assert words in page
    with db.read() as session:
        run = session.scalars(select(ImportRun)).one()
        assert not queries.stands_still(session, run)
