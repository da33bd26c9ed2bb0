"""A bill in French and in Spanish, from the email to the stored card: on a phone too (B3)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.letters import Letter, read, wait_for
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_WORKS, Pace
from tests.journeys.screens import PHONE_LIGHT
from tests.support.browser import Product
from tests.support.languages import english_left, sandbox_words, visible

WORDS = {
    "fr_CA": ("Une facture de", "Votre mode de paiement est", "Facture {}"),
    "es_US": ("Una factura de", "Su forma de pago está", "Factura {}"),
}


def letter_to(product: Product, client: Client, subject: str) -> Letter:
    """The one email to the client that begins like this."""

    def found() -> list[Letter]:
        kept = [read(path.read_bytes()) for path in sorted((product.var / "mail").glob("*.eml"))]
        return [one for one in kept if one.to == client.email and one.subject.startswith(subject)]

    return wait_for(found, 1)[0]


def all_in(page: Page, locale: str) -> None:
    """Nothing of ours that can be read here is English, and nothing runs over."""
    assert english_left(visible(page.content()), locale) == []
    expect(page.locator("html")).to_have_attribute("lang", locale.replace("_", "-"))
    look_over(page)


def type_card(page: Page, locale: str) -> None:
    """The processor's fields speak the page's language."""
    said = sandbox_words(locale[:2])
    page.get_by_label(said["Card number"]).press_sequentially(CARD_WORKS)
    page.get_by_label(said["Expiry date"]).fill("12 / 34")
    page.get_by_label(said["Security code"]).fill("123")
    page.locator("#postal_code").fill("95814")


@pytest.mark.parametrize("locale", list(WORDS))
def test_B3_P5_a_bill_is_read_paid_and_its_card_stored_and_deleted(
    locale: str, staff: Visit, visit: Visit, product: Product, pace: Pace
) -> None:
    bill, stored, title = WORDS[locale]
    client = client_with_bills(product.var, [Owed(10, (12_000,)), Owed(20, (5_000,))], locale)
    desk = staff()
    desk.goto(f"/staff/bills/{client.bills[1].public_id}")
    desk.get_by_role("link", name=re.compile("^Send")).first.click()
    desk.get_by_role("dialog").get_by_role("button", name="Send bill").click()
    expect(desk.get_by_text("is being emailed to")).to_be_visible()

    page = visit(PHONE_LIGHT)
    pace.watch(page)
    page.goto(letter_to(product, client, bill).text.split()[0])
    expect(page.locator("#pay-about dt").first).to_have_text(title.format(client.bills[1].number))
    page.locator("details.others summary").click()
    page.locator("input[name=pays][value=balance]").check()
    expect(page.locator("#amount")).to_have_value(re.compile(r"^170[.,]00$"))
    type_card(page, locale)
    all_in(page, locale)
    pace.wait()
    page.locator("#review-button").click()
    page.locator("#store").check()
    all_in(page, locale)
    page.locator("#submit-button").click()
    page.wait_for_url("**/payments/*")
    all_in(page, locale)
    page.goto(f"{page.url.split('?')[0]}/receipt")
    all_in(page, locale)

    page.goto(letter_to(product, client, stored).text.split()[0])
    all_in(page, locale)
    page.locator("main form button").click()
    expect(page.locator(".result-head h1")).to_be_visible()
    all_in(page, locale)
