"""From the emailed bill to a stored card, and from the email about it to its deletion (P5, P8)."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.letters import Letter, read, wait_for
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_WORKS, PayPage
from tests.support.browser import Product

BOX = "Store it for next time"


def letters_to(product: Product, client: Client, subject: str) -> list[Letter]:
    """What the client got under this subject, oldest first."""
    kept = [read(path.read_bytes()) for path in sorted((product.var / "mail").glob("*.eml"))]
    return [one for one in kept if one.to == client.email and one.subject.startswith(subject)]


def send_bill(page: Page, client: Client, product: Product) -> str:
    """**Send** the client's bill; answers the address in the email as it arrived."""
    page.goto(f"/staff/bills/{client.bills[0].public_id}")
    page.get_by_role("link", name=re.compile("^Send")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send bill").click()
    expect(page.get_by_text("is being emailed to")).to_be_visible()
    (letter,) = wait_for(lambda: letters_to(product, client, "A bill"), 1)
    return letter.text.split()[0]


def test_P5_P8_a_card_is_stored_with_a_bill_and_deleted_from_the_email(
    staff: Visit, visit: Visit, pay_page: Callable[[], PayPage], product: Product
) -> None:
    client = client_with_bills(product.var, [Owed(10, (12_000,))])
    office = staff()
    methods = f"/staff/contacts/{client.public_id}/payment-methods"
    office.goto(methods)
    expect(office.get_by_role("heading", name="No payment methods stored")).to_be_visible()
    look_over(office)

    paying = pay_page()
    paying.open(send_bill(office, client, product))
    paying.type_card(CARD_WORKS)
    review = paying.review()
    expect(review.get_by_label(BOX)).not_to_be_checked()
    expect(review).to_contain_text("future bills, trust requests and payment plans")
    review.get_by_label(BOX).check()
    look_over(paying.page)
    paying.submit()

    subject = "Your payment method is stored"
    (letter,) = wait_for(lambda: letters_to(product, client, subject), 1)
    page = visit()
    page.goto(letter.text.split()[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Your stored payment method")
    look_over(page)
    office.goto(methods)
    expect(office.get_by_role("rowheader")).to_have_text(re.compile("Visa ••••.4242"))
    look_over(office)

    page.get_by_role("button", name="Delete this payment method").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This payment method was deleted")
    look_over(page)
    wait_for(lambda: letters_to(product, client, "Your payment method with"), 1)
    office.reload()
    expect(office.get_by_role("row").last.get_by_role("cell").last).not_to_have_text("–")
