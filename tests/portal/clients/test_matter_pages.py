"""Matters, as the firm's people find them."""

import pytest

from portal.clients import tabs
from tests.factories import clients
from tests.support.cast import Cast
from tests.support.page import Page

MATTERS = "/staff/matters"
NEW = "/staff/matters/new"


def names(page: Page) -> list[str]:
    return page.texts("#matters-table tbody th a")


def user_id(cast: Cast, name: str) -> str:
    select_box = cast.ada.get(NEW).one("#responsible")
    return next(
        str(option["value"]) for option in select_box.select("option") if name in option.get_text()
    )


def test_X2_matters_stand_newest_first_and_are_filtered_by_status_search_and_person(
    cast: Cast,
) -> None:
    cleo, owen = clients.contact("Cléo Marsh"), clients.contact("Owen Blake")
    clients.matter(cleo, "Lease", "00001")
    clients.matter(owen, "Will", "00002", status="closed")
    clients.matter(cleo, "Divorce", "00003", status="pending")
    page = cast.ben.get(MATTERS)
    assert names(page) == ["Divorce", "Will", "Lease"]
    assert "3 matters" in page
    assert names(cast.ben.click(page, "Closed")) == ["Will"]
    assert names(cast.ben.submit(page, "Search", q="cleo")) == ["Divorce", "Lease"]
    assert names(cast.ben.submit(page, "Search", q="00002")) == ["Will"]
    assert names(cast.ben.submit(page, "Search", responsible="nobody")) == names(page)
    page = cast.ben.submit(page, "Search", responsible=user_id(cast, "Ada"))
    assert "No matters match" in page
    assert names(cast.ben.click(page, "Show all matters")) == ["Divorce", "Will", "Lease"]
    answer = cast.ben.get(f"{MATTERS}?q=will&status=", htmx=True)
    assert not answer.is_whole
    assert answer.headers["HX-Push-Url"] == f"{MATTERS}?q=will"


@pytest.mark.parametrize("query", ["status=lost", "responsible=x", "after=x&before=9", "q=%00"])
def test_nothing_in_the_address_breaks_the_list(query: str, cast: Cast) -> None:
    clients.matter(clients.contact("Cleo"))
    page = cast.ada.get(f"{MATTERS}?{query}")
    assert ("so every" in page or "so everybody" in page) == (query[0] in "sr")


def test_an_empty_list_says_what_a_matter_is(cast: Cast) -> None:
    page = cast.ada.get(MATTERS)
    assert "No matters yet" in page
    assert page.select("#first-matter")


def test_names_with_markup_stay_names(cast: Cast) -> None:
    nasty = '"><script>alert(1)</script>'
    matter = clients.matter(clients.contact(nasty), nasty, '<b>"')
    for address in (MATTERS, f"{MATTERS}/{matter.public_id}", f"{MATTERS}/{matter.public_id}/edit"):
        page = cast.ada.get(address)
        assert all("alert(1)" not in tag.get_text() for tag in page.select("script"))
        assert nasty in page.body or nasty in page.text


def test_what_does_not_exist_is_not_found_and_foreign_methods_are_refused(cast: Cast) -> None:
    for path in ("nothing", "nothing/edit"):
        assert "There is no such matter." in cast.ada.get(f"{MATTERS}/{path}", status=404)
    token = {"X-CSRFToken": cast.ada.csrf_token()}
    cast.ada.ask("POST", f"{MATTERS}/nothing/edit", status=404, headers=token)
    for address in (MATTERS, NEW):
        assert cast.ada.ask("HEAD", address).body == ""
        cast.ada.ask("DELETE", address, status=405, headers=token)


def test_every_user_may_see_and_open_matters_and_no_stranger_may(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh")
    matter = clients.matter(cleo, "Secret lease")
    for name, person in cast.everybody.items():
        inside = name in {"ada", "ben", "ana"}
        for path in ("", "/new", f"/{matter.public_id}", f"/{matter.public_id}/edit"):
            page = person.ask("GET", f"{MATTERS}{path}", follow=False, status=None)
            assert page.status == (200 if inside else 303)
            assert inside or "Secret" not in page.body
        if inside:
            page = person.get(f"{NEW}?client={cleo.public_id}")
            assert "was added" in person.submit(page, "Save matter", name=f"By {name}")


def test_only_tabs_and_panels_that_were_registered_stand_on_the_pages(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "_matter_tabs", [])
    monkeypatch.setattr(tabs, "_matter_panels", [])
    tabs.add_matter_tab("Overview", "matters.show")
    tabs.add_matter_tab("Again", "matters.edit")
    tabs.add_matter_tab("Twice", "matters.edit")
    tabs.add_matter_panel("matters.edit")
    matter = clients.matter(clients.contact("Cleo Marsh"))
    page = cast.ada.get(f"{MATTERS}/{matter.public_id}")
    assert page.texts("main .tabs a") == ["Overview", "Again"]
    (panel,) = page.select("main [hx-trigger=load]")
    assert panel["hx-get"] == f"{MATTERS}/{matter.public_id}/edit"
