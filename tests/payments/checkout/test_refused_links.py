"""Links that take no payment: unknown, malformed, retired, or of an account out of order."""

import pytest
from sqlalchemy import update

from payments.accounts.models import BankAccount
from payments.links.actions import retire
from payments.links.models import AccountLink
from payments.sandbox.making import TRUST_ACCOUNT_ID
from portal.core import db
from tests.factories.payments import Links, Payer, enter, payments
from tests.support.cast import Cast

UNKNOWN_TOKENS = {
    "unknown": "Zx9" * 10,
    "very long": "a" * 5_000,
    "unicode": "jürgen–₿–支払い",
    "percent zero": "%00",
    "zero inside": "abc%00def",
    "not utf-8": "%ff%fe",
    "surrogate": "%ed%a0%80",
    "a path": "..%2f..%2fstaff",
    "sql": "'%20OR%201=1--",
}


@pytest.mark.both_databases
@pytest.mark.parametrize("token", UNKNOWN_TOKENS.values(), ids=UNKNOWN_TOKENS.keys())
def test_an_address_that_leads_nowhere_says_so_on_every_route(
    payer: Payer, token: str, database_kind: str
) -> None:
    """L5: never a bare 404, never a 5xx: the firm's name and a sentence."""
    for method, path in (
        ("GET", f"/pay/{token}"),
        ("POST", f"/pay/{token}"),
        ("POST", f"/pay/{token}/submit"),
        ("GET", f"/embed/{token}"),
        ("POST", f"/embed/{token}"),
        ("POST", f"/embed/{token}/submit"),
        ("GET", f"/embed/{token}/payments/{token}"),
        ("POST", f"/embed/{token}/payments/{token}/continue"),
        ("GET", f"/payments/{token}"),
        ("POST", f"/payments/{token}/continue"),
    ):
        for htmx in (False, True):
            page = payer.ask(method, path, htmx=htmx, status=404)
            assert "check the link" in page, path
            if not htmx:
                assert "Harlow & Reyes" in page


def test_L5_a_retired_link_says_how_to_reach_the_firm(
    payer: Payer, links: Links, cast: Cast
) -> None:
    """L5: 410 with the firm's name, phone and email; a review begun before cannot be submitted."""
    form = payer.type_in(links.operating)
    reviewed = payer.review(links.operating)
    _retire(links.operating)
    for htmx in (False, True):
        page = payer.ask("GET", links.operating, htmx=htmx, status=410)
        assert "Harlow & Reyes" in page
        assert "+1 503 555 0100" in page
        payer.ask("POST", links.operating, data=form, htmx=htmx, status=410)
    payer.press_submit(reviewed, status=410)
    assert payments() == []


def _retire(link: str) -> None:
    with db.transaction() as session:
        found = session.query(AccountLink).filter_by(token=link.rsplit("/", 1)[1]).one()
        retire(session, found, "ada", found.bank_account.name)


def test_L3_an_account_that_is_not_connected_takes_no_payment(payer: Payer, links: Links) -> None:
    """L3: the page says so and how else to pay; a review begun before cannot be submitted."""
    form = payer.type_in(links.operating)
    reviewed = payer.review(links.operating)
    with db.transaction() as session:
        session.execute(update(BankAccount).values(checked_problems=["It was closed."]))
    page = payer.http.get(links.operating)
    assert page.status_code == 503
    text = page.get_data(as_text=True)
    assert "cannot take payments here at the moment. No money has been taken." in text
    assert "It was closed." not in text
    assert payer.http.post(links.operating, data=form).status_code == 503
    action = str(reviewed.one("#submit-form")["action"])
    attempt = str(reviewed.one("input[name=attempt]")["value"])
    assert payer.http.post(action, data={"attempt": attempt}).status_code == 503
    assert payments() == []


def test_links_of_two_accounts_do_not_meet(payer: Payer, links: Links) -> None:
    """M3: a confirmation token of one processor account pays nothing into another."""
    token = enter(TRUST_ACCOUNT_ID, "card", "4242424242424242")
    form = {**payer.type_in(links.operating), "confirmation_token": token}
    page = payer.post(links.operating, form, htmx=True, status=422)
    assert "have to be entered again. No money has been taken." in page
    assert payments() == []
