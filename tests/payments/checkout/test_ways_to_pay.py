"""Which ways to pay are offered, and that no other is taken."""

from flask import Flask

from tests.factories.payments import (
    CANADA_ACCOUNT_ID,
    Links,
    Payer,
    enter,
    make_canadian_link,
    payments,
)


def test_P2_a_canadian_account_takes_cards_only(app: Flask, links: Links) -> None:
    """P2, L4: no eCheck on the page, in the account's own currency and with a postal code."""
    link = make_canadian_link()
    payer = Payer(app, CANADA_ACCOUNT_ID)
    page = payer.get(link)
    assert "eCheck" not in page.text
    assert page.select("#pay-bank") == []
    assert "CAD" in page
    assert "Postal code" in page
    status = payer.pay(link, postal_code="K1A 0B1")
    assert "CA$125.00" in status
    assert payments()[0].currency == "CAD"


def test_P2_a_canadian_account_refuses_a_forged_echeck(app: Flask, links: Links) -> None:
    """P2 (server): neither the method's name nor a bank's token gets past the review."""
    link = make_canadian_link()
    payer = Payer(app, CANADA_ACCOUNT_ID)
    page = payer.review(link, method="bank", number="000123456789", status=422)
    assert "This firm takes no eCheck here. Please pay by card." in page
    whole = payer.post(link, payer.type_in(link, method="bank"), status=422)
    assert whole.one("#pay-card").get("hidden") is None, "the card section must be seen"
    token = enter(CANADA_ACCOUNT_ID, "bank", "000123456789")
    form = {**payer.type_in(link), "confirmation_token": token}
    page = payer.post(link, form, htmx=True, status=422)
    assert "Please choose how to pay once more." in page
    assert payments() == []


def test_an_unknown_way_to_pay_is_refused_and_the_page_still_offers_the_card(
    payer: Payer, links: Links
) -> None:
    """P2 (server): only the two ways that are offered."""
    page = payer.post(links.operating, payer.type_in(links.operating, method="gold"), status=422)
    assert page.one("#method")["value"] == "card"
    assert page.one("#pay-card").get("hidden") is None
