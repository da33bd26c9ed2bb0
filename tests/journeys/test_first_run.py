"""A real firm's first day in a browser: from an empty database to a live payment link."""

from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import first_run
from tests.journeys.conftest import Visit
from tests.journeys.first_run import step
from tests.journeys.looking import look_over
from tests.journeys.paying import Pace, PayPage
from tests.portal.outbox.mail_server import MailServer
from tests.support.browser import Product


@pytest.fixture(scope="session")
def mail() -> Generator[MailServer]:
    """A real SMTP server."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def firm(mail: MailServer, tmp_path_factory: pytest.TempPathFactory) -> Generator[Product]:
    """A firm on its first day, which sends its emails to that server."""
    running = first_run.new_firm(
        tmp_path_factory.mktemp("firm") / "var",
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=str(mail.port),
        MAIL_USE_TLS="false",
        MAIL_DEFAULT_SENDER="office@harlow.test",
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser_context_args(firm: Product) -> dict[str, Any]:
    """Windows of this file open on that firm's product, and no demo is made for it."""
    return {"base_url": firm.base_url}


def test_X3_from_create_admin_to_a_link_that_takes_money(mail: MailServer, visit: Visit) -> None:
    """Each step is done when what it asks for is true, never by a click on "done"."""
    page = visit()
    first_run.sign_in(page)
    expect(page.get_by_text("2 of 6")).to_be_visible()
    look_over(page)
    _test_email(page, mail)
    _stripe(page)
    _bank_account(page)
    link = _link(page)
    look_over(page)
    page.goto("/staff/")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    paying = PayPage(visit(), Pace())
    paying.open(link)
    expect(paying.page.get_by_role("heading", level=1)).to_be_visible()


def _test_email(page: Page, mail: MailServer) -> None:
    mail_step = step(page, "Email")
    mail.then = lambda: "451 Greylisted, come back later"
    mail_step.get_by_role("button", name="Send a test email").click()
    expect(mail_step).to_contain_text("451 Greylisted")
    expect(mail_step.locator(".badge")).to_have_text("Waiting")
    look_over(page)
    mail.then = lambda: "250 OK queued as 1"
    mail_step.get_by_role("button", name="Send another test email").click()
    expect(mail_step.locator(".badge")).to_have_text("Done")
    expect(mail_step).to_contain_text("250 OK queued as 1")
    assert first_run.EMAIL in str(mail.taken[0]["To"])


def _stripe(page: Page) -> None:
    stripe = step(page, "Stripe")
    expect(stripe).to_contain_text("no real money moves")
    expect(stripe.locator(".badge")).to_have_text("To do")
    stripe.get_by_role("button", name="Check now").click()
    expect(stripe.locator(".badge")).to_have_text("Done")


def _bank_account(page: Page) -> None:
    step(page, "Bank account").get_by_role("link", name="Add bank account").click()
    look_over(page)
    page.get_by_role("button", name="Add bank account").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)
    page.get_by_label("Name", exact=True).fill("Operating")
    page.get_by_label("What payers see").fill("Harlow & Reyes – legal services")
    page.get_by_role("radio", name="Operating").check()
    page.get_by_role("button", name="Add bank account").click()
    card = page.get_by_role("region", name="Operating")
    expect(card.get_by_text("Connected", exact=True)).to_be_visible()
    look_over(page)


def _link(page: Page) -> str:
    page.goto(first_run.SETTINGS)
    step(page, "First payment link").get_by_role("link", name="Open New charge").click()
    link = page.get_by_label("Payment link").input_value()
    page.goto(first_run.SETTINGS)
    page.get_by_text("Set up: all done").click()
    shown = step(page, "First payment link").get_by_label("Payment link")
    expect(shown).to_have_value(link)
    return link
