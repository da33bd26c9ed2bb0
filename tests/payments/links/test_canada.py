"""A firm in Canada takes cards only (server): no eCheck anywhere; amounts as Canada writes them.

The sweep reads every page that a payer can open, and every page of the staff that needs no name in
its address, for the words of bank payments, in each language.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from payments.accounts.settings import set_online_payments
from portal.core import db
from portal.firm.models import Country, Firm
from tests.factories.payments import CANADA_ACCOUNT_ID, Payer, make_canadian_link
from tests.payments.links.desk import NEW_CHARGE
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.support.page import Page, words
from tests.test_routes import routes

BANK_WORDS = re.compile(
    r"echeck|e-check|chèque[s]? électronique|cheque[s]? electrónico|routing|acheminement"
    r"|número de ruta|\bACH\b|(?:your|votre|su) (?:bank|banque|banco)|withdrawal",
    re.IGNORECASE,
)


@pytest.fixture
def link(cast: Cast) -> str:
    """The account link of a firm in Canada."""
    with db.transaction() as session:
        session.execute(
            update(Firm).values(
                country=Country.CA,
                locale="en_US",
                languages=["en_US", "fr_CA"],
                version=Firm.version + 1,
            )
        )
    return make_canadian_link()


def bank_words(page: Page) -> list[str]:
    """What of bank payments stands on a page, in what is hidden and in its form as well."""
    values = " ".join(str(tag.get("value", "")) for tag in page.select("input, button, option"))
    labels = " ".join(str(tag.get("aria-label", "")) for tag in page.select("[aria-label]"))
    return BANK_WORDS.findall(words(f"{page.text} {labels} {values}"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_P2_no_page_of_a_payer_in_canada_speaks_of_paying_by_bank(
    app: Flask, cast: Cast, link: str, language: str
) -> None:
    payer = Payer(app, CANADA_ACCOUNT_ID)
    page = payer.get(f"{link}?lang={language}")
    assert bank_words(page) == []
    assert page.select("#pay-bank, [data-method=bank], input[value=bank]") == []
    reviewed = payer.review(link, postal_code="K1A 0B1")
    assert bank_words(reviewed) == []
    paid = payer.press_submit(reviewed)
    assert bank_words(paid) == []
    status = payer.pay(f"{link}?lang={language}", postal_code="K1A 0B1")
    assert bank_words(status) == []


def test_P2_amounts_are_written_as_canada_writes_them(app: Flask, cast: Cast, link: str) -> None:
    """CAD in en-CA is $125.00, in fr-CA 125,00 $: never as foreign money."""
    payer = Payer(app, CANADA_ACCOUNT_ID)
    english = payer.get(link)
    assert "$100,000.00" in english
    assert "CA$" not in english.text
    assert "100 000,00 $" in words(payer.get(f"{link}?lang=fr").text)


def test_P2_no_page_of_the_staff_in_canada_offers_an_echeck(
    app: Flask, cast: Cast, link: str
) -> None:
    read = 0
    for method, rule in routes(app, "staff"):
        if method != "GET" or rule.arguments:
            continue
        with cast.ada.http.get(rule.rule, base_url=cast.ada.base_url) as answer:
            if answer.mimetype != "text/html" or answer.status_code != 200:
                continue
            read += 1
            assert bank_words(Page(answer, rule.rule)) == [], rule.rule
    assert read > 20, "the pages were not read"
    assert "CAD" in cast.ada.get("/staff/settings/billing").text
    assert "$100,000.00" in cast.ana.get(NEW_CHARGE)


def test_M8_a_firm_in_canada_saves_its_settings_though_it_has_no_hold_to_set(
    cast: Cast, link: str
) -> None:
    page = cast.ada.get("/staff/settings/billing")
    assert page.select("label[for=hold_days]") == []
    saved = cast.ada.submit(page, "Save changes", part_min="25.00")
    assert saved.one("#part_min")["value"] == "25.00"


def test_P1_a_link_in_canada_that_is_off_says_so_in_both_languages(
    app: Flask, cast: Cast, link: str
) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by="user:ada")
    payer = Payer(app, CANADA_ACCOUNT_ID)
    for language in ("en", "fr"):
        answer = payer.http.get(f"{link}?lang={language}")
        assert answer.status_code == 503
        assert bank_words(Page(answer, link)) == []


def test_B3_emails_about_a_payment_in_canada_write_its_amount_as_canada_does(
    app: Flask, cast: Cast, link: str, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    Payer(app, CANADA_ACCOUNT_ID).pay(link, postal_code="K1A 0B1")
    run_jobs()
    (mine,) = outbox.to("dana@payer.test")
    assert "$125.00" in mine
    for sent in (mine, *outbox.to("ada@harlow.test")):
        assert "CA$" not in sent
        assert "US$" not in sent
