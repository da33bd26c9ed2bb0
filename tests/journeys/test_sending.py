"""From **Send** on a bill to the email as it arrived at a mail server, and the link to copy."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.letters import Letter, read, wait_for
from tests.journeys.looking import look_over
from tests.support.browser import Product

UNPAID = "/staff/bills?status=awaiting_payment"
WORDS = "Thank you. A word from a test:"


def of_test(var: Path, words: str) -> list[Path]:
    """The kept emails that hold these words, oldest first."""
    kept = sorted((var / "mail").glob("*.eml"))
    return [path for path in kept if words in read(path.read_bytes()).text]


def letters(var: Path, words: str) -> list[Letter]:
    return [read(path.read_bytes()) for path in of_test(var, words)]


def kept_html(var: Path, html: str) -> str:
    """The address of an email's HTML, for a browser to show as a mail program would."""
    place = var / "email.html"
    place.write_text(html, encoding="utf-8")
    return place.as_uri()


def open_send(page: Page) -> Locator:
    """**Send** in the first row of the unpaid bills; answers its dialog."""
    page.goto(UNPAID)
    page.locator("#bills-table").get_by_role("link", name=re.compile("^Send")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Send via email")
    return dialog


def test_D3_a_bill_is_sent_and_arrives_with_its_pdf_and_button(
    staff: Visit, visit: Visit, product: Product
) -> None:
    page = staff()
    dialog = open_send(page)
    look_over(page)
    expect(dialog.get_by_label("Send to client portal")).to_be_disabled()
    dialog.get_by_label("Message").press_sequentially(f"{WORDS} one")
    expect(page.locator("#email-preview")).to_contain_text(f"{WORDS} one")
    expect(dialog.get_by_label("Message")).to_be_focused()
    dialog.get_by_label("@").first.uncheck()
    expect(page.locator("#email-preview")).to_contain_text("To: –")
    dialog.get_by_label("@").first.check()
    expect(page.locator("#email-preview")).to_contain_text("To: billing@")
    dialog.get_by_role("button", name="Send bill").click()
    expect(page.get_by_text("is being emailed to")).to_be_visible()
    (letter,) = wait_for(lambda: letters(product.var, f"{WORDS} one"), 1)
    assert letter.subject == "A bill from Harlow & Reyes"
    assert re.match(rf"{re.escape(product.base_url)}/bills/\S+\s", letter.text)
    (kept,) = of_test(product.var, f"{WORDS} one")
    message = message_from_bytes(kept.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert bytes(attached.get_content()).startswith(b"%PDF-")
    html = message.get_body(preferencelist=("html",))
    assert html is not None
    assert "Pay online now" in html.get_content()
    stranger = visit()
    stranger.goto(letter.text.split()[0])
    expect(stranger.get_by_text("Pay by Credit Card").first).to_be_visible()
    stranger.goto(kept_html(product.var, html.get_content()))
    stranger.set_viewport_size({"width": 320, "height": 640})
    assert stranger.evaluate("document.documentElement.scrollWidth") <= 320
    page.reload()
    expect(page.locator("#sendings")).to_contain_text("The mail server took it.")
    look_over(page)


def test_D3_a_form_that_is_refused_keeps_what_was_typed(staff: Visit) -> None:
    page = staff()
    dialog = open_send(page)
    dialog.get_by_label("Message").fill("Kept")
    dialog.get_by_label("Send via email").uncheck()
    dialog.get_by_role("button", name="Send bill").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.get_by_label("Message")).to_have_value("Kept")
    look_over(page)


def test_L8_the_link_to_pay_a_clients_balance_is_copied(staff: Visit) -> None:
    page = staff()
    page.goto(UNPAID)
    row = page.locator("#bills-table tbody tr").first
    row.locator("summary").click()
    row.get_by_role("link", name="Copy link to pay client balance").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Account that receives the money")
    look_over(page)
    dialog.get_by_role("button", name="Copy link to send").click()
    expect(page.locator("#client-link")).to_have_value(re.compile(r"/bills/[\w-]{32}$"))
    look_over(page)
    page.keyboard.press("Escape")
    page.goto(str(row.locator("a.menu-item").first.get_attribute("href")))  # a page of its own
    page.get_by_role("button", name="Copy link to send").click()
    expect(page.get_by_label("Link to send")).to_have_value(re.compile(r"/bills/[\w-]{32}$"))


def test_D8_a_reminder_is_sent_by_hand(staff: Visit, product: Product) -> None:
    page = staff()
    open_send(page).get_by_role("button", name="Send bill").click()
    expect(page.get_by_text("is being emailed to")).to_be_visible()
    page.goto(UNPAID)
    page.locator("#bills-table tbody tr").first.get_by_role("rowheader").get_by_role("link").click()
    page.locator("#bill-actions summary").click()
    page.get_by_role("link", name="Remind").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Message").fill(f"{WORDS} two")
    look_over(page)
    dialog.get_by_role("button", name="Send reminder").click()
    (letter,) = wait_for(lambda: letters(product.var, f"{WORDS} two"), 1)
    assert letter.subject == "A reminder from Harlow & Reyes"
