"""A file on its way in, as an administrator sees it."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.clients.models import Contact
from portal.core import db, storage
from portal.imports import grouping, running
from portal.imports.kinds import kinds
from portal.imports.models import ImportProblem, ImportRun
from tests.portal.imports.desk import IMPORTS, MIXED, bring, checked
from tests.portal.imports.factories import RunJobs, csv_of
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.rows import count


def choose(cast: Cast, page: Page, *, status: int = 200, **fields: str) -> Page:
    """Press **Check** with these choices: `column_name="1"`."""
    typed: dict[str, Any] = {name.replace("_", "-", 1): value for name, value in fields.items()}
    return cast.ada.submit(page, "Check", status=status, **typed)


def csv_rows(page: Page) -> list[list[str]]:
    return list(
        csv.reader(io.StringIO(page.response.get_data(as_text=True).removeprefix("\ufeff")))
    )


def test_X7_a_file_is_matched_checked_and_imported(cast: Cast, run_jobs: RunJobs) -> None:
    page = bring(cast, MIXED)
    assert page.title.startswith("Import of people.csv")
    assert page.texts(".import-scroll tbody tr") == [
        "2 Cleo Marsh cleo@demo.test blue",
        "3 Bo bo@ red",
    ]
    assert page.one("#column-email option[selected]").text == "E-mail (cleo@demo.test)"
    page = cast.ada.submit(page, "Check")
    assert "0 of 2 rows" in page
    run_jobs()
    page = cast.ada.get(page.address)
    assert "1 contact can be added" in page
    assert page.texts(".import-counts dd") == ["1", "0", "1"]
    assert page.texts("#problems tbody tr") == [
        "3 E-mail Enter an email address like name@example.com."
    ]
    before = count(Contact)
    page = cast.ada.submit(page, "Import 1 contact")
    run_jobs()
    page = cast.ada.get(page.address)
    assert "1 contact added, and some refused" in page
    assert count(Contact) == before + 1
    assert "Cleo Marsh" in cast.ada.click(page, "Show contacts")
    listed = cast.ada.get(IMPORTS).texts("#imports tbody tr")
    assert [row.split()[0] for row in listed] == ["people.csv"]
    assert listed[0].endswith("1 1 Imported in part")


def test_X7_without_a_file_or_with_none_that_can_be_read_the_form_says_why(cast: Cast) -> None:
    page = cast.ada.submit(cast.ada.get(IMPORTS), "Upload and go on", status=422, kind="matters")
    assert page.texts("#file-error") == ["Error: Choose a file."]
    assert page.one("[name=kind][checked]")["value"] == "matters"
    page = bring(cast, "Name\n", status=422)
    assert page.texts("#file-error") == ["Error: This file has headings, and no row under them."]
    assert page.title.startswith("Error:")
    bring(cast, MIXED, "robots", status=404)
    assert count(ImportRun) == 0
    assert list(storage.listed("imports")) == []


def test_X7_columns_that_cannot_be_are_told_beside_their_field_and_kept(cast: Cast) -> None:
    page = bring(cast, MIXED)
    wrong = {"column_name": "", "column_email": "1", "column_phone": "1", "column_note": "99"}
    page = choose(cast, page, status=422, **wrong)
    assert page.texts("#column-name-error") == ["Error: Choose the column for “Name”."]
    assert "“Emails” too" in page.texts("#column-phone-error")[0]
    assert "no such column" in page.texts("#column-note-error")[0]
    assert page.one("#column-phone option[selected]")["value"] == "1"
    for nonsense in ("-1", "x", "9" * 50, "１"):
        choose(cast, page, status=422, column_name=nonsense)
    matters = bring(cast, "Number,Name,Client\n1,a,b\n", "matters")
    page = choose(cast, matters, status=422, option_days="ymd")
    assert page.texts("#option-days-error") == ["Error: Choose one of these."]


def test_X7_columns_can_be_changed_after_the_check(cast: Cast, run_jobs: RunJobs) -> None:
    page = checked(cast, run_jobs, "Full name,Other\nAnn,Bo\n")
    page = cast.ada.click(page, "Change columns")
    page = choose(cast, page, column_name="1")
    run_jobs()
    cast.ada.submit(cast.ada.get(page.address), "Import 1 contact")
    run_jobs()
    with db.read() as session:
        assert session.scalars(select(Contact.name)).all() == ["Bo"]


def test_X7_an_open_page_asks_again_and_reads_out_quarters_and_the_end(
    cast: Cast, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "CHUNK_THINGS", 5)
    text = csv_of("Name", [f"Name {n}" for n in range(10)])
    page = cast.ada.submit(bring(cast, text), "Check")
    poll = str(page.one("#import")["hx-get"])
    assert page.one("#import")["hx-trigger"] == "every 1s"
    cast.ada.ask("GET", poll, htmx=True, status=204)
    real, seen = running._take, list[Page]()

    def watched(*args: Any) -> bool | None:
        went_on = real(*args)
        seen.append(cast.ada.get(poll, htmx=True))
        return went_on

    with monkeypatch.context() as patched:
        patched.setattr(running, "_take", watched)
        run_jobs()
    assert seen[0].texts("[hx-swap-oob]") == ["50 percent done."]
    assert "5 of 10 rows" in seen[0]
    done = cast.ada.get(poll, htmx=True)
    assert not done.is_whole
    assert done.texts("[hx-swap-oob]") == ["The file is checked."]
    assert "hx-get" not in done.one("#import").attrs


def test_X7_refused_rows_come_as_a_file_that_can_be_mended_and_brought_again(
    cast: Cast, run_jobs: RunJobs
) -> None:
    text = 'Id,Name,Email\n1,Ann,a@x.test\n2,"Bo\n=Two",b@\n2,,c@x.test\n3,Cy,\n4,,\n'
    page = checked(cast, run_jobs, text)
    rows = csv_rows(cast.ada.click(page, "Refused rows as a file"))
    assert rows == [
        ["Id", "Name", "Email", "Problem"],
        ["2", "Bo\n=Two", "b@", "Email: Enter an email address like name@example.com."],
        ["2", "", "c@x.test", ""],
        ["4", "", "", "Name: Enter the name."],
    ]
    cast.ada.submit(page, "Import 2 contacts")
    run_jobs()
    rows[1][1:3] = ["Bo", "b@x.test"]
    paper = io.StringIO()
    csv.writer(paper).writerows(rows[:3])
    page = checked(cast, run_jobs, paper.getvalue())
    assert "1 contact can be added" in page
    assert "Nothing is wrong with this file." in page


def test_X7_problems_come_page_by_page_the_first_thousand_of_them(
    cast: Cast, run_jobs: RunJobs
) -> None:
    page = checked(cast, run_jobs, csv_of("Name,Email", [f"N{n},x@" for n in range(1_100)]))
    assert "Nothing of this file can be added" in page
    assert "1,100 were refused in all; the first 1,000 reasons are told here" in page
    assert count(ImportProblem) == 1_000
    assert page.texts("#problems tbody th")[:2] == ["2", "3"]
    page = cast.ada.click(page, "Next")
    assert page.texts("#problems tbody th")[0] == "52"
    assert cast.ada.click(page, "Previous").texts("#problems tbody th")[0] == "2"


def test_X7_fewer_rows_with_more_reasons_than_are_kept_are_told_too(
    cast: Cast, run_jobs: RunJobs
) -> None:
    page = checked(cast, run_jobs, csv_of("Name,Email", [f",{n}@" for n in range(600)]))
    assert count(ImportProblem) == 1_000
    assert "600 were refused in all; the first 1,000 reasons are told here" in page
    page = checked(cast, run_jobs, csv_of("Name,Email", [f",{n}@" for n in range(6)]))
    assert "were refused in all" not in page


@pytest.mark.parametrize("kind", ["contacts", "matters"])
def test_X7_an_empty_list_offers_a_file_to_whoever_may_import(kind: str, cast: Cast) -> None:
    page = cast.ada.click(cast.ada.get(f"/staff/{kind}"), "Import a file")
    assert page.one("[name=kind][checked]")["value"] == kind
    assert "Import a file" not in cast.ben.get(f"/staff/{kind}")


def test_X7_the_page_leads_to_every_list_that_can_be_exported(app: Flask, cast: Cast) -> None:
    files = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith(".csv")}
    lists = {file.removesuffix(".csv") for file in files if "/settings/" not in file}
    linked = [str(link["href"]) for link in cast.ada.get(IMPORTS).select("#export a")]
    assert sorted(linked) == sorted(lists)


@pytest.mark.parametrize("kind", ["contacts", "matters"])
def test_X7_a_sample_file_shows_every_column_and_can_be_read(
    kind: str, cast: Cast, run_jobs: RunJobs
) -> None:
    page = cast.ada.get(IMPORTS)
    assert f"Sample file of {kind}" in page
    sample = cast.ada.get(f"{IMPORTS}/samples/{kind}.csv")
    (known,) = [one for one in kinds() if one.name == kind]
    assert csv_rows(sample)[0] == [str(field.label) for field in known.fields]
    page = bring(cast, sample.response.get_data(), kind)
    assert page.texts(".import-fields select") != []
    page = cast.ada.submit(page, "Check")
    run_jobs()
    page = cast.ada.get(page.address)
    if kind == "contacts":
        assert "Nothing is wrong with this file." in page
    else:
        assert set(page.texts("#problems tbody td")[::2]) <= {
            "Client",
            "Related contact",
            "Responsible",
        }
    cast.ada.get(f"{IMPORTS}/samples/robots.csv", status=404)


@pytest.mark.parametrize(
    "query", ["seen=x", "seen=checked--1", "seen=done-99999999999", "before=0&after=x", "after=%00"]
)
def test_nothing_in_the_address_breaks_an_import(query: str, cast: Cast) -> None:
    page = bring(cast, MIXED)
    cast.ada.get(f"{page.address}?{query}")
    cast.ada.get(f"{page.address}?{query}", htmx=True)
    cast.ada.get(f"{IMPORTS}?{query}")
    cast.ada.get(f"{IMPORTS}/nothing?{query}", status=404)


def test_X7_a_file_of_bills_that_is_read_as_contacts_is_told_before_anything_is_checked(
    cast: Cast,
) -> None:
    bills = "Number,Client,Matter,Description,Amount,Due\n9001,Cleo,1,Work,10.00,2026-12-31\n"
    page = bring(cast, bills)
    assert "This looks like a file of bills" in page
    assert "This looks like" not in bring(cast, MIXED)
