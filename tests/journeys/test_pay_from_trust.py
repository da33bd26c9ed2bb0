"""**Pay from trust**: money held for a client pays their bill; they are told, and it is undone."""

from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping, letters
from tests.journeys.bookkeeping import Standing, column
from tests.journeys.clients import Client, Owed, SeededBill, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import (
    DESK_DARK,
    PHONE_LIGHT,
    Screen,
    on_dark_desk_and_light_phone,
    walked_on,
)
from tests.support.browser import Product


def _hold_in_trust(page: Page, client: Client, amount: str) -> None:
    page.goto(f"/staff/receipts/new?client=contact:{client.public_id}")
    page.locator("#account").select_option(label="IOLTA Trust (trust)")
    page.get_by_label("Check number").fill("501")
    page.get_by_label("Amount").fill(amount)
    expect(page.get_by_text("Trust money pays no bill by itself.")).to_be_visible()
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text("Check 501 recorded")).to_be_visible()


def _pay(page: Page, amount: str, sentence: str) -> None:
    page.get_by_role("link", name="Pay from trust").click()
    expect(page.get_by_role("heading", name="Pay from trust", level=1)).to_be_visible()
    page.get_by_label("Amount").fill(amount)
    expect(page.locator(".preview-sum")).to_have_text(sentence)
    page.get_by_role("button", name="Pay from trust").click()
    expect(page.get_by_text(f"${amount} was paid from trust.")).to_be_visible()


@on_dark_desk_and_light_phone
def test_S9_the_page_teaches_offers_the_most_and_refuses_more(
    screen: Screen, product: Product, staff: Visit
) -> None:
    client = client_with_bills(product.var, [Owed(+20, (40_000,))])
    (bill,) = client.bills
    page = staff(screen)
    page.goto(f"/staff/bills/{bill.public_id}")
    page.get_by_role("link", name="Pay from trust").click()
    expect(page.get_by_text("No trust money for this bill")).to_be_visible()
    look_over(page)
    _hold_in_trust(page, client, "1,000")

    page.goto(f"/staff/bills/{bill.public_id}/pay-from-trust")
    expect(page.get_by_label("Amount")).to_have_value("400.00")
    expect(column(page.locator("#trust-plan"), "New balance")).to_have_text(["$0.00", "$600.00"])
    look_over(page)
    page.get_by_label("Amount").fill("400.01")
    refusal = "Only $400.00 of this bill can be paid from it."
    expect(page.locator(".preview-sum")).to_have_text(refusal)
    page.get_by_role("button", name="Pay from trust").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look_over(page)


@walked_on(PHONE_LIGHT, DESK_DARK)
def test_S9_trust_money_pays_a_bill_in_two_parts_and_is_put_back(
    screen: Screen, product: Product, staff: Visit
) -> None:
    client = client_with_bills(product.var, [Owed(+20, (40_000,))])
    (bill,) = client.bills
    page = staff(screen)
    _hold_in_trust(page, client, "1,000")
    page.goto(f"/staff/bills/{bill.public_id}")
    part = f"$150.00 pays part of bill {bill.number}."
    _pay(page, "150.00", f"{part} $250.00 stays owed, and $850.00 stays in trust.")
    _pay(page, "250.00", f"$250.00 pays bill {bill.number} in full. $600.00 stays in trust.")
    paid = Standing(held="$600.00", balances=[(bill, "$0.00")])
    bookkeeping.expect_client(page, client, paid, [])
    bookkeeping.check_books(product)
    told = letters.wait_for(lambda: letters.about(product.var, f"bill {bill.number} "), 2)
    assert {letter.to for letter in told} == {client.email}
    assert "Held for you in trust after this: $600.00" in told[-1].text

    _reverse_newest(page, bill)
    back = Standing(owed="$250.00", held="$850.00", balances=[(bill, "$250.00")])
    bookkeeping.expect_client(page, client, back, [])
    bookkeeping.check_books(product)


def _reverse_newest(page: Page, bill: SeededBill) -> None:
    page.goto(f"/staff/bills/{bill.public_id}")
    page.locator("#bill-payments").get_by_role("link", name="Payment from trust").first.click()
    expect(page.locator("#transfer-facts")).to_contain_text("IOLTA Trust")
    look_over(page)
    page.get_by_role("link", name="Reverse").click()
    look_over(page)
    page.get_by_label("Reason").fill("The client asked us to wait.")
    page.get_by_role("button", name="Reverse").click()
    expect(page.get_by_text(f"was taken off bill {bill.number}.")).to_be_visible()
