"""**Job Titles**: the titles in use, who holds them, and renaming one for all (FEATURES N9)."""

import pytest

from portal.core import db
from portal.firm import invitations, job_titles, queries
from portal.firm.actions import add_user
from portal.firm.users import UserDetails
from tests.support.cast import ADA, ANA, BEN, Cast, Part

TITLES = "/staff/settings/job-titles"


def give(part: Part, title: str) -> None:
    with db.transaction() as session:
        user = queries.user_by_email(session, part.email)
        assert user is not None
        user.job_title = title


def test_N9_titles_in_use_stand_with_the_people_who_hold_them(cast: Cast) -> None:
    assert "No job titles yet" in cast.ada.get(TITLES)
    for part, title in ((ADA, "Partner"), (BEN, "Clerk"), (ANA, "Clerk")):
        give(part, title)
    page = cast.ada.get(TITLES)
    assert page.texts("#job-titles-table tbody tr") == [
        f"Clerk {ANA.name} , {BEN.name} Rename Clerk",
        f"Partner {ADA.name} Rename Partner",
    ]


def test_N9_a_title_is_renamed_for_all_who_hold_it_also_those_invited(cast: Cast) -> None:
    for part, title in ((ADA, "Partner"), (BEN, "Clerk"), (ANA, "Clerk")):
        give(part, title)
    with db.transaction() as session:
        invitations.invite(session, "kim@harlow.test", UserDetails("Kim", "Clerk"), by="system")
    page = cast.ada.click(cast.ada.get(TITLES), "Rename Clerk")
    page = cast.ada.submit(page, "Rename", title="Paralegal & <b>")
    assert "2 users have the title." in page
    assert page.texts("tbody th") == ["Paralegal & <b>", "Partner"]
    with db.read() as session:
        (kim,) = invitations.find_invitations(session)
    assert kim.invitation.job_title == "Paralegal & <b>"


@pytest.mark.parametrize(
    ("old", "new"), [("Clerk", " "), ("Clerk", "x" * 81), ("", "Clerk"), ("Nobody's", "Clerk")]
)
def test_a_title_that_cannot_be_renamed_so_is_said_and_nothing_changes(
    old: str, new: str, cast: Cast
) -> None:
    give(BEN, "Clerk")
    data = {"csrf_token": cast.ada.csrf_token(), "old": old, "title": new}
    page = cast.ada.post(f"{TITLES}/rename", data, status=422)
    assert page.one("#error-summary a")["href"] == "#title"
    with db.read() as session:
        titles, _next = job_titles.job_titles(session)
    assert [(one.title, one.count) for one in titles] == [("Clerk", 1)]


def test_N9_nobody_but_an_administrator_renames_titles(cast: Cast) -> None:
    give(BEN, "Clerk")
    for person in (cast.ben, cast.ana):
        person.get(TITLES, status=403)
        data = {"csrf_token": person.csrf_token(), "old": "Clerk", "title": "Partner"}
        person.post(f"{TITLES}/rename", data, status=403)


@pytest.mark.both_databases
@pytest.mark.usefixtures("cast")
def test_titles_come_in_pages_and_only_the_first_names_are_shown() -> None:
    with db.transaction() as session:
        for number in range(60):
            part = Part(f"Person {number:02}", f"p{number}@harlow.test")
            title = "Clerk" if number < 12 else f"Title {number}"
            add_user(
                session,
                email=part.email,
                name=part.name,
                levels=[],
                password_hash=None,
                job_title=title,
            )
    with db.read() as session:
        first, after = job_titles.job_titles(session)
        assert (first[0].title, first[0].count, len(first[0].names)) == ("Clerk", 12, 8)
        assert after is None
        assert len(first) == 49
