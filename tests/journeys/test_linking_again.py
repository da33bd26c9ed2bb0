"""After a link: its credit is put on bills, it is moved, and whoever comes too late is told so."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.journeys import bookkeeping, office
from tests.journeys.bookkeeping import Standing, column
from tests.journeys.clients import (
    FIVE_BILLS,
    Client,
    Owed,
    client_with_bills,
    pay_by_cheque,
)
from tests.journeys.conftest import Visit
from tests.journeys.paying import Payer, PayPage
from tests.journeys.screens import DESK_DARK, PHONE_DARK
from tests.support.browser import Product

PayWindow = Callable[..., PayPage]


def _apply_all_credit(page: Page, client: Client) -> None:
    """**Create New → Record Payment**, choose the client, **Apply credit**."""
    page.locator("summary", has_text="Create New").click()
    page.get_by_role("link", name="Record Payment").first.click()
    bookkeeping.choose(page.get_by_role("main"), client.name)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("region", name="Credit that can be applied").get_by_role(
        "link", name="Apply credit"
    ).click()
    plan = page.locator("#plan-table")
    expect(column(plan, "This payment").first).to_have_text("$300.00")
    page.get_by_role("button", name="Apply credit").click()
    expect(page.get_by_text("$450.00 of credit paid bills.")).to_be_visible()


def test_S5_unticked_it_stays_as_credit_which_record_payment_applies(
    product: Product, operating_link: str, payer: Payer, pay_page: PayWindow, staff: Visit
) -> None:
    client = client_with_bills(product.var, FIVE_BILLS)
    reference = pay_page().pay_by_card(operating_link, payer, "450")
    page = staff()
    dialog = bookkeeping.open_link_dialog(page, reference)
    lease = client.matters[0]
    bookkeeping.choose(dialog, lease.label, typed=lease.label.split()[0])
    expect(dialog.locator("#preview-words")).to_have_text(
        "$450.00 pays bills. Nothing is left over."
    )
    dialog.get_by_label("Apply payment to invoices").uncheck()
    expect(dialog.locator("#preview-words")).to_contain_text("No bill is paid. $450.00 stays")
    bookkeeping.link(page, dialog)
    bookkeeping.expect_standing(
        page, "matters", lease.public_id, Standing(owed="$650.00", credit="$450.00")
    )
    label = f"{client.name}, {lease.label}"
    bookkeeping.expect_linked(page, reference, label, "$450.00 is left as credit of")
    bookkeeping.check_books(product)

    _apply_all_credit(page, client)
    after = ["$0.00", "$200.00", "$0.00", "$350.00", "$500.00"]
    balances = list(zip(client.bills, after, strict=True))
    own = [balances[0], balances[2], (client.bills[3], "$200.00")]
    other = [balances[1], (client.bills[3], "$150.00"), balances[4]]
    bookkeeping.expect_client(
        page,
        client,
        Standing(owed="$1,050.00", balances=balances),
        [Standing(owed="$200.00", balances=own), Standing(owed="$850.00", balances=other)],
    )
    bookkeeping.expect_linked(page, reference, label, "Nothing is left over.")
    bookkeeping.check_books(product)


def test_S8_change_link_moves_a_payment_to_its_true_client(
    product: Product, operating_link: str, payer: Payer, pay_page: PayWindow, staff: Visit
) -> None:
    wrong = client_with_bills(product.var, [Owed(+40, (12_000,))])
    right = client_with_bills(product.var, [Owed(+40, (15_000,))])
    reference = pay_page().pay_by_card(operating_link, payer, "150")
    page = staff(PHONE_DARK)
    dialog = bookkeeping.open_link_dialog(page, reference)
    bookkeeping.choose(dialog, wrong.name)
    bookkeeping.link(page, dialog)
    bookkeeping.expect_linked(page, reference, wrong.name, "$30.00 is left as credit of")

    page.get_by_role("link", name="Change link").click()
    dialog = page.get_by_role("dialog", name="Change link")
    expect(dialog).to_be_visible()
    bookkeeping.choose(dialog, right.name)
    expect(column(dialog.locator("#reversed-bills"), "Taken off")).to_have_text(["$120.00"])
    expect(column(dialog.locator("#preview-bills"), "New balance")).to_have_text(["$0.00"])
    dialog.get_by_label("Reason").fill("It was the sister's payment.")
    bookkeeping.link(page, dialog, "Change link")

    history = page.locator("#link-history")
    expect(column(history, "What")).to_have_text(
        [f"Linked to {wrong.name}", f"Link to {wrong.name} taken back", f"Linked to {right.name}"]
    )
    expect(history).to_contain_text("It was the sister's payment.")
    owed = Standing(owed="$120.00", balances=[(wrong.bills[0], "$120.00")])
    paid = Standing(balances=[(right.bills[0], "$0.00")])
    bookkeeping.expect_client(page, wrong, owed, [owed])
    bookkeeping.expect_client(page, right, paid, [paid])
    bookkeeping.expect_linked(page, reference, right.name, "Nothing is left over.")
    bookkeeping.check_books(product)


def _open_dialog_and_choose(page: Page, reference: str, client: Client) -> Locator:
    page.goto(f"{office.TRANSACTIONS}?payer={reference}")
    office.payment_row(page, reference).get_by_role("link", name=f"Link {reference}").click()
    dialog = page.get_by_role("dialog", name="Link payment")
    expect(dialog).to_be_visible()
    bookkeeping.choose(dialog, client.name)
    balances = column(dialog.locator("#preview-bills"), "New balance")
    expect(balances).to_have_text(["$0.00", "$80.00"])
    return dialog


def test_S3_whoever_links_too_late_is_shown_what_stands_now(
    product: Product, operating_link: str, payer: Payer, pay_page: PayWindow, staff: Visit
) -> None:
    """The bills changed since the preview, and then somebody else had linked the payment."""
    client = client_with_bills(product.var, [Owed(+40, (4_000,)), Owed(+50, (9_000,))])
    reference = pay_page().pay_by_card(operating_link, payer, "50")
    page, other = staff(DESK_DARK), staff(PHONE_DARK)
    bookkeeping.wait_until_completed(page, reference)
    dialog = _open_dialog_and_choose(page, reference, client)
    late = _open_dialog_and_choose(other, reference, client)

    pay_by_cheque(product.var, client, 4_000)
    dialog.get_by_role("button", name="Link payment").click()
    expect(dialog.locator("#link-problem")).to_contain_text("The bills have changed")
    expect(dialog.locator("#link-problem")).to_be_focused()
    balances = column(dialog.locator("#preview-bills"), "New balance")
    expect(balances).to_have_text(["$40.00"])
    bookkeeping.link(page, dialog)

    late.get_by_role("button", name="Link payment").click()
    expect(late).to_contain_text("This payment is linked already.")
    late.get_by_role("link", name="Change link").click()
    expect(other.get_by_role("dialog", name="Change link")).to_contain_text(
        f"Linked to {client.name}"
    )
    paid = [(client.bills[0], "$0.00"), (client.bills[1], "$40.00")]
    bookkeeping.expect_client(page, client, Standing(owed="$40.00", balances=paid), [])
    bookkeeping.check_books(product)
