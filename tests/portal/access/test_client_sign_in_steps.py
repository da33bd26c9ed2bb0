"""The steps of the clients' door: where they lead, and what is refused at each (FEATURES C11)."""

import pytest

from tests.factories.fixtures import row_counts
from tests.portal.access.conftest import SETTINGS, Door, is_in
from tests.support.cast import CLEO
from tests.support.languages import EVERY_LANGUAGE, offer

UNKNOWN = "nobody@nowhere.test"
COUPLE = "both@vance.test"


def test_a_signed_out_client_comes_back_to_where_they_wanted(joined: Door) -> None:
    wanted = f"/portal/matters/{joined.matter.public_id}/messages"
    page = joined.ask_for_code(joined.cast.sol, came_from=wanted)
    answer = joined.cast.sol.submit(page, "Sign in", code=joined.code(), follow=False, status=303)
    assert answer.headers["Location"] == wanted
    link = joined.newest().links[0]
    joined.ask_for_code(joined.another(), came_from=wanted)
    assert link != joined.newest().links[0]
    answer = joined.another().post(joined.newest().links[0], follow=False, status=303)
    assert answer.headers["Location"] == wanted


def test_a_page_of_the_portal_leads_to_the_door_and_back(joined: Door) -> None:
    answer = joined.cast.sol.get(f"{SETTINGS}?done=x", follow=False, status=303)
    assert answer.headers["Location"] == "/sign-in?next=/portal/settings?done%3Dx"
    fragment = joined.cast.sol.ask(
        "GET",
        SETTINGS,
        htmx=True,
        follow=False,
        status=401,
        headers={"HX-Current-URL": "http://localhost:8000/portal/settings"},
    )
    assert fragment.headers["HX-Redirect"] == "/sign-in?next=/portal/settings"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.test/portal/",
        "//evil.test/portal/",
        "/\\evil.test",
        "/portal/../staff/",
        "/staff/",
        "javascript:alert(1)",
        "/portal/\n//evil",
        "/portal//evil.test",
        "http://[",
    ],
)
def test_no_address_leads_out_of_the_portal(joined: Door, elsewhere: str) -> None:
    page = joined.ask_for_code(joined.cast.sol, came_from=elsewhere)
    answer = joined.cast.sol.submit(page, "Sign in", code=joined.code(), follow=False, status=303)
    assert answer.headers["Location"] == "/portal/"


def test_somebody_signed_in_already_goes_on(door: Door) -> None:
    cleo = door.joined()
    answer = cleo.get("/sign-in", query_string={"next": SETTINGS}, follow=False, status=303)
    assert answer.headers["Location"] == SETTINGS


def test_signing_in_anew_ends_the_session_that_the_browser_had(door: Door) -> None:
    cleo = door.joined()
    old = cleo.http.get_cookie("__Host-client")
    assert old is not None
    page = door.ask_for_code(door.another())
    cleo.submit(page, "Sign in", code=door.code(), follow=False, status=303)
    new = cleo.http.get_cookie("__Host-client")
    assert new is not None
    assert new.value != old.value
    cleo.http.set_cookie("__Host-client", old.value, path="/")
    assert not is_in(cleo)


def test_one_place_asks_for_twenty_codes_an_hour(joined: Door) -> None:
    """Whoever tries address after address is stopped, whosever they are."""
    page = joined.cast.sol.get("/sign-in")
    for number in range(20):
        joined.cast.sol.submit(page, "Send a code", email=f"client{number}@nowhere.test")
    refused = joined.cast.sol.submit(page, "Send a code", email=CLEO.email, status=429)
    assert refused.texts("h1") == ["Too many tries"]


@pytest.mark.parametrize("typed", ["", "cleo", "a@", "cleo@client.test, sol@stranger.test", "\x00"])
def test_what_is_no_address_is_refused_with_a_sentence_and_kept(door: Door, typed: str) -> None:
    before = row_counts()
    page = door.cast.sol.get("/sign-in")
    told = door.cast.sol.submit(page, "Send a code", email=typed, status=422)
    assert "Enter an email address like name@example.com." in told
    assert told.one("#email")["value"] == typed.replace("\x00", "")
    assert row_counts() == before


@pytest.mark.parametrize("state", ["", "x", "x.y.z", "\x00", "é" * 900])
def test_a_forged_or_old_step_is_told_to_begin_again(joined: Door, state: str) -> None:
    for method, address in (("GET", "/sign-in/code"), ("POST", "/sign-in/code")):
        told = joined.cast.sol.ask(
            method, address, query_string={"state": state}, data={"state": state}, status=410
        )
        assert told.texts("h1") == ["This does not work any more"]
    joined.cast.sol.post("/sign-in/who", {"state": state}, status=410)


def test_the_token_of_one_step_opens_no_other(joined: Door) -> None:
    """A code that was asked for proves nothing yet."""
    page = joined.ask_for_code(joined.cast.sol)
    state = str(page.one("input[name=state]")["value"])
    joined.cast.sol.post("/sign-in/who", {"state": state, "who": joined.cleo.public_id}, status=410)
    assert not is_in(joined.cast.sol)


def test_another_sites_form_signs_nobody_in(joined: Door) -> None:
    joined.ask_for_code(joined.cast.sol)
    link = joined.newest().links[0]
    for site in ("cross-site", "same-site"):
        joined.cast.sol.post(link, headers={"Sec-Fetch-Site": site}, status=400)
    assert not is_in(joined.cast.sol)


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "", "http://localhost:8001", "https://localhost:8000"]
)
def test_a_browser_too_old_for_fetch_metadata_says_where_a_form_stands_too(
    joined: Door, origin: str
) -> None:
    """Safari before 16.4 sends `Origin` alone."""
    joined.ask_for_code(joined.cast.sol)
    link = joined.newest().links[0]
    joined.cast.sol.post(link, headers={"Origin": origin}, status=400)
    joined.cast.sol.post("/sign-in", {"email": CLEO.email}, headers={"Origin": origin}, status=400)
    assert not is_in(joined.cast.sol)
    ours = {"Origin": joined.cast.sol.base_url}
    joined.cast.sol.post(link, headers=ours, follow=False, status=303)
    assert is_in(joined.cast.sol)


def test_B3_C11_the_language_chosen_at_the_door_stays_at_each_step(joined: Door) -> None:
    offer(EVERY_LANGUAGE)
    sol, sent = joined.cast.sol, {"email": "nobody", "next": ""}
    page = sol.get("/sign-in?lang=es")
    wrong = sol.post(str(page.one("main form")["action"]), sent, status=422)
    assert wrong.one("html")["lang"] == "es-US"
    asked = sol.post(str(wrong.one("main form")["action"]), {**sent, "email": CLEO.email})
    assert asked.one("html")["lang"] == "es-US"
    state = str(asked.one("input[name=state]")["value"])
    typed = {"state": state, "code": "000000"}
    refused = sol.post(str(asked.one("main form")["action"]), typed, status=422)
    assert refused.one("html")["lang"] == "es-US"
