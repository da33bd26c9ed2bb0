"""**Settings → Online payments → Payment Notifications**, as administrators use it (N2–N6)."""

import pytest

from portal.core import db
from portal.firm import groups
from portal.outbox.registry import recipients
from tests.support.cast import ADA, ANA, BEN, Cast
from tests.support.page import Page

SETTINGS = "/staff/settings/payment-notifications"
FIELD = "Permission levels or user groups"


def told() -> list[str]:
    with db.read() as session:
        return [one.address for one in recipients(session, "firm.payments", {})]


def add_group(cast: Cast, name: str = "Payment Notifications", member: str | None = "Ana") -> str:
    """By **New user group**, as N6 says; answers the group's public id."""
    page = cast.ada.click(cast.ada.get(SETTINGS), "New user group")
    if member is not None:
        page = cast.ada.submit(page, "Search", person=member)
        page = cast.ada.submit(page, f"Add {ANA.name}")
    page = cast.ada.submit(page, "Save group", name=name)
    assert checked(page) == "group"
    return selected(page)


def checked(page: Page) -> str:
    return str(page.one("input[name=target][checked]")["value"])


def selected(page: Page) -> str:
    """The public id of the group that the list beside **A user group** stands at."""
    return str(page.one("#group option[selected]")["value"])


def group_names(page: Page) -> list[str]:
    return [text.rpartition(" (")[0] for text in page.texts("#group option")[1:]]


def archive(cast: Cast, public_id: str) -> None:
    address = f"/staff/settings/groups/{public_id}"
    cast.ada.submit(cast.ada.get(address), "Archive group")


def labels(page: Page) -> list[str]:
    return [str(label.find(string=True)) for label in page.select(".choice label")]


def test_N2_N3_one_radio_group_with_administrator_chosen_at_first(cast: Cast) -> None:
    page = cast.ada.get(SETTINGS)
    assert page.texts("h1") == ["Payment Notifications"]
    assert "Settings → Online payments" in page
    assert page.texts("legend") == [FIELD]
    assert labels(page) == ["No one", "Administrator", "Billing", "Accounts", "A user group"]
    assert {str(radio["name"]) for radio in page.select("input[type=radio]")} == {"target"}
    assert checked(page) == "level:administrator"
    assert page.texts("#told") == [f"As saved now 1 person will be emailed: {ADA.name}"]


@pytest.mark.parametrize(
    ("target", "people"),
    [
        ("no-one", []),
        ("level:administrator", [ADA]),
        ("level:billing", [BEN]),
        ("level:accounts", [ANA]),
    ],
)
def test_N3_N5_no_one_or_a_level_is_saved_and_told_by_name(
    target: str, people: list[object], cast: Cast
) -> None:
    page = cast.ada.submit(cast.ada.get(SETTINGS), "Save changes", target=target)
    assert "The changes were saved." in page
    assert checked(page) == target
    assert told() == [getattr(one, "email") for one in people]  # noqa: B009
    (sentence,) = page.texts("#told")
    if people:
        assert sentence.endswith(f"1 person will be emailed: {getattr(people[0], 'name')}")  # noqa: B009
    else:
        assert "No one is emailed about payments. Alerts stay on screen." in sentence


def test_N6_new_user_group_suggests_its_name_and_comes_back_selected(cast: Cast) -> None:
    page = cast.ada.click(cast.ada.get(SETTINGS), "New user group")
    assert page.texts("h1") == ["New group"]
    assert page.one("#name")["value"] == "Payment Notifications"
    public_id = add_group(cast)
    assert told() == [ADA.email]  # selected is not yet saved
    page = cast.ada.get(f"{SETTINGS}?group={public_id}")
    (not_saved,) = page.texts("#would")
    assert not_saved.startswith(f"Not saved yet 1 person will be emailed: {ANA.name}")
    page = cast.ada.submit(page, "Save changes")
    assert page.texts("#told") == [f"As saved now 1 person will be emailed: {ANA.name}"]
    assert (checked(page), selected(page)) == ("group", public_id)
    assert told() == [ANA.email]


def test_N6_a_refused_group_still_comes_back_to_the_page_that_asked(cast: Cast) -> None:
    page = cast.ada.click(cast.ada.get(SETTINGS), "New user group")
    page = cast.ada.submit(page, "Save group", name="", status=422)
    page = cast.ada.submit(page, "Save group", name="Money in")
    assert page.texts("h1") == ["Payment Notifications"]
    assert group_names(page) == ["Money in"]


def test_a_forged_way_back_leads_to_the_groups(cast: Cast) -> None:
    page = cast.ada.get("/staff/settings/groups/new?for=https://evil.test/")
    assert page.one("#name")["value"] == ""
    page = cast.ada.submit(page, "Save group", name="Money in")
    assert page.texts("h2")[0] == "Groups"


def test_N5_an_empty_group_may_be_chosen_and_is_warned_about(cast: Cast) -> None:
    page = cast.ada.click(cast.ada.get(SETTINGS), "New user group")
    page = cast.ada.submit(page, "Save group")
    assert "This group has no active members." in page
    page = cast.ada.submit(page, "Save changes")
    assert page.select("#told.tone-warn")
    assert "The group Payment Notifications has no active members." in page
    assert told() == []


def test_N5_a_group_archived_after_it_was_chosen_is_warned_about_until_changed(cast: Cast) -> None:
    public_id = add_group(cast)
    cast.ada.submit(cast.ada.get(SETTINGS), "Save changes", target="group", group=public_id)
    archive(cast, public_id)
    assert told() == []
    page = cast.ada.get(SETTINGS)
    assert page.select("#told.tone-warn")
    assert "has been archived since" in page
    assert group_names(page) == []
    assert page.select("input[name=target][checked]") == []
    cast.ada.submit(page, "Save changes", status=422)  # nothing is chosen yet
    page = cast.ada.submit(page, "Save changes", target="level:billing")
    assert page.select("#told.tone-warn") == []
    assert told() == [BEN.email]


@pytest.mark.parametrize(
    "forged",
    [
        [],
        ["level:billing", "level:accounts"],
        ["no-one", "level:administrator"],
        ["level:partner"],
        ["level:"],
        ["group:nothing"],
        ["no-one", "group"],
        ["group", "group"],
        ["everybody"],
        [""],
    ],
)
def test_N3_several_unknown_or_no_targets_change_nothing(forged: list[str], cast: Cast) -> None:
    token = cast.ada.csrf_token()
    page = cast.ada.post(SETTINGS, {"csrf_token": token, "target": forged}, status=422)
    assert page.one("#error-summary a")["href"] == "#target"
    assert page.select("#target")
    assert told() == [ADA.email]


def test_N5_an_archived_group_cannot_be_forged_into_the_choice(cast: Cast) -> None:
    public_id = add_group(cast)
    archive(cast, public_id)
    data = {"csrf_token": cast.ada.csrf_token(), "target": "group", "group": public_id}
    page = cast.ada.post(SETTINGS, data, status=422)
    assert "This group is archived." in page
    page = cast.ada.get(f"{SETTINGS}?group={public_id}")
    assert checked(page) == "level:administrator"
    assert told() == [ADA.email]


def test_N2_nobody_but_an_administrator_may_look_or_choose(cast: Cast) -> None:
    for person in (cast.ben, cast.ana):
        data = {"csrf_token": person.csrf_token(), "target": "no-one"}
        person.get(SETTINGS, status=403)
        person.post(SETTINGS, data, status=403)
    for stranger in (cast.cleo, cast.sol):
        stranger.ask("GET", SETTINGS, status=303, follow=False)
    assert told() == [ADA.email]


def test_a_group_named_with_markup_is_shown_as_it_was_typed(cast: Cast) -> None:
    name = "<img src=x onerror=alert(1)> & <b>"
    public_id = add_group(cast, name)
    page = cast.ada.get(SETTINGS)
    assert group_names(page) == [name]
    cast.ada.submit(page, "Save changes", target="group", group=public_id)
    archive(cast, public_id)
    assert f"The group {name} was chosen" in cast.ada.get(SETTINGS)
    with db.read() as session:
        assert [one.name for one in groups.find_groups(session, archived=True)] == [name]


def test_a_new_group_is_not_offered_twice_under_one_name(cast: Cast) -> None:
    add_group(cast)
    page = cast.ada.click(cast.ada.get(SETTINGS), "New user group")
    page = cast.ada.submit(page, "Save group", status=422)
    assert "Another group has this name." in page


@pytest.mark.parametrize("group", [[], [""], ["nothing"], ["a\0b"]])
def test_N3_a_user_group_needs_a_group_that_there_is(group: list[str], cast: Cast) -> None:
    data = {"csrf_token": cast.ada.csrf_token(), "target": "group", "group": group}
    page = cast.ada.post(SETTINGS, data, status=422)
    assert page.one("#error-summary a")["href"] == "#group"
    assert told() == [ADA.email]


def test_N3_a_group_picked_beside_a_level_is_two_targets_at_once(cast: Cast) -> None:
    public_id = add_group(cast)
    page = cast.ada.get(SETTINGS)
    page = cast.ada.submit(
        page, "Save changes", status=422, target="level:billing", group=public_id
    )
    assert "Choose exactly one: no one, one level, or one group." in page
    cast.ada.submit(page, "Save changes", status=422)  # pressed again as it stands
    both = {"csrf_token": cast.ada.csrf_token(), "target": "group", "group": [public_id] * 2}
    cast.ada.post(SETTINGS, both, status=422)
    assert told() == [ADA.email]


def test_N3_who_goes_from_a_group_to_a_level_need_not_empty_the_list(cast: Cast) -> None:
    """Without script the list still stands at the group that was chosen before."""
    public_id = add_group(cast)
    page = cast.ada.get(SETTINGS)
    page = cast.ada.submit(page, "Save changes", target="group", group=public_id)
    page = cast.ada.submit(page, "Save changes", target="level:billing")
    assert told() == [BEN.email]


def test_N5_each_change_of_the_choice_tells_who_would_be_emailed(cast: Cast) -> None:
    public_id = add_group(cast)

    def asked(trigger: str, **query: str) -> Page:
        headers = {"HX-Trigger-Name": trigger}
        address = f"{SETTINGS}/preview"
        return cast.ada.ask("GET", address, query_string=query, headers=headers, htmx=True)

    page = asked("target", target="level:billing", group=public_id)
    assert f"1 person will be emailed: {BEN.name}" in page.texts("#would")[0]
    assert page.select("#group option[selected]")[0]["value"] == ""
    page = asked("group", target="level:billing", group=public_id)
    assert checked(page) == "group"
    assert f"1 person will be emailed: {ANA.name}" in page.texts("#would")[0]
    assert "Nobody would be emailed" in asked("target", target="no-one").texts("#would")[0]
    assert asked("target", target="level:administrator").texts("#would") == [""]
    assert asked("target", target="nonsense").texts("#would") == [""]
    assert told() == [ADA.email]
