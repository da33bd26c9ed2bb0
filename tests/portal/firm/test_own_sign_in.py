"""Your sign-in: password, factors and signed-in browsers."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.core import db
from portal.firm.browsers import browser_of
from portal.firm.factors import Authenticator
from portal.firm.models import StaffSession
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import ADA, PASSWORD, Cast
from tests.support.outbox import Outbox
from tests.support.page import Page
from tests.support.signing_in import (
    OWN,
    SIGN_IN,
    add_authenticator,
    add_passkey,
    after,
    is_signed_in,
    newcomer,
    options_of,
    show_passkey,
    show_password,
    token_of,
)
from tests.support.statements import statements
from tests.support.visitor import Visitor

NEW = "lilac otter window bread"


FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def change_password(person: Visitor, old: str, new: str, *, status: int = 200) -> Page:
    page = person.get(OWN)
    return person.submit(page, "Change password", old_password=old, new_password=new, status=status)


def test_the_page_is_reached_from_the_user_s_menu(cast: Cast) -> None:
    for person in (cast.ada, cast.ben, cast.ana):
        page = person.click(person.get("/staff/alerts"), "Your sign-in")
        assert page.texts("h1") == ["Your sign-in"]
        assert "You sign in with a password alone" in page


def test_a_password_is_changed_by_who_knows_the_old_one(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    other = newcomer(cast.ada)
    show_password(other, ADA.email)
    assert "Your password was changed." in change_password(cast.ada, PASSWORD, NEW)
    assert is_signed_in(cast.ada)
    assert not is_signed_in(other)
    show_password(other, ADA.email, password=NEW)
    assert is_signed_in(other)
    run_jobs()
    assert [mail.to for mail in outbox.emails] == [ADA.email]
    assert "Your password was changed." in outbox.emails[0]


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("wrong", NEW, "This is not your password."),
        (PASSWORD, "tiny word", "Choose a password of 15 to 256 characters."),
        (PASSWORD, "Ada Okafor Harlow", "This password is easy to guess"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    cast: Cast, old: str, new: str, told: str
) -> None:
    page = change_password(cast.ada, old, new, status=422)
    assert page.title.startswith("Error:")
    assert any(told in one for one in page.texts(".error-summary a"))
    assert new not in page.body
    show_password(newcomer(cast.ada), ADA.email)


def test_a_borrowed_browser_does_not_guess_the_password(cast: Cast) -> None:
    for _ in range(10):
        change_password(cast.ada, "wrong", NEW, status=422)
    told = change_password(cast.ada, PASSWORD, NEW, status=429)
    assert "Wait 15 minutes, then try again." in told


def test_every_signed_in_browser_is_listed_and_can_be_ended(cast: Cast) -> None:
    other = newcomer(cast.ada)
    page = other.get(SIGN_IN)
    sent = {"csrf_token": token_of(page), "email": ADA.email, "password": PASSWORD}
    environ = {"REMOTE_ADDR": "203.0.113.9"}
    other.post(SIGN_IN, sent, headers={"User-Agent": FIREFOX}, environ_overrides=environ)
    page = cast.ada.get(OWN)
    rows = page.texts("#browsers tbody tr")
    assert len(rows) == 2
    assert [("This browser" in row, "Firefox on Windows" in row) for row in rows].count(
        (True, False)
    ) == 1
    assert any("Firefox on Windows 203.0.113.9" in row for row in rows)
    cast.ada.submit(page, "End Firefox on Windows")
    assert not is_signed_in(other)
    assert is_signed_in(cast.ada)


def test_end_all_others_leaves_this_browser_signed_in(cast: Cast) -> None:
    others = [newcomer(cast.ada) for _ in range(2)]
    for other in others:
        show_password(other, ADA.email)
    assert is_signed_in(cast.ben)
    page = cast.ada.submit(cast.ada.get(OWN), "End all others")
    assert not any(is_signed_in(other) for other in others)
    assert is_signed_in(cast.ada)
    assert is_signed_in(cast.ben)
    assert "End all others" not in page.texts("button")


def test_nobody_ends_another_one_s_browser(cast: Cast) -> None:
    assert is_signed_in(cast.ada)
    with db.read() as session:
        (row,) = session.scalars(select(StaffSession)).all()
    token = token_of(cast.ben.get(OWN))
    cast.ben.post(f"{OWN}/browsers/{row.public_id}/end", {"csrf_token": token})
    assert is_signed_in(cast.ada)


@pytest.mark.parametrize(
    "said, name",
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/17 Safari/605.1", "Safari on Mac"),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
        ("<script>alert(1)</script>" * 50, "Unknown browser"),
    ],
)
def test_a_browser_is_named_in_simple_words(said: str, name: str) -> None:
    assert browser_of(said).name == name


def test_a_new_factor_signs_out_browsers_that_never_showed_one(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    thief = newcomer(cast.ada)
    show_password(thief, ADA.email)
    add_authenticator(cast.ada)
    assert not is_signed_in(thief)
    assert is_signed_in(cast.ada)
    run_jobs()
    assert any("An authenticator app was added." in mail for mail in outbox.emails)


def test_a_factor_more_signs_nobody_out_who_showed_one(cast: Cast) -> None:
    device = SoftAuthenticator()
    add_passkey(cast.ada, device)
    other = newcomer(cast.ada)
    show_passkey(other, device)
    add_authenticator(cast.ada)
    assert is_signed_in(other)


def test_the_secret_is_drawn_and_written_and_gone_once_it_is_in_use(cast: Cast) -> None:
    page = cast.ada.submit(cast.ada.get(OWN), "Add an authenticator app")
    assert page.select("svg.qr-secret path[d]")
    secret = page.one("#secret").get_text()
    assert len(secret.replace(" ", "")) == 32
    again = cast.ada.get(f"{OWN}/authenticator")
    assert again.one("#secret").get_text() == secret
    assert page.headers["Cache-Control"] == "no-store"


def test_an_app_in_use_is_neither_shown_nor_replaced(cast: Cast) -> None:
    add_authenticator(cast.ada)
    page = cast.ada.get(f"{OWN}/authenticator")
    assert page.texts("h1") == ["Your sign-in"]
    token = token_of(page)
    cast.ada.post(f"{OWN}/authenticator", {"csrf_token": token}, status=409)


@pytest.mark.parametrize(
    "path", ["authenticator", "authenticator/confirmation", "authenticator/removal", "passkeys",
             "recovery-codes", "confirmation", "passkeys/x/removal"],
)  # fmt: skip
def test_a_borrowed_browser_changes_no_factor(cast: Cast, path: str) -> None:
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = cast.ada.post(f"{OWN}/{path}", {"csrf_token": token}, status=422)
        assert page.texts("h1") == ["Confirm that it is you"]


def test_after_ten_minutes_one_confirms_before_the_device_is_asked(cast: Cast) -> None:
    assert cast.ada.get(OWN).select("[data-passkey=create]")
    with after(minutes=11):
        page = cast.ada.get(OWN)
        assert page.select("[data-passkey]") == []
        asked = cast.ada.submit(page, "Add a passkey", status=422)
        back = cast.ada.submit(asked, "Confirm", proof_password=PASSWORD)
        assert back.select("[data-passkey=create]")


def test_the_only_factor_may_go_in_the_sandbox(cast: Cast) -> None:
    add_authenticator(cast.ada)
    page = cast.ada.submit(cast.ada.get(OWN), "Remove the app")
    assert "The authenticator app was removed." in page
    show_password(newcomer(cast.ada), ADA.email)
    with db.read() as session:
        assert session.scalars(select(Authenticator)).all() == []


def test_a_sign_in_asks_the_database_little(cast: Cast) -> None:
    """The hash is what takes its time: a look at the demo clock and at the user, then one
    transaction that locks the user, reads them anew, opens the session and tells the log."""
    device = SoftAuthenticator()
    add_passkey(cast.ben, device)
    page = cast.sol.get(SIGN_IN)
    told = {"email": ADA.email, "password": PASSWORD}
    with statements() as asked:
        cast.sol.submit(page, "Sign in", **told, follow=False, status=303)
    done = [statement.split()[0] for statement, _said in asked]
    assert done == ["SELECT"] * 4 + ["INSERT", "SELECT", "INSERT"]


def test_no_answer_of_a_challenge_is_kept_by_a_cache(cast: Cast) -> None:
    page = cast.sol.get(SIGN_IN)
    assert options_of(cast.sol, page)["challenge"] != options_of(cast.sol, page)["challenge"]
