"""Inviting somebody to the firm, and accepting, as people do it (FEATURES N9)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.core import db
from portal.firm import queries
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.support.page import Page

USERS = "/staff/settings/users"
INVITED = f"{USERS}?state=invited"
NEW = f"{USERS}/invitations/new"
KIM = "kim@harlow.test"
CHOSEN = "three quiet harbors at noon"


@pytest.fixture
def invite(cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]) -> Callable[..., str]:
    """Send an invitation as Ada; answers the link in the email."""

    def send(name: str = "Kim Tran", email: str = KIM, **typed: Any) -> str:
        page = cast.ada.get(NEW)
        cast.ada.submit(page, "Send invitation", name=name, email=email, **typed)
        run_jobs()
        (link,) = outbox.to(email)[-1].links
        return link

    return send


def accept(cast: Cast, link: str, status: int = 200, **typed: Any) -> Page:
    """Open the link as a stranger and choose a password."""
    page = cast.sol.get(link)
    sent = {"password": CHOSEN, "again": CHOSEN, **typed}
    return cast.sol.submit(page, "Accept invitation", status=status, **sent)


def test_N9_whoever_is_invited_joins_with_the_levels_and_is_signed_in(
    cast: Cast, invite: Callable[..., str]
) -> None:
    link = invite(job_title="Billing clerk", levels=["billing"])
    page = cast.sol.get(link)
    for words in ("Join Harlow & Reyes LLP", "Kim Tran", KIM, "Billing", "23 hours"):
        assert words in page
    accept(cast, link)
    with db.read() as session:
        user = queries.user_by_email(session, KIM)
        assert user is not None
        assert (user.name, user.job_title) == ("Kim Tran", "Billing clerk")
        assert [row.level for row in user.levels] == ["billing"]
    assert "Kim Tran" in cast.sol.get("/staff/alerts")
    cast.sol.get(USERS, status=403)
    assert KIM not in cast.ada.get(INVITED).text
    assert "Kim Tran" in cast.ada.get(USERS)


def test_N9_opening_the_link_consumes_nothing(cast: Cast, invite: Callable[..., str]) -> None:
    """Mail scanners follow links before their reader does."""
    link = invite()
    for _scanner in range(3):
        cast.cleo.get(link)
        cast.cleo.ask("HEAD", link)
    accept(cast, link)


def test_N9_a_used_link_says_so_and_leads_to_the_door(
    cast: Cast, invite: Callable[..., str]
) -> None:
    link = invite()
    accept(cast, link)
    page = cast.cleo.get(link, status=410)
    assert page.texts("h1") == ["This invitation was used"]
    assert page.link("Sign in").endswith("/staff/sign-in")


def test_N9_a_link_of_yesterday_says_whom_to_ask(
    cast: Cast, invite: Callable[..., str], advance: Callable[[timedelta], int]
) -> None:
    link = invite()
    page = cast.sol.get(link)
    advance(timedelta(hours=24))
    page = cast.sol.submit(page, "Accept invitation", status=410, password=CHOSEN, again=CHOSEN)
    assert page.texts("h1") == ["This invitation has expired"]
    assert "Ask an administrator of Harlow & Reyes LLP for a new one." in page
    row = cast.ada.get(INVITED)
    assert "Expired" in row
    cast.ada.submit(row, "Resend Kim Tran")
    assert "There is a newer invitation" in cast.sol.get(link, status=410)


def test_N9_withdrawn_while_it_was_being_accepted(cast: Cast, invite: Callable[..., str]) -> None:
    link = invite()
    page = cast.sol.get(link)
    cast.ada.submit(cast.ada.get(INVITED), "Withdraw Kim Tran")
    page = cast.sol.submit(page, "Accept invitation", status=410, password=CHOSEN, again=CHOSEN)
    assert page.texts("h1") == ["This invitation was withdrawn"]
    assert "Nobody is invited" in cast.ada.get(INVITED)


@pytest.mark.parametrize("change", ["", "x", ".", "%00", "/..", "%ff", "é"])
def test_a_link_that_is_not_whole_is_not_found(
    change: str, cast: Cast, invite: Callable[..., str]
) -> None:
    link = invite()
    cast.sol.get(f"{link[:-3]}{change}", status=404)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"again": "another one altogether"}, "again"),
        ({"password": "", "again": ""}, "password"),
        ({"password": KIM + KIM, "again": KIM + KIM}, "password"),
        ({"password": "x" * 300, "again": "x" * 300}, "password"),
    ],
)
def test_a_password_that_cannot_be_used_is_said_and_the_link_stays_good(
    typed: dict[str, str], field: str, cast: Cast, invite: Callable[..., str]
) -> None:
    link = invite()
    page = accept(cast, link, status=422, **typed)
    assert page.one("#error-summary a")["href"] == f"#{field}"
    assert [tag["value"] for tag in page.select("input[type=password]")] == ["", ""]
    accept(cast, link)


def test_the_form_is_not_sent_for_somebody_by_another_site(
    cast: Cast, invite: Callable[..., str]
) -> None:
    link = invite()
    cast.sol.post(link, {"password": CHOSEN, "again": CHOSEN}, status=400)
    cast.sol.get(link)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "kim"}, "email"),
        ({"email": "Ada@Harlow.test"}, "email"),
        ({"name": ""}, "name"),
        ({"levels": ["partner"]}, "levels"),
        ({"job_title": "x" * 81}, "job_title"),
    ],
)
def test_who_cannot_be_invited_so_is_said_and_what_was_typed_is_kept(
    typed: dict[str, Any], field: str, cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    sent = {"name": "Kim Tran", "email": KIM, **typed}
    page = cast.ada.submit(cast.ada.get(NEW), "Send invitation", status=422, **sent)
    assert page.one("#error-summary a")["href"] == f"#{field}"
    assert page.one("#email")["value"] == sent["email"]
    run_jobs()
    assert outbox.emails == []


def test_a_name_with_markup_is_a_name_in_the_email_and_on_the_page(
    cast: Cast, invite: Callable[..., str], outbox: Outbox
) -> None:
    name = "<b>Kim</b>\r\nBcc: x@evil.test"
    link = invite(name=name)
    (email,) = outbox.to(KIM)
    assert "Bcc" not in email.message
    assert "<b>Kim" not in email.html
    assert "<b>Kim</b> Bcc: x@evil.test" in cast.sol.get(link)


def test_N9_the_email_says_who_invites_and_how_long_the_link_works(
    invite: Callable[..., str], outbox: Outbox
) -> None:
    invite()
    (email,) = outbox.to(KIM)
    assert email.subject == "Harlow & Reyes invites you to join"
    assert "Ada Okafor invites you to sign in at Harlow & Reyes LLP." in email
    assert f"It works once, for 24 hours, and only for {KIM}." in email
