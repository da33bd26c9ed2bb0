"""Bills in the client's own language, and those of a Canadian firm, from the email to paid.

The words are held by test_translations.py; here are the language, the formats and the ways to pay.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import first_run
from tests.journeys.clients import OPERATING, Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.from_email import Hands
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_WORKS
from tests.journeys.screens import DESK_DARK, DESK_LIGHT, PHONE_DARK, PHONE_LIGHT, Screen
from tests.journeys.sent_to_clients import (
    Firm,
    desk_of,
    expect_books,
    firm_with_mail,
    pass_days,
    send_bill,
)

CANADIAN = ("CA", *first_run.FIRM[1:3], "Ontario", "en_CA", "America/Toronto", *first_run.FIRM[6:])


@dataclass(frozen=True)
class Reader:
    """A client's language as kept and as pages say it, with the labels of the processor's fields
    and of the pay page, and how 1,250.50 in the firm's currency is written."""

    locale: str
    card: str
    expiry: str
    code: str
    postal: str
    review: str
    submit: str
    amount: str

    @property
    def lang(self) -> str:
        """As the page's `lang` says it."""
        return self.locale.replace("_", "-")


ENGLISH = ("Card number", "Expiry date", "Security code")
FRENCH = ("Numéro de carte", "Date d’expiration", "Code de sécurité")
SPANISH = ("Número de tarjeta", "Fecha de vencimiento", "Código de seguridad")
PRESS_ENGLISH = ("Review payment", "Submit payment")
PRESS_FRENCH = ("Vérifier le paiement", "Effectuer le paiement")
PRESS_SPANISH = ("Revisar el pago", "Enviar el pago")

IN_THE_US = (
    (Reader("es_US", *SPANISH, "Código postal", *PRESS_SPANISH, "$1,250.50"), PHONE_LIGHT),
    (Reader("fr_CA", *FRENCH, "Code postal", *PRESS_FRENCH, "1 250,50 $ US"), DESK_DARK),
)
IN_CANADA = (
    (Reader("en_CA", *ENGLISH, "Postal code", *PRESS_ENGLISH, "$1,250.50"), DESK_LIGHT),
    (Reader("fr_CA", *FRENCH, "Code postal", *PRESS_FRENCH, "1 250,50 $"), PHONE_DARK),
)


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Windows of this file open what stands in an email; no product is started for them."""
    return {"base_url": None}


@pytest.fixture(scope="module")
def canadian(tmp_path_factory: pytest.TempPathFactory) -> Generator[Firm]:
    """A firm in Ontario on its first day, whose emails go to a mail server too."""
    start = partial(first_run.new_firm, answers=CANADIAN)
    with firm_with_mail(tmp_path_factory.mktemp("canadian") / "var", start) as running:
        yield running


@pytest.fixture(scope="module")
def canadian_desk(canadian: Firm, browser: Browser) -> Generator[Page]:
    """The first administrator's window; money can come in, French is offered."""
    with desk_of(canadian, browser, first_run.sign_in) as page:
        first_run.step(page, "Stripe").get_by_role("button", name="Check now").click()
        expect(first_run.step(page, "Stripe").locator(".badge")).to_have_text("Done")
        account = first_run.step(page, "Bank account")
        account.get_by_role("link", name="Add bank account").click()
        page.get_by_label("Name", exact=True).fill(OPERATING)
        page.get_by_label("What payers see").fill("Harlow & Reyes – legal services")
        page.get_by_role("radio", name="Operating").check()
        page.get_by_role("button", name="Add bank account").click()
        card = page.get_by_role("region", name=OPERATING)
        expect(card.get_by_text("Connected", exact=True)).to_be_visible()
        page.goto("/staff/settings/branding")
        page.get_by_label("Français").check()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("The branding is published.")).to_be_visible()
        yield page


def plain(text: str) -> str:
    """Text with plain spaces: amounts have some that never break."""
    return re.sub(r"\s", " ", text)


@dataclass(frozen=True)
class Walk:
    """One reader's way from the email to the paid bill; `banks`: whether eCheck is offered."""

    firm: Firm
    desk: Page
    page: Page
    screen: Screen
    reader: Reader
    postal: str
    banks: bool

    def look(self, part: str) -> None:
        """This page is in the reader's language and format, and names eCheck only where it is."""
        expect(self.page.locator("html")).to_have_attribute("lang", self.reader.lang)
        assert self.reader.amount in plain(self.page.locator(part).inner_text())
        html = self.page.content().lower()
        assert self.banks or ("echeck" not in html and "pay-bank" not in html)
        look_over(self.page, (self.screen,))

    def open_email(self) -> tuple[Client, str]:
        """A bill is sent; answers its client and the address in the email, in their format."""
        owed = [Owed(20, (125_050,))]
        client = client_with_bills(self.firm.product.var, owed, self.reader.locale)
        address = send_bill(self.desk, self.firm, client)
        (letter,) = self.firm.post.to(client.email)
        assert self.reader.amount in plain(letter.text)
        return client, address

    def pay(self) -> None:
        """By card, by the labels of the reader's language, from the open page to the status."""
        page, reader = self.page, self.reader
        expect(page.get_by_label(reader.card)).to_be_visible()
        expect(page.locator("#pay-bank")).to_have_count(1 if self.banks else 0)
        self.look("#pay-about")
        page.get_by_label(reader.card).press_sequentially(CARD_WORKS)
        page.get_by_label(reader.expiry).fill("12 / 34")
        page.get_by_label(reader.code).fill("123")
        page.locator("#postal_code").fill(self.postal)
        expect(page.locator("label[for=postal_code]")).to_contain_text(reader.postal)
        self.firm.pace.wait()
        page.get_by_role("button", name=reader.review).click()
        expect(page.locator("#review-heading")).to_be_focused()
        self.look("#pay-review")
        page.get_by_role("button", name=reader.submit).click()
        page.wait_for_url("**/payments/*")
        self.look("#payment-status")

    def complete(self, client: Client) -> None:
        """The days pass; the email about it names the amount in the reader's format."""
        shown = self.page.locator("#payment-status").inner_text()
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", shown)
        assert found is not None, shown
        pass_days(self.desk, found.group(), "Completed")
        told = [self.firm.letter(client.email, found.group())]
        told += self.firm.post.to(client.email)
        assert all(self.reader.amount in plain(letter.text) for letter in told)
        assert self.banks or not any("echeck" in letter.text.lower() for letter in told)


def walk(way: Walk) -> None:
    """From the email to the paid bill's page and its PDF, in three clicks and four fields."""
    client, address = way.open_email()
    hands = Hands()
    hands.watch(way.page)
    way.firm.pace.watch(way.page)
    way.page.goto(address)
    way.pay()
    assert (len(hands.clicks), len(hands.typed)) == (3, 4), hands
    way.complete(client)
    way.page.goto(address)
    way.look("main")
    with way.page.expect_download() as saved:
        way.page.locator(".papers a").first.click()
    assert saved.value.path().read_bytes().startswith(b"%PDF-")
    expect_books(way.desk, way.firm, client, "$0.00")


def named(case: object) -> str:
    """A case by its language or its screen."""
    return case.locale if isinstance(case, Reader) else str(case)


@pytest.mark.parametrize(("reader", "screen"), IN_THE_US, ids=named)
def test_B3_a_bill_is_emailed_read_and_paid_in_the_clients_language(
    reader: Reader, screen: Screen, mailing: Firm, desk: Page, visit: Visit
) -> None:
    walk(Walk(mailing, desk, visit(screen), screen, reader, "95814", banks=True))


@pytest.mark.parametrize(("reader", "screen"), IN_CANADA, ids=named)
def test_P2_B3_a_canadian_bill_is_paid_by_card_alone_in_canadian_dollars(
    reader: Reader, screen: Screen, canadian: Firm, canadian_desk: Page, visit: Visit
) -> None:
    walk(Walk(canadian, canadian_desk, visit(screen), screen, reader, "K1A 0B1", banks=False))
