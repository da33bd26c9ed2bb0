"""Which websites may show the framed pay page, and which of them it talks to (FEATURES E2)."""

from dataclasses import replace

from payments.transactions.states import Status
from portal.core import config
from portal.core.config import StripeSettings
from tests.factories.payments import (
    Links,
    Payer,
    the_payment,
)
from tests.factories.websites import BARE, UNLISTED, WWW, asked_by, list_sites, unlist
from tests.payments.checkout.in_frames import body, may_frame


def test_E2_exactly_the_listed_websites_may_frame_the_page(payer: Payer, framed: str) -> None:
    for site in (WWW, BARE, UNLISTED, "*", "null", f"{WWW}; script-src *", ""):
        page = payer.get(asked_by(framed, site))
        assert may_frame(page) == [BARE, WWW], site
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]


def test_E2_with_real_money_the_processors_script_may_come_too_and_nobody_else(
    payer: Payer, framed: str
) -> None:
    """Live, the card's fields are Stripe's; the sandbox's are of the same origin as the page."""
    sandboxed = config.current()
    config.use(replace(sandboxed, stripe=StripeSettings("sk_test_1", "pk_test_1", ("whsec_1",))))
    try:
        page = payer.get(asked_by(framed, WWW))
    finally:
        config.use(sandboxed)
    assert may_frame(page) == [BARE, WWW]
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com;" in policy
    assert "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com" in (
        policy
    )


def test_E2_without_a_listed_website_nobody_may(payer: Payer, links: Links) -> None:
    framed = list_sites(links.operating)
    assert may_frame(payer.get(asked_by(framed, WWW))) == ["'none'"]


def test_E2_a_website_that_is_taken_off_may_frame_nothing_from_then_on(
    payer: Payer, framed: str
) -> None:
    status = payer.pay(asked_by(framed, WWW))
    unlist(framed, WWW)
    for address in (asked_by(framed, WWW), status.address):
        page = payer.get(address)
        assert may_frame(page) == [BARE]
        assert "data-embed-site" not in body(page)


def test_E2_one_links_website_may_not_frame_anothers(payer: Payer, links: Links) -> None:
    list_sites(links.operating, WWW)
    trust = list_sites(links.trust, BARE)
    assert may_frame(payer.get(asked_by(trust, WWW))) == [BARE]


def test_E2_the_page_talks_to_the_listed_website_that_shows_it_and_to_no_other(
    payer: Payer, framed: str
) -> None:
    page = payer.get(asked_by(framed, WWW))
    assert body(page) == {"data-embed-site": WWW, "data-embed-step": "details"}
    for site in (UNLISTED, f"{WWW}/", WWW.upper(), "*", "null", f'{WWW}"><script>', ""):
        page = payer.get(asked_by(framed, site))
        assert body(page) == {"data-embed-step": "details"}, site
        assert "evil" not in str(page.one("#pay-form"))


def test_E2_what_one_website_asks_for_is_not_shown_to_the_next(payer: Payer, framed: str) -> None:
    """The page is drawn once and kept: who asked first must leave no trace in it."""
    first = payer.get(asked_by(framed, UNLISTED, theme="dark", amount="666.00", more="666"))
    assert "666" in first.body
    for address in (framed, asked_by(framed, BARE), asked_by(framed, WWW, theme="light")):
        page = payer.get(address)
        assert "666" not in page.body
        assert "evil" not in page.body
    assert body(payer.get(framed)) == {"data-embed-step": "details"}


def test_E2_only_a_payment_of_this_link_is_shown_in_its_frame(
    payer: Payer, links: Links, framed: str
) -> None:
    trust = list_sites(links.trust, UNLISTED)
    payer.pay(asked_by(framed, WWW))
    token = the_payment().status_token
    for address in (f"{trust}/payments/{token}", f"{framed}/payments/unknown"):
        page = payer.get(address, status=404)
        assert "Call +1 503 555 0100" in page  # no footer says it there
        assert the_payment().reference not in page
        payer.post(f"{address}/continue", status=404)
    assert Status(the_payment().status) is Status.AUTHORIZED


def test_E2_an_unknown_link_is_framed_by_nobody(payer: Payer, framed: str) -> None:
    for address in ("/embed/unknown", f"/embed/{'a' * 5000}", "/embed/unknown/payments/a"):
        page = payer.get(asked_by(address, WWW), status=404)
        assert may_frame(page) == ["'none'"]
    assert may_frame(payer.get(f"{framed}/nowhere", status=404)) == ["'none'"]
