"""The client portal from the first message to the end of it, with two people side by side.

On a folder of the machine and on a store that speaks S3; emails go to a real mail server.
"""

import re
import time
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import office
from tests.journeys.conftest import Visit
from tests.journeys.letters import SECONDS_MAX
from tests.journeys.portal_people import (
    INVITES,
    NEWS,
    PROMISED_BYTES,
    Case,
    accept,
    attach,
    bubble,
    choose,
    file_of,
    go_to_portal,
    invited,
    link_in,
    new_case,
    put_into_matter,
    share,
    write,
)
from tests.journeys.screens import PHONE_LIGHT
from tests.journeys.sent_to_clients import Firm, desk_of, firm_with_mail
from tests.support import s3
from tests.support.browser import start_product

pytestmark = pytest.mark.slow


@pytest.fixture
def phone(visit: Visit) -> Page:
    """A client's window, as large as a phone."""
    return visit(PHONE_LIGHT)


def test_C2_C8_first_message_invitation_and_an_answer_with_a_hundred_megabytes(
    mailing: Firm, desk: Page, phone: Page, tmp_path: Path
) -> None:
    write_and_answer(mailing, desk, phone, file_of(tmp_path, "whole.bin", PROMISED_BYTES))


def test_C2_C8_the_same_with_documents_in_a_store_that_speaks_s3(
    browser: Browser, tmp_path: Path
) -> None:
    with s3.running() as server:
        start = partial(start_product, STORAGE_URL=s3.url_of(s3.new_bucket(server)), **s3.KEYS)
        with firm_with_mail(tmp_path / "var", start) as firm, desk_of(firm, browser) as desk:
            context = browser.new_context(base_url=firm.product.base_url)
            sent = file_of(tmp_path, "whole.bin", PROMISED_BYTES)
            write_and_answer(firm, desk, context.new_page(), sent)
            context.close()


def write_and_answer(firm: Firm, desk: Page, phone: Page, whole: Path) -> None:
    """A first message, its invitation accepted, and the answer with a file, fetched by the firm."""
    case = new_case(firm)
    go_to_portal(desk, case)
    write(desk, "Welcome, this is your portal.")
    accept(phone, link_in(firm, case, "/invitations/"))
    phone.goto("/portal/")
    phone.get_by_role("link", name=re.compile("1 new message")).click()
    expect(bubble(phone, "Welcome, this is your portal.")).to_be_visible()
    expect(bubble(desk, "Welcome")).to_contain_text(f"Seen by {case.name}")
    attach(phone, whole)
    write(phone, "Here it is, all of it.")
    answer = bubble(desk, "Here it is, all of it.")
    expect(answer).to_be_visible()
    with desk.expect_download() as coming:
        answer.get_by_role("link", name=f"Download {whole.name}").click()
    assert coming.value.path().read_bytes() == whole.read_bytes()


def test_C3_C5_C12_five_items_one_email_and_sharing_stopped_under_a_running_download(
    mailing: Firm, desk: Page, phone: Page, tmp_path: Path
) -> None:
    case = new_case(mailing)
    begin(mailing, desk, phone, case)
    office.advance(desk, "5 minutes")
    go_to_portal(desk, case)
    for text in ("One.", "Two.", "Three."):
        write(desk, text)
    make_folder(desk, case, "Evidence")
    share(desk, case, "Evidence")
    big = file_of(tmp_path, "big.bin", PROMISED_BYTES // 2)
    put_into_matter(desk, case, big, "Evidence")
    put_into_matter(desk, case, file_of(tmp_path, "alone.bin", 1000))
    share(desk, case, "alone.bin")
    office.advance(desk, "5 minutes")
    letter = mailing.letter(case.email, NEWS)
    assert "3 messages" in letter.text, letter.text
    address = open_folder(phone, "Evidence", big.name)
    running = slowly(phone, address)
    desk.goto(f"{case.matter}/documents")
    choose(desk, "Evidence", "Stop sharing")
    desk.get_by_role("dialog").get_by_role("button", name="Stop sharing").click()
    expect(desk.get_by_role("dialog")).to_have_count(0)
    assert received(phone, running) < PROMISED_BYTES // 2
    assert phone.request.get(address).status == 404
    assert [NEWS in one.subject for one in mailing.post.to(case.email)].count(True) == 1


def test_C7_C13_C14_events_a_message_deleted_and_a_client_removed_while_signed_in(
    mailing: Firm, desk: Page, phone: Page
) -> None:
    case = new_case(mailing)
    begin(mailing, desk, phone, case)
    go_to_portal(desk, case)
    wrong = write(desk, "This was meant for somebody else.")
    expect(bubble(phone, "somebody else")).to_be_visible()
    wrong.hover()
    wrong.get_by_role("link", name="Delete message").click()
    desk.get_by_role("dialog").get_by_role("button", name="Delete message").click()
    for page in (desk, phone):
        expect(page.get_by_role("log")).not_to_contain_text("somebody else")
        expect(page.get_by_role("log")).to_contain_text("Message deleted by")
    desk.get_by_text("Show all client portal events").click()
    for told in ("joined", "deleted a message"):
        expect(desk.get_by_role("log")).to_contain_text(told)
    remove(desk, case)
    phone.reload()
    expect(phone).to_have_url(re.compile(r"/sign-in"))
    assert phone.request.get("/portal/", max_redirects=0).status == 303


def test_C8_an_expired_invitation_is_renewed_by_whoever_holds_it(
    mailing: Firm, desk: Page, phone: Page
) -> None:
    case = new_case(mailing)
    go_to_portal(desk, case)
    write(desk, "Come in within the hour.")
    first = link_in(mailing, case, "/invitations/")
    office.advance(desk, "1 hour")
    phone.goto(first)
    expect(phone.get_by_role("heading", level=1)).to_have_text("This invitation has expired")
    phone.get_by_role("button", name="Send a new link").click()
    deadline = time.monotonic() + SECONDS_MAX
    while len(invited(mailing, case)) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    second = invited(mailing, case)[-1]
    assert second != first
    phone.goto(first)
    expect(phone.get_by_role("button", name="Accept invitation")).to_have_count(0)
    accept(phone, second)
    assert all(INVITES in one.subject for one in mailing.post.to(case.email))


def begin(firm: Firm, desk: Page, phone: Page, case: Case) -> None:
    """A first message, accepted on the phone, which stands on the messages."""
    go_to_portal(desk, case)
    write(desk, "Welcome.")
    accept(phone, link_in(firm, case, "/invitations/"))
    phone.goto("/portal/")
    phone.get_by_role("link", name=re.compile("1 new message")).click()
    expect(bubble(phone, "Welcome.")).to_be_visible()


def make_folder(desk: Page, case: Case, name: str) -> None:
    """**New folder** under **Documents**."""
    desk.goto(f"{case.matter}/documents")
    desk.get_by_role("link", name="New folder").click()
    desk.get_by_role("dialog").get_by_label("Name").fill(name)
    desk.get_by_role("dialog").get_by_role("button", name="Make folder").click()
    expect(desk.get_by_role("heading", name=name)).to_be_visible()


def open_folder(phone: Page, folder: str, name: str) -> str:
    """Into a shared folder on the phone; answers the address that downloads a file of it."""
    phone.goto("/portal/")
    phone.get_by_role("link", name="Documents").first.click()
    phone.get_by_role("link", name=folder, exact=True).click()
    address = phone.get_by_role("link", name=re.compile(f"Download.*{name}")).get_attribute("href")
    assert address is not None
    return address


def slowly(phone: Page, address: str) -> str:
    """Begin a download in the page that takes its first bytes, waits to be asked for more, and then
    goes on slowly; answers the name of its result."""
    phone.evaluate(
        """address => {
          window.taken = (async () => {
            const reader = (await fetch(address)).body.getReader();
            const asked = new Promise((go) => { window.goOn = go; });
            let bytes = 0;
            try {
              for (;;) {
                const { done, value } = await reader.read();
                if (done) return bytes;
                bytes += value.length;
                await asked;
                await new Promise((go) => setTimeout(go, 40));
              }
            } catch { return bytes; }
          })();
        }""",
        address,
    )
    return "taken"


def received(phone: Page, name: str) -> int:
    """Have a download go on; how many bytes it got before it was over."""
    return phone.evaluate("name => { window.goOn(); return window[name]; }", name)


def remove(desk: Page, case: Case) -> None:
    """**Participants** → **Remove participant**."""
    desk.get_by_role("link", name="Participants").click()
    row = desk.get_by_role("row").filter(has_text=case.name)
    row.get_by_role("link", name=re.compile("Remove")).click()
    desk.get_by_role("button", name="Remove participant").click()
    expect(desk.get_by_role("row").filter(has_text=case.name)).to_have_count(0)
