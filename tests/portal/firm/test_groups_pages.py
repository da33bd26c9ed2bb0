"""**Settings → Groups, Permissions, and Job Titles → Groups**, as administrators use it (N7)."""

from typing import Any

import pytest

from portal.core import db
from portal.firm import groups
from tests.support.cast import ADA, ANA, BEN, Cast, Person, public_id_of
from tests.support.page import Page

GROUPS = "/staff/settings/groups"
NEW = f"{GROUPS}/new"


def add(person: Person, name: str, *emails: str) -> Page:
    """Fill in **New group**, one member after the other, and save it."""
    page = person.get(NEW)
    for one in (ADA, BEN, ANA):
        if one.email in emails:
            page = person.submit(page, "Search", name=name, person=one.name.split()[0])
            page = person.submit(page, f"Add {one.name}")
    return person.submit(page, "Save group", name=name)


def test_N7_an_administrator_makes_a_group_and_the_minus_takes_a_member_out(cast: Cast) -> None:
    page = add(cast.ada, "Front desk", ADA.email, BEN.email)
    assert "The group was added." in page
    assert page.texts("tbody tr") == ["Front desk – Possible 2"]
    page = cast.ada.click(page, "Front desk")
    assert page.texts("h1") == ["Edit group"]
    assert [text.split(" Remove")[0] for text in page.texts("#members li")] == [ADA.name, BEN.name]
    page = cast.ada.submit(page, f"Remove {ADA.name}", description="Opens the mail")
    assert [text.split(" Remove")[0] for text in page.texts("#members li")] == [BEN.name]
    page = cast.ada.submit(page, "Save group")
    assert "The group was saved." in page
    assert page.texts("tbody tr") == ["Front desk Opens the mail Possible 1"]


def test_N7_a_group_excluded_from_custom_billing_rates_says_so(cast: Cast) -> None:
    page = cast.ada.get(NEW)
    assert "Exclude this group from custom billing rate" in page
    cast.ada.submit(page, "Save group", name="Interns", excluded_from_rates="yes")
    page = cast.ada.get(GROUPS)
    assert page.texts("tbody tr") == ["Interns – Excluded 0"]
    page = cast.ada.click(page, "Interns")
    assert page.select("#excluded_from_rates[checked]")
    page = cast.ada.submit(page, "Save group", excluded_from_rates=None)
    assert page.texts("tbody tr") == ["Interns – Possible 0"]


def test_N7_somebody_is_found_by_name_email_or_job_title_and_enter_searches(cast: Cast) -> None:
    page = cast.ada.get(NEW)
    assert page.select("#found-people li") == []
    for typed in ("lindq", "BEN@HARLOW"):
        page = cast.ada.submit(page, "Search", name="Front desk", person=typed)
        assert page.texts("#found-people li span.group-words") == [f"{BEN.name} {BEN.email}"]
    page = cast.ada.submit(page, "Save", person="Moreau")  # Enter presses the first button
    assert page.texts("#found-people li span.group-words") == [f"{ANA.name} {ANA.email}"]
    assert page.one("#name")["value"] == "Front desk"
    page = cast.ada.submit(page, f"Add {ANA.name}")
    page = cast.ada.submit(page, "Search", person="moreau")
    assert "Nobody was found." in page  # she is a member already
    page = cast.ada.submit(page, "Save group")
    assert page.texts("tbody tr") == ["Front desk – Possible 1"]


def test_N7_a_group_is_archived_and_unarchived(cast: Cast) -> None:
    add(cast.ada, "Front desk", BEN.email)
    page = cast.ada.click(cast.ada.get(GROUPS), "Front desk")
    page = cast.ada.submit(page, "Archive group")
    assert "The group was archived." in page
    assert page.texts(".empty-state h2") == ["No groups yet"]
    page = cast.ada.click(cast.ada.click(page, "Archived"), "Front desk")
    assert "This group is archived" in page
    page = cast.ada.submit(page, "Unarchive group")
    assert page.texts("tbody tr") == ["Front desk – Possible 1"]


def test_N7_nobody_but_an_administrator_sees_or_changes_groups(cast: Cast) -> None:
    add(cast.ada, "Front desk", BEN.email)
    address = cast.ada.get(GROUPS).link("Front desk")
    for person in (cast.ben, cast.ana):
        token = {"csrf_token": person.csrf_token()}
        for page in (GROUPS, NEW, address):
            person.get(page, status=403)
        sent = {**token, "name": "Mine", "version": "1"}
        for form in (NEW, address, f"{address}/archival", f"{address}/unarchival"):
            person.post(form, sent, status=403)
        assert "Settings" not in person.get("/staff/alerts").texts(".staff-nav a")
    for stranger in (cast.cleo, cast.sol):
        answer = stranger.ask("GET", GROUPS, status=303, follow=False)
        assert answer.headers["Location"].startswith("/staff/sign-in")
    page = cast.ada.get(GROUPS)
    assert page.texts("tbody tr") == ["Front desk – Possible 1"]
    assert "Settings" in page.texts(".staff-nav a")
    assert "Groups, Permissions, and Job Titles" in page.texts(".staff-sub a")
    tabs = page.texts("nav[aria-label='Groups, Permissions, and Job Titles'] a")
    assert tabs == ["Groups", "Permissions", "Job Titles"]


def test_a_group_without_members_is_warned_about_and_allowed(cast: Cast) -> None:
    page = cast.ada.get(NEW)
    assert "Nobody is in this group yet." in page
    page = cast.ada.submit(page, "Save group", name="Nobody yet")
    assert page.texts("tbody tr") == ["Nobody yet – Possible 0"]


def test_a_name_with_markup_is_shown_as_it_was_typed(cast: Cast) -> None:
    name = '<script>alert("1")</script> & <b>'
    add(cast.ada, name, BEN.email)
    page = cast.ada.get(GROUPS)
    assert page.texts("tbody th") == [name]
    assert page.select("main script") == []
    assert cast.ada.click(page, name).one("#name")["value"] == name


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "Enter a name."),
        ({"name": "FRONT desk"}, "Another group has this name."),
        ({"name": "x" * 81}, "Use at most 80 characters."),
        ({"name": "a\u202eb"}, "Leave out characters that cannot be seen."),
        ({"name": "New", "description": "x" * 501}, "Use at most 500 characters."),
        ({"name": "New", "member": "nobody"}, "Choose somebody who works at the firm."),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_kept(
    typed: dict[str, Any], sentence: str, cast: Cast
) -> None:
    add(cast.ada, "Front desk")
    page = cast.ada.submit(cast.ada.get(NEW), "Save group", status=422, **typed)
    assert sentence in page.one("#error-summary").get_text()
    assert page.one("#name")["value"] == typed["name"]
    with db.read() as session:
        assert [one.name for one in groups.find_groups(session, archived=False)] == ["Front desk"]


def test_an_old_tab_is_told_that_the_group_has_changed(cast: Cast) -> None:
    add(cast.ada, "Front desk", BEN.email)
    old = cast.ada.click(cast.ada.get(GROUPS), "Front desk")
    cast.ada.submit(old, "Save group", name="Front office")
    page = cast.ada.submit(old, "Save group", name="Mail room", status=422)
    assert "Somebody changed this group meanwhile." in page
    assert cast.ada.get(GROUPS).texts("tbody th") == ["Front office"]


def test_a_group_that_does_not_exist_is_not_found(cast: Cast) -> None:
    cast.ada.get(f"{GROUPS}/nothing", status=404)
    token = {"csrf_token": cast.ada.csrf_token()}
    for form in ("nothing", "nothing/archival", "nothing/unarchival"):
        cast.ada.post(f"{GROUPS}/{form}", token, status=404)


def test_members_come_and_go_as_fragments_too(cast: Cast) -> None:
    token = cast.ada.csrf_token()
    data = {"csrf_token": token, "name": "Front desk", "add_member": public_id_of(BEN.email)}
    page = cast.ada.ask("POST", NEW, data=data, htmx=True)
    assert not page.is_whole
    assert [text.split(" Remove")[0] for text in page.texts("#members li")] == [BEN.name]
    assert page.one("#name")["value"] == "Front desk"
