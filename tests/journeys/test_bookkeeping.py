"""Money that came by hand: a cheque is recorded, pays a bill, and is taken back."""

from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping
from tests.journeys.bookkeeping import Standing, column
from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.figures import drawn
from tests.journeys.screens import Screen, on_dark_desk_and_light_phone
from tests.support.browser import Product


def _record_cheque(page: Page, client: Client, number: str, amount: str) -> None:
    page.goto(f"/staff/contacts/{client.public_id}/ledger")
    page.get_by_role("link", name="Record Payment").last.click()
    page.get_by_label("Check number").fill(number)
    page.get_by_label("Amount").fill(amount)
    plan = page.locator("#plan-table")
    expect(column(plan, "New balance")).to_have_text(["$0.00", "$30.00"])
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text(f"Check {number} recorded: $250.00.")).to_be_visible()


@on_dark_desk_and_light_phone
def test_M2_a_cheque_recorded_by_hand_pays_bills_and_is_reversed(
    screen: Screen, product: Product, staff: Visit
) -> None:
    client = client_with_bills(product.var, [Owed(-10, (20_000,)), Owed(+40, (0, 8_000))])
    page = staff(screen)
    number = client.bills[0].number
    _record_cheque(page, client, number, "250")
    first, second = client.bills
    bookkeeping.expect_client(
        page,
        client,
        Standing(owed="$30.00", balances=[(first, "$0.00"), (second, "$30.00")]),
        [
            Standing(balances=[(first, "$0.00")]),
            Standing(owed="$30.00", balances=[(second, "$30.00")]),
        ],
        drawn,
    )
    expect(page.locator("#bill-payments")).to_contain_text(f"Check {number}")
    bookkeeping.check_books(product)

    page.goto(f"/staff/contacts/{client.public_id}/ledger")
    page.get_by_role("link", name=f"Reverse Check {number} received").click()
    expect(page.get_by_role("main")).to_contain_text(f"Bill {first.number}: $200.00")
    page.get_by_label("Reason").fill("The bank did not honor it.")
    page.get_by_role("button", name="Reverse").click()
    expect(page.get_by_text(f"Check {number} was reversed.")).to_be_visible()
    expect(page.locator("#ledger-bills-table")).to_contain_text("The bank did not honor it.")
    bookkeeping.expect_client(
        page,
        client,
        Standing(owed="$280.00", balances=[(first, "$200.00"), (second, "$80.00")]),
        [
            Standing(owed="$200.00", balances=[(first, "$200.00")]),
            Standing(owed="$80.00", balances=[(second, "$80.00")]),
        ],
    )
    bookkeeping.run_check_books(product)
