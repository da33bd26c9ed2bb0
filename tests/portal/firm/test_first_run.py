"""A real firm's first day, by HTTP: from an empty database to a live payment link."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner
from flask import Flask

from portal.core import db
from portal.core.jobs import queue
from portal.firm.commands import create_admin
from tests.conftest import BASE_URL
from tests.portal.outbox.mail_server import MailServer, in_use
from tests.support.page import Page
from tests.support.visitor import Visitor

PASSWORD = "violet tram under nine bridges"
ADMIN = ["--email", "ada@harlow.test", "--name", "Ada Okafor", "--password", PASSWORD]
FIRM = ["US", "Harlow & Reyes LLP", "", "Oregon", "en_US", "America/Los_Angeles", ""]
SETTINGS = "/staff/settings"
CONTACT = ["503 555 0100", "office@harlow.test", "1 Main Street, Portland, OR 97204"]


@pytest.fixture
def mail_server(app: Flask) -> Iterator[MailServer]:
    with in_use() as server:
        yield server


@pytest.fixture
def ada(app: Flask, mail_server: MailServer) -> Visitor:
    """The first administrator of an empty database, made on the command line, not signed in."""
    answers = "\n".join([*FIRM, *CONTACT, ""])
    result = CliRunner().invoke(create_admin, ADMIN, input=answers)
    assert result.exit_code == 0, result.output
    return Visitor(app, BASE_URL)


def sign_in(ada: Visitor) -> Page:
    page = ada.get("/staff/")
    return ada.submit(page, "Sign in", email="ada@harlow.test", password=PASSWORD)


def states(page: Page) -> dict[str, str]:
    """The badge of each step."""
    return {
        str(step["id"]).removeprefix("step-"): page.texts(f"#{step['id']} .badge")[0]
        for step in page.select(".checklist-step")
    }


AT_FIRST = {
    "firm": "Done",
    "people": "Done",
    "mail": "To do",
    "processor": "To do",
    "bank-account": "To do",
    "first-link": "To do",
    "worker": "Done",
    "webhooks": "Not yet",
}


def checklist(ada: Visitor) -> dict[str, str]:
    return states(ada.get(SETTINGS))


def send_test_email(ada: Visitor, run_jobs: Callable[[], int]) -> Page:
    page = ada.submit(ada.get(SETTINGS), "Send a test email")
    assert states(page)["mail"] == "Waiting"
    run_jobs()
    return ada.get(SETTINGS)


def add_bank_account(ada: Visitor, run_jobs: Callable[[], int]) -> None:
    page = ada.click(ada.get(SETTINGS), "Add bank account")
    page = ada.submit(
        page,
        "Add bank account",
        name="Operating",
        public_label="Legal services",
        kind="operating",
    )
    assert "Stripe is being asked about this account" in page
    assert checklist(ada)["bank-account"] == "Waiting"
    run_jobs()


def test_X3_from_an_empty_database_to_a_live_link(
    ada: Visitor, mail_server: MailServer, run_jobs: Callable[[], int]
) -> None:
    """Issue 4: each step is looked at, and is done when what it asks for is true."""
    with db.transaction() as session:
        queue.renew(session, "worker", [])
    page = sign_in(ada)
    assert page.texts("h1") == ["Settings"]
    assert states(page) == AT_FIRST

    page = send_test_email(ada, run_jobs)
    assert states(page) == AT_FIRST | {"mail": "Done"}
    assert "250 OK queued as 1" in page.texts("#step-mail")[0]
    (letter,) = mail_server.taken
    assert letter["To"].addresses[0].addr_spec == "ada@harlow.test"

    page = ada.submit(page, "Check now")
    assert states(page) == AT_FIRST | {"mail": "Done", "processor": "Done"}
    assert "your account can take payments in USD" in page

    add_bank_account(ada, run_jobs)
    assert checklist(ada)["bank-account"] == "Done"
    page = ada.click(ada.get(SETTINGS), "Open New charge")
    link = str(page.one(".copy-field input")["value"])

    page = ada.get(SETTINGS)
    assert "Set up: all done" in page
    assert str(page.one("#step-first-link-copy")["value"]) == link
    assert states(page) == dict.fromkeys(AT_FIRST, "Done") | {"webhooks": "Not yet"}
    assert "Legal services" in Visitor(ada.app, BASE_URL).get(link)
    assert ada.get("/staff/").texts("h1") == ["Overview"]
