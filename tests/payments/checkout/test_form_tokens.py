"""The signed tokens in which a checkout's state rides: stale, forged, of another link, replayed."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from payments.checkout.state import sign_page
from portal.core.tokens import FormTokens
from tests.factories.payments import (
    CARD_DECLINED,
    CARD_WORKS,
    Links,
    Payer,
    attempt_of,
    books_problems,
    enter,
    payments,
)
from tests.factories.processor import charges
from tests.support.page import Page

Watch = Callable[[], AbstractContextManager[None]]

OPEN_TOO_LONG = "This page was open for a long time. Please check it and go on."
RUN_OUT = "This review has run out. Please review the payment once more."


@contextmanager
def later(minutes: float) -> Generator[None]:
    """So many minutes of wall time have passed."""
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes), tick=True):
        yield


def forged(token: str) -> dict[str, str]:
    """Ways to forge a token, by name."""
    body, stamp, signature = token.rsplit(".", 2)
    return {
        "empty": "",
        "junk": "junk",
        "cut": token[:-3],
        "other signature": f"{body}.{stamp}.{signature[::-1]}",
        "other time": f"{body}.AAAAAA.{signature}",
        "other body": f"x{body}.{stamp}.{signature}",
        "not ascii": "tökén.ü.ß",
        "nul": "\x00.\x00.\x00",
        "very long": "a" * 50_000,
        "another's secret": FormTokens("their secret", "pay-review", 30).sign({"nonce": "x"}),
        "another form's": sign_page("x"),
    }


def kept(page: Page) -> dict[str, str]:
    """What still stands in the form."""
    names = ("amount", "name", "email", "paid_for", "reference", "postal_code")
    return {name: str(page.one(f"#{name}")["value"]) for name in names}


REVIEWED = {
    "amount": "125.00",
    "name": "Dana Whitfield",
    "email": "dana@payer.test",
    "paid_for": "Whitfield lease review",
    "reference": "1042",
    "postal_code": "95814",
}


class TestThePagesToken:
    """It says on which link the page was opened, and lives 30 minutes of wall time."""

    def test_a_page_left_open_too_long_keeps_what_was_typed_and_goes_on(
        self, payer: Payer, links: Links, stores_nothing: Watch
    ) -> None:
        """P7: 31 minutes later the same form comes back with a fresh token, which works."""
        form = payer.type_in(links.operating)
        with later(31):
            with stores_nothing():
                page = payer.post(links.operating, form, htmx=True, status=422)
            assert OPEN_TOO_LONG in page
            assert kept(page) == REVIEWED
            fresh = str(page.one("input[name=form_token]")["value"])
            again = {**form, "form_token": fresh}
            assert payer.post(links.operating, again, htmx=True).select("#pay-checked")

    def test_it_lives_half_an_hour(self, payer: Payer, links: Links) -> None:
        form = payer.type_in(links.operating)
        with later(29.5):
            assert payer.post(links.operating, form, htmx=True).select("#pay-checked")

    def test_the_demo_clock_does_not_age_it(
        self, payer: Payer, links: Links, advance: Callable[[timedelta], int]
    ) -> None:
        """Form tokens live by the wall: **Advance** must not throw a payer out."""
        form = payer.type_in(links.operating)
        advance(timedelta(days=5))
        assert payer.post(links.operating, form, htmx=True).select("#pay-checked")

    def test_a_forged_or_missing_one_is_refused(
        self, app: Flask, links: Links, stores_nothing: Watch, subtests: pytest.Subtests
    ) -> None:
        form = Payer(app).type_in(links.operating)
        for way, token in {**forged(form["form_token"]), "another link's": ""}.items():
            payer = Payer(app)
            used = payer.form_token(links.trust) if way == "another link's" else token
            with subtests.test(way), stores_nothing():
                page = payer.post(
                    links.operating, {**form, "form_token": used}, htmx=True, status=422
                )
                assert OPEN_TOO_LONG in page
                assert kept(page) == REVIEWED


class TestTheReviewsToken:
    """It carries what was reviewed to the cent; its nonce makes at most one payment."""

    def test_a_review_left_open_too_long_is_not_submitted(
        self, payer: Payer, links: Links, stores_nothing: Watch
    ) -> None:
        """P7: the form comes back with everything reviewed in it; no payment was begun."""
        reviewed = payer.review(links.operating)
        with later(31), stores_nothing():
            page = payer.press_submit(reviewed, status=422)
        assert RUN_OUT in page
        assert kept(page) == REVIEWED
        assert charges() == []

    def test_a_paid_review_pressed_again_much_later_leads_to_its_payment(
        self, payer: Payer, links: Links
    ) -> None:
        """M9: "review once more" would invite a second payment."""
        reviewed = payer.review(links.operating)
        first = payer.press_submit(reviewed)
        with later(45):
            again = payer.press_submit(reviewed)
        assert again.headers["HX-Redirect"] == first.headers["HX-Redirect"]
        assert len(payments()) == len(charges()) == 1

    def test_a_forged_one_is_refused(
        self, app: Flask, links: Links, stores_nothing: Watch, subtests: pytest.Subtests
    ) -> None:
        reviewed = Payer(app).review(links.operating)
        for way, token in forged(attempt_of(reviewed)).items():
            with subtests.test(way), stores_nothing():
                page = Payer(app).press_submit(reviewed, attempt=token, status=422)
                assert RUN_OUT in page
        assert charges() == []

    def test_one_of_another_link_is_refused(
        self, payer: Payer, client_of_trust: Payer, links: Links, stores_nothing: Watch
    ) -> None:
        """M3: a review for operating does not pay into trust, nor the other way about."""
        for reviewed, action in (
            (payer.review(links.operating), f"{links.trust}/submit"),
            (client_of_trust.review(links.trust), f"{links.operating}/submit"),
        ):
            with stores_nothing():
                page = payer.post(action, {"attempt": attempt_of(reviewed)}, htmx=True, status=422)
            assert "Please review the payment once more on this page." in page
            assert kept(page) == REVIEWED
        assert charges() == []

    def test_fields_beside_it_change_nothing(self, payer: Payer, links: Links) -> None:
        """P3: what was reviewed is what is paid."""
        others: dict[str, Any] = {
            "amount": "1.00",
            "name": "Mallory",
            "method": "bank",
            "currency": "CAD",
        }
        payer.press_submit(payer.review(links.operating), **others)
        (payment,) = payments()
        assert (payment.amount_cents, payment.payer_name) == (12_500, "Dana Whitfield")
        assert [charge["amount"] for charge in charges()] == [12_500]

    def test_M9_pressed_again_after_success_it_is_the_same_payment(
        self, app: Flask, payer: Payer, links: Links
    ) -> None:
        """M9: also from another browser, also without script: one payment, one charge."""
        reviewed = payer.review(links.operating)
        first = payer.press_submit(reviewed)
        again = payer.press_submit(reviewed)
        other = Payer(app).press_submit(reviewed)
        action = str(reviewed.one("#submit-form")["action"])
        plain = payer.post(action, {"attempt": attempt_of(reviewed)}, follow=False, status=303)
        assert plain.headers["Location"] == first.headers["HX-Redirect"]
        for answer in (again, other):
            assert answer.headers["HX-Redirect"] == first.headers["HX-Redirect"]
        assert len(payments()) == len(charges()) == 1
        assert books_problems(app) == []

    def test_pressed_again_after_a_decline_it_tries_no_second_time(
        self, payer: Payer, links: Links
    ) -> None:
        """P7: the same words again; another try needs another review."""
        reviewed = payer.review(links.operating, number=CARD_DECLINED)
        answers = [payer.press_submit(reviewed, status=422) for _ in range(3)]
        assert {answer.texts("#error-summary li")[0] for answer in answers} == {
            "Your card was declined. Please try another card, or call the bank that issued it. "
            "No money has been taken."
        }
        assert len(payments()) == len(charges()) == 1

    def test_two_reviews_of_one_card_entry_charge_it_once(self, payer: Payer, links: Links) -> None:
        """What the payer entered in the processor's fields is good for one payment."""
        form: dict[str, Any] = {**payer.type_in(links.operating)}
        form["confirmation_token"] = enter(None, "card", CARD_WORKS)
        reviews = [payer.post(links.operating, form, htmx=True) for _ in range(2)]
        payer.press_submit(reviews[0])
        refused = payer.press_submit(reviews[1], status=422)
        assert "No money has been taken." in refused
        assert len(charges()) == 1
