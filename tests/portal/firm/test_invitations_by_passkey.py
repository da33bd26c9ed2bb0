"""Joining the firm with a passkey instead of a password (FEATURES N9)."""

import json
from collections.abc import Callable

import pytest

from portal.core import db
from portal.firm import invitations, queries
from portal.firm.users import UserDetails
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import Cast
from tests.support.page import Page

KIM = "kim@harlow.test"


@pytest.fixture
def link(cast: Cast, run_jobs: Callable[[], int]) -> str:
    """The path of an invitation's link."""
    with db.transaction() as session:
        kept = invitations.invite(session, KIM, UserDetails("Kim Tran"), by="system")
    run_jobs()
    return f"/staff/invitations/{invitations.token(kept)}"


def token_of(page: Page) -> str:
    return str(page.select("input[name=csrf_token]")[0]["value"])


def ask(cast: Cast, link: str) -> tuple[dict[str, object], str]:
    """What the device is asked to make, and the token of the form."""
    token = token_of(cast.sol.get(link))
    answer = cast.sol.post(f"{link}/passkey-challenges", headers={"X-CSRFToken": token})
    return json.loads(answer.body), token


def test_N9_who_is_invited_joins_with_a_passkey_and_no_password(cast: Cast, link: str) -> None:
    device = SoftAuthenticator()
    options, token = ask(cast, link)
    page = cast.sol.post(
        f"{link}/passkey", {"csrf_token": token, "passkey": device.create(options)}
    )
    assert page.texts("h1") == ["Your sign-in"]
    with db.read() as session:
        user = queries.user_by_email(session, KIM)
    assert user is not None
    assert user.password_hash is None
    assert "Kim Tran Disabled" not in cast.ada.get("/staff/settings/users")
    (row,) = [text for text in cast.ada.get("/staff/settings/users").texts("tr") if KIM in text]
    assert row.endswith("Active Yes")
    cast.sol.post("/staff/sign-out", {"csrf_token": token_of(cast.sol.get("/staff/alerts"))})
    token = token_of(cast.sol.get("/staff/sign-in"))
    asked = cast.sol.post("/staff/sign-in/passkey-challenges", headers={"X-CSRFToken": token})
    shown = device.get(json.loads(asked.body))
    cast.sol.post("/staff/sign-in/passkey", {"csrf_token": token, "passkey": shown})
    assert "Kim Tran" in cast.sol.get("/staff/alerts")


@pytest.mark.parametrize("answer", ["", "{}", "not JSON", '{"response": {}}'])
def test_an_answer_that_no_device_gave_joins_nobody(answer: str, cast: Cast, link: str) -> None:
    _options, token = ask(cast, link)
    sent = {"csrf_token": token, "passkey": answer}
    page = cast.sol.post(f"{link}/passkey", sent, status=422)
    assert "The passkey was not added. Try again." in page
    with db.read() as session:
        assert queries.user_by_email(session, KIM) is None
    cast.sol.get(link)


def test_a_passkey_made_for_another_site_joins_nobody(cast: Cast, link: str) -> None:
    options, token = ask(cast, link)
    answer = SoftAuthenticator(origin="https://evil.test").create(options)
    cast.sol.post(f"{link}/passkey", {"csrf_token": token, "passkey": answer}, status=422)
    with db.read() as session:
        assert queries.user_by_email(session, KIM) is None


def test_a_withdrawn_invitation_takes_no_passkey(cast: Cast, link: str) -> None:
    options, token = ask(cast, link)
    with db.transaction() as session:
        public_id = link.rpartition("/")[2].partition(".")[0]
        kept = invitations.invitation(session, public_id, changing=True)
        invitations.withdraw(session, kept, by="system")
    answer = SoftAuthenticator().create(options)
    cast.sol.post(f"{link}/passkey", {"csrf_token": token, "passkey": answer}, status=410)
    headers = {"X-CSRFToken": token}
    cast.sol.post(f"{link}/passkey-challenges", headers=headers, status=409)


def test_nothing_is_made_without_the_token_of_the_form(cast: Cast, link: str) -> None:
    cast.sol.post(f"{link}/passkey-challenges", status=400)
    cast.sol.post(f"{link}/passkey", {"passkey": "{}"}, status=400)
