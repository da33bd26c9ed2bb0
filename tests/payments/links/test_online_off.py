"""The switch of online payments (FEATURES P1): off, nothing is given out and nothing is taken."""

import pytest
from flask import Flask

from payments.accounts.settings import online_payments, set_online_payments
from payments.links.setup import look_at_links
from portal.core import db
from portal.core.errors import Invalid
from portal.firm.checklist import State
from tests.factories.payments import BASE_URL
from tests.payments.links.conftest import Given
from tests.payments.links.desk import ACCOUNTS, NEW_CHARGE, in_place
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.visitor import Visitor

BY = "user:ada"


def turn(*, on: bool) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=on, part_min_cents=100, by=BY)


def test_P1_new_charge_gives_out_nothing_while_online_payments_are_off(
    cast: Cast, given: Given
) -> None:
    url = given.url(given.operating)
    turn(on=False)
    page = cast.ben.get(NEW_CHARGE)
    assert url not in page.body
    assert page.select("[data-copy]") == []
    assert "Online payments are turned off" in page
    assert "somebody with the accounts level records it." in page
    assert "Turn them on in Settings" not in page
    assert "Generate QR Code" not in page
    assert page.text.count("No payment link while online payments are turned off.") == 2
    assert cast.ana.get(NEW_CHARGE).link("Record Payment").endswith("/staff/receipts/new")
    page = cast.ada.get(NEW_CHARGE)
    assert page.link("Turn them on in Settings").endswith("/staff/settings/billing")
    turn(on=True)
    page = cast.ben.get(NEW_CHARGE)
    assert url in page.body
    assert "turned off" not in page


@pytest.mark.parametrize("task", ["qr-code", "qr-code/print", "qr-code.svg", "qr-code.png"])
def test_P1_no_code_is_drawn_while_online_payments_are_off(
    cast: Cast, given: Given, task: str
) -> None:
    turn(on=False)
    page = cast.ana.get(f"{ACCOUNTS}/{given.operating}/{task}", status=409)
    assert "Clients can pay by check: record it with Create New, Record Payment." in page
    shown = in_place(cast.ana, f"{ACCOUNTS}/{given.operating}/{task}")
    assert shown.status == 409


def test_P1_E1_no_code_for_a_website_is_given_out_while_online_payments_are_off(
    cast: Cast, given: Given
) -> None:
    token = given.token(given.operating)
    turn(on=False)
    page = cast.ben.get(f"{ACCOUNTS}/{given.operating}/website")
    assert "Online payments are turned off, so there is no code to give out." in page
    assert page.select("textarea") == []
    assert token not in page.body


@pytest.mark.parametrize("page", ["pay", "embed"])
def test_P1_a_link_says_how_to_pay_otherwise_and_takes_nothing(
    app: Flask, cast: Cast, given: Given, page: str
) -> None:
    """On its own page, and inside the firm's website."""
    stranger = Visitor(app, BASE_URL)
    path = f"/{page}/{given.token(given.operating)}"
    turn(on=False)
    for method, address in (("GET", path), ("POST", path), ("POST", f"{path}/submit")):
        answer = stranger.http.open(address, method=method, base_url=BASE_URL)
        assert answer.status_code == 503
        told = Page(answer, f"{BASE_URL}{address}")
        assert "Harlow & Reyes LLP does not take payments online right now" in told
        assert "Send a check made out to Harlow & Reyes LLP to 1 Main Street" in told
        assert told.one("a.button[href^=tel]")["href"] == "tel:+1-503-555-0100"
        assert told.select("form[method=post]") == []
    turn(on=True)
    assert stranger.get(path).select("form[method=post]") != []


def test_P1_a_retired_link_stays_retired_while_payments_are_off(
    app: Flask, cast: Cast, given: Given
) -> None:
    token = given.token(given.operating)
    page = cast.ada.get(f"{ACCOUNTS}/{given.operating}/link/retirement")
    cast.ada.submit(page, "Retire link", typed_name=given.accounts.operating.name)
    turn(on=False)
    Visitor(app, BASE_URL).ask("GET", f"/pay/{token}", status=410)


def test_P1_the_checklist_says_that_no_link_takes_money(
    app: Flask, cast: Cast, given: Given
) -> None:
    turn(on=False)
    with app.test_request_context(), db.read() as session:
        found = look_at_links(session)
    assert found.state is State.TO_DO
    assert "turned off" in found.words[0]


@pytest.mark.parametrize("cents", [0, -1, 10_000_001])
def test_P2_the_least_part_is_an_amount_that_somebody_could_pay(given: Given, cents: int) -> None:
    with pytest.raises(Invalid), db.transaction() as session:
        set_online_payments(session, online=True, part_min_cents=cents, by=BY)
    with db.read() as session:
        assert online_payments(session).part_min_cents == 100
