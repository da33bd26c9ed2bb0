"""A client comes in: invitation, passkey, code and link, in a real browser and by real emails."""

import gzip
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, Response, expect
from sqlalchemy import select, update

from portal.access import invitations
from portal.access.keys import ClientSession
from portal.clients.queries import contact_by_id
from portal.core import clock, db
from portal.outbox.models import Delivery, Notice
from tests.factories import clients, portals
from tests.journeys import office
from tests.journeys.clients import BY, database_of
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import PHONE_LIGHT
from tests.journeys.sent_to_clients import Firm
from tests.journeys.test_sign_in import plug_in

BYTES_MAX, REQUESTS_MAX = 60_000, 6
CODE = re.compile(r"Your code: (\d{3} \d{3})")
SIGN_IN = "Sign in to your client portal"


@dataclass(frozen=True)
class Invited:
    """A client whom no other test knows, with a portal that is open."""

    contact_id: int
    email: str
    matter_id: int
    messages: str


@pytest.fixture
def nora(mailing: Firm) -> Invited:
    """She has been invited."""
    token = secrets.token_hex(4)
    with database_of(mailing.product.var):
        contact = clients.contact(f"Nora Q{token}", f"nora.{token}@demo.test")
        matter = clients.matter(contact, f"Lease {token}")
        portals.opened(matter, portals.firm_person(office.ADA))
        made = Invited(
            contact.id,
            f"nora.{token}@demo.test",
            matter.id,
            f"/portal/matters/{matter.public_id}/messages",
        )
        invite(made)
    return made


def invite(who: Invited) -> None:
    """Send an invitation, in the database in use."""
    with db.transaction() as session:
        contact = contact_by_id(session, who.contact_id)
        invitations.invite(session, contact, who.matter_id, by=BY)


@pytest.fixture
def phone(mailing: Firm, visit: Visit) -> Page:
    """Her phone."""
    return visit(PHONE_LIGHT)


def open_page(page: Page, firm: Firm, path: str) -> None:
    """Open a page of that firm's."""
    page.goto(f"{firm.product.base_url}{path}")


def link_to(firm: Firm, who: Invited, path: str) -> str:
    """The newest link to this path that she was emailed."""
    found = re.search(rf"https?://\S+{path}\S*", firm.letter(who.email, path).text)
    assert found is not None
    return found.group()


def accept(phone: Page, firm: Firm, who: Invited) -> None:
    phone.goto(link_to(firm, who, "/invitations/"))
    phone.get_by_role("button", name="Accept invitation").click()
    expect(phone.get_by_role("heading", name="Welcome")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name=SIGN_IN)).to_be_visible()


def test_C8_C11_from_the_invitation_to_a_passkey_and_in_again(
    mailing: Firm, phone: Page, nora: Invited
) -> None:
    plug_in(phone)
    phone.goto(link_to(mailing, nora, "/invitations/"))
    expect(phone.get_by_text("n•••@demo.test")).to_be_visible()
    look_over(phone)
    phone.get_by_role("button", name="Accept invitation").click()
    expect(phone.get_by_role("heading", name="Welcome")).to_be_visible()
    look_over(phone)
    phone.get_by_role("button", name="Add a passkey").click()
    expect(phone).to_have_url(f"{mailing.product.base_url}{nora.messages}")
    open_page(phone, mailing, "/portal/settings")
    expect(phone.get_by_text("not used yet")).to_be_visible()
    look_over(phone)
    sign_out(phone)
    look_over(phone)
    phone.get_by_role("button", name="Sign in with a passkey").click()
    phone.wait_for_url("**/portal/")
    open_page(phone, mailing, "/portal/settings")
    expect(phone.get_by_text("Last used")).to_be_visible()


def test_C11_a_page_that_was_asked_for_comes_after_the_code(
    mailing: Firm, phone: Page, nora: Invited
) -> None:
    accept(phone, mailing, nora)
    sign_out(phone)
    open_page(phone, mailing, nora.messages)
    expect(phone.get_by_role("heading", name=SIGN_IN)).to_be_visible()
    phone.get_by_label("Email address").fill(nora.email)
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Check your email")).to_be_visible()
    look_over(phone)
    phone.get_by_label("Code").fill("12 34 56")
    phone.keyboard.press("Enter")
    expect(phone.locator("#error-summary")).to_be_focused()
    look_over(phone)
    found = CODE.search(mailing.letter(nora.email, "Your code:").text)
    assert found is not None
    phone.get_by_label("Code").fill(f" {found[1]} ")
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(f"{mailing.product.base_url}{nora.messages}")


def test_C10_the_link_of_the_code_needs_a_button_and_no_script(
    mailing: Firm, phone: Page, visit: Visit, nora: Invited
) -> None:
    """FEATURES X1: without JavaScript the whole way works."""
    plain = visit(PHONE_LIGHT, java_script_enabled=False)
    accept(plain, mailing, nora)
    sign_out(plain)
    plain.get_by_label("Email address").fill(nora.email)
    plain.get_by_role("button", name="Send a code").click()
    link = link_to(mailing, nora, "/sign-in/")
    phone.goto(link)
    expect(phone.get_by_text("You sign in as Nora")).to_be_visible()
    look_over(phone)
    plain.goto(link)
    plain.get_by_role("button", name="Sign in").click()
    plain.wait_for_url("**/portal/")
    phone.reload()
    expect(phone.get_by_role("heading", name="This does not work any more")).to_be_visible()
    look_over(phone)
    open_page(plain, mailing, "/portal/settings")
    expect(plain.get_by_role("button", name="Add a passkey")).to_be_hidden()


def test_C8_an_expired_invitation_is_sent_anew(mailing: Firm, phone: Page, nora: Invited) -> None:
    old = link_to(mailing, nora, "/invitations/")
    before = len(mailing.post.to(nora.email))
    with database_of(mailing.product.var), db.transaction() as session:
        hour_ago = clock.now() - timedelta(hours=1)
        mine = select(Notice.id).where(Notice.once.contains(old.rsplit("/", 1)[1].split(".")[0]))
        session.execute(
            update(Delivery).where(Delivery.notice_id.in_(mine)).values(sent_at=hour_ago)
        )
    phone.goto(old)
    expect(phone.get_by_role("heading", name="This invitation has expired")).to_be_visible()
    look_over(phone)
    phone.get_by_role("button", name="Send a new link").click()
    expect(phone.get_by_role("heading", name="Check your email")).to_be_visible()
    look_over(phone)
    mailing.post.wait_for(nora.email, before + 1)
    accept(phone, mailing, nora)
    phone.goto(old)
    expect(phone.get_by_role("heading", name="There is a newer invitation")).to_be_visible()
    look_over(phone)


def test_somebody_idle_is_asked_in_time_and_stays_by_one_press(
    mailing: Firm, phone: Page, nora: Invited
) -> None:
    """WCAG 2.2.1: at least two minutes before, extended by one simple action."""
    phone.clock.install()
    accept(phone, mailing, nora)
    open_page(phone, mailing, nora.messages)
    with phone.expect_request(lambda one: "hx-request" in one.headers) as polled:
        phone.clock.fast_forward("00:06")
    assert "x-by-itself" in polled.value.headers, "live messages would keep anybody signed in"
    open_page(phone, mailing, "/portal/settings")
    warning = phone.get_by_role("dialog", name="Are you still there?")
    expect(warning).to_be_hidden()
    seen = idle_since(mailing, nora, timedelta(minutes=56))
    phone.clock.fast_forward("56:00")
    expect(warning).to_be_visible()
    look_over(phone)
    phone.keyboard.press("Enter")
    expect(warning).to_be_hidden()
    assert idle_since(mailing, nora, timedelta(0)) > seen + timedelta(minutes=55)


def idle_since(firm: Firm, who: Invited, ago: timedelta) -> datetime:
    """Let her browser have been idle for so long; answers when it was seen, before or so."""
    with database_of(firm.product.var), db.transaction() as session:
        mine = ClientSession.contact_id == who.contact_id
        seen = session.scalars(select(ClientSession.seen_at).where(mine)).one()
        if ago:
            seen = clock.wall_time() - ago
            session.execute(update(ClientSession).where(mine).values(seen_at=seen))
    return seen


def test_client_pages_are_light(
    mailing: Firm, phone: Page, nora: Invited, visit: Callable[..., Page]
) -> None:
    """BARS "Pages": at most 60 KB and six requests, first party, compressed, nothing kept yet."""
    accept(phone, mailing, nora)
    documents = nora.messages.replace("messages", "documents")
    for address in ("/portal/", nora.messages, documents, "/portal/settings"):
        state = phone.context.storage_state()
        fresh = visit(storage_state=state)
        seen: list[Response] = []
        fresh.on("response", lambda one, seen=seen: seen.append(one))
        open_page(fresh, mailing, address)
        fresh.wait_for_load_state("load")
        weight = {one.url: len(gzip.compress(one.body(), 9)) for one in seen if one.status == 200}
        assert len(weight) <= REQUESTS_MAX, f"{address}: {weight}"
        assert sum(weight.values()) <= BYTES_MAX, f"{address}: {weight}"
