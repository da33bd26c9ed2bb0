"""Messages in a real browser: Ada at her desk and a client at her phone, side by side."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portal.clients.queries import matter_by_id
from portal.core import db, ids
from portal.feed.people import Person
from portal.messages import actions
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.journeys.clients import database_of
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.portal_people import bubble, write
from tests.journeys.screens import PHONE_LIGHT
from tests.support.browser import Product

ADA = "ada@demo.test"


@dataclass(frozen=True)
class Case:
    """A matter of a client whom no other test knows, and what signs her in."""

    product: Product
    matter_id: int
    public_id: str
    ada: Person
    client: Person
    token: str

    @property
    def staff_url(self) -> str:
        return f"/staff/matters/{self.public_id}/portal"

    @property
    def client_url(self) -> str:
        return f"/portal/matters/{self.public_id}/messages"

    def say(self, by: Person, *texts: str) -> None:
        """Somebody writes meanwhile, at a browser of their own."""
        with database_of(self.product.var):
            for text in texts:
                with db.transaction() as session:
                    matter = matter_by_id(session, self.matter_id)
                    actions.send(session, matter, by=by, text=text, nonce=ids.public_id())

    def open_phone(self, visit: Visit) -> Page:
        """The client's phone, signed in, on the messages of this matter."""
        page = visit(PHONE_LIGHT)
        name, value, host = COOKIE, self.token, "localhost"
        page.context.add_cookies(
            [{"name": name, "value": value, "domain": host, "path": "/", "secure": True}]
        )
        page.goto(self.client_url)
        return page


@pytest.fixture
def case(product: Product) -> Case:
    """Ada's first message has opened the portal, and the client has joined."""
    token = secrets.token_hex(4)
    with database_of(product.var):
        contact = clients.contact(f"Nora Q{token}", f"nora.{token}@demo.test")
        matter = clients.matter(contact, f"Lease {token}")
        ada = portals.firm_person(ADA)
        portals.opened(matter, ada)
        nora = portals.joined(contact)
        signed_in = portals.signed_in(contact)
    return Case(product, matter.id, matter.public_id, ada, nora, signed_in)


def test_C2_C6_two_people_write_side_by_side_and_nothing_is_reloaded(
    case: Case, staff: Visit, visit: Visit
) -> None:
    ada = staff()
    ada.goto(case.staff_url)
    look_over(ada)
    phone = case.open_phone(visit)
    look_over(phone)
    write(ada, "The lease is ready. See https://example.org/lease")
    expect(bubble(phone, "The lease is ready.")).to_be_visible()
    expect(bubble(ada, "The lease is ready.")).to_contain_text("Seen by Nora")
    phone.get_by_label("Your message").fill("Thank you")
    phone.get_by_label("Your message").press("Control+Enter")
    expect(bubble(phone, "Thank you")).to_be_visible()
    expect(phone.get_by_label("Your message")).to_have_value("")
    expect(bubble(ada, "Thank you")).to_be_visible()
    look_over(ada)
    look_over(phone)


def test_C2_a_draft_waits_on_another_device(case: Case, visit: Visit) -> None:
    phone = case.open_phone(visit)
    with phone.expect_response(re.compile("/draft$")):
        phone.get_by_label("Your message").fill("Dear Ada")
    tablet = case.open_phone(visit)
    expect(tablet.get_by_label("Your message")).to_have_value("Dear Ada")


def test_C2_what_could_not_be_sent_says_so_and_is_sent_by_retry(
    case: Case, new_context: Callable[..., BrowserContext], site: str | None
) -> None:
    case.say(case.ada, "Hello")
    # Not by `visit`, which fails where a script complains: here htmx does, with reason.
    options: dict[str, Any] = {"base_url": site} if site else {}
    options["viewport"] = {"width": PHONE_LIGHT.width, "height": PHONE_LIGHT.height}
    phone = case.open_phone(lambda _screen: new_context(**options).new_page())
    phone.route("**/messages", lambda route: route.abort())
    phone.get_by_label("Your message").fill("From the tunnel")
    phone.get_by_role("button", name="Send", exact=True).click()
    failed = bubble(phone, "From the tunnel")
    expect(failed).to_contain_text("Not sent")
    expect(phone.get_by_label("Your message")).to_have_value("From the tunnel")
    look_over(phone)
    phone.unroute("**/messages")
    phone.get_by_role("button", name="Retry").click()
    expect(bubble(phone, "From the tunnel")).to_have_count(1)
    expect(phone.get_by_text("Not sent")).to_have_count(0)
    phone.reload()
    expect(bubble(phone, "From the tunnel")).to_have_count(1)


def test_C2_what_comes_in_below_is_announced_by_a_pill_and_nothing_jumps(
    case: Case, visit: Visit
) -> None:
    case.say(case.ada, *(f"Paragraph {number}" for number in range(30)))
    phone = case.open_phone(visit)
    expect(phone.get_by_text("New", exact=True)).to_be_in_viewport()
    phone.evaluate("window.scrollTo(0, 0)")
    top = phone.evaluate("window.scrollY")
    case.say(case.ada, "The newest")
    pill = phone.get_by_role("button", name="New messages")
    expect(pill).to_be_visible()
    assert phone.evaluate("window.scrollY") == top
    look_over(phone)
    pill.click()
    expect(bubble(phone, "The newest")).to_be_in_viewport()
    expect(pill).to_be_hidden()
    expect(phone).to_have_title(re.compile(r"^Messages"))


def test_C2_earlier_messages_come_above_and_the_reader_stays_where_they_were(
    case: Case, visit: Visit
) -> None:
    case.say(case.ada, *(f"Paragraph {number}." for number in range(60)))
    phone = case.open_phone(visit)
    phone.goto(case.client_url)
    phone.get_by_role("link", name="Show earlier messages").click()
    expect(phone.get_by_text("Paragraph 0.", exact=True)).to_be_attached()
    expect(phone.get_by_text("This is the beginning.")).to_be_focused()
    assert phone.locator(".feed-day").count() == 1


def test_C7_C13_events_and_a_deletion_by_keyboard_alone(case: Case, staff: Visit) -> None:
    case.say(case.ada, "To be deleted")
    ada = staff()
    ada.goto(case.staff_url)
    ada.get_by_role("button", name="Show all client portal events").press("Enter")
    expect(ada.get_by_text("became a participant")).to_be_visible()
    look_over(ada)
    ada.get_by_role("link", name="Delete message").press("Enter")
    dialog = ada.get_by_role("dialog", name="Delete message")
    expect(dialog).to_be_visible()
    look_over(ada)
    dialog.get_by_role("button", name="Delete message").press("Enter")
    expect(bubble(ada, "Message deleted by")).to_be_focused()
    expect(ada.get_by_text("To be deleted")).to_have_count(0)
    ada.get_by_role("button", name="Show all client portal events").press("Enter")
    expect(ada.locator(".feed-event")).to_have_count(0)


def test_C2_attaching_and_a_refused_message_are_fit_to_look_at(
    case: Case, staff: Visit, visit: Visit
) -> None:
    ada, phone = staff(), case.open_phone(visit)
    ada.goto(case.staff_url)
    for page in (ada, phone):
        page.get_by_role("button", name="Attach a document").click()
        expect(page.get_by_role("dialog", name="Attach a document")).to_be_visible()
        look_over(page)
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("button", name="Attach a document")).to_be_focused()
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_text("Write a message or attach a document.")).to_be_visible()
        look_over(page)


def test_C8_who_wrote_the_first_message_goes_on_writing(product: Product, staff: Visit) -> None:
    with database_of(product.var):
        token = secrets.token_hex(4)
        matter = clients.matter(clients.contact(f"Nora Q{token}"), f"Lease {token}")
    ada = staff()
    ada.goto(f"/staff/matters/{matter.public_id}/portal")
    write(ada, "The very first")
    expect(bubble(ada, "The very first")).to_be_visible()
    expect(ada.get_by_label("Your message")).to_be_focused()


def test_C2_on_a_small_phone_the_composer_says_what_its_parts_are(case: Case, visit: Visit) -> None:
    phone = case.open_phone(visit)
    composer = phone.locator("#composer")
    for words in ("Your message", "Attach a document", "Send"):
        box = composer.get_by_text(words, exact=True).bounding_box()
        assert box is not None
        assert box["width"] > 20
    bar = phone.locator(".client-nav").bounding_box()
    whole = composer.bounding_box()
    assert bar is not None
    assert whole is not None
    assert whole["y"] > 300
    assert whole["y"] + whole["height"] <= bar["y"] + 1


def test_C2_what_was_sent_stands_whole_above_the_composer_where_one_goes_on_writing(
    case: Case, visit: Visit
) -> None:
    case.say(case.ada, *(f"Line {number}" for number in range(8)))
    phone = case.open_phone(visit)
    sent = write(phone, "Thank you.\n" * 5)
    expect(phone.get_by_label("Your message")).to_be_focused()
    expect(phone.get_by_label("Your message")).to_have_value("")
    dock = phone.locator(".composer-dock").bounding_box()
    bubble_box = sent.bounding_box()
    assert dock is not None
    assert bubble_box is not None
    assert bubble_box["y"] + bubble_box["height"] <= dock["y"]
