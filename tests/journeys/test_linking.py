"""Payments made through the printed link become a client's: linked to bills, a matter, or trust."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping, letters, office
from tests.journeys.bookkeeping import Standing, column
from tests.journeys.clients import FIVE_BILLS, Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.paying import Payer, PayPage
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK, Screen, walked_on
from tests.support.browser import Product

PayWindow = Callable[..., PayPage]


def _address_in_the_second_email(product: Product, reference: str) -> str:
    """Where **Link to a client or matter** leads, out of the firm's second email."""
    told = letters.wait_for(lambda: letters.about(product.var, reference), 4)
    (ready,) = (one for one in told if one.to == office.ADA and "/link" in one.text)
    found = re.search(r"\S+/link\b", ready.text)
    assert found is not None, ready.text
    return found.group()


def _sign_in_here(page: Page) -> None:
    page.get_by_label("Email address").fill(office.ADA)
    page.get_by_label("Password").fill(office.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _link_as_suggested(page: Page, client: Client, new_balances: list[str]) -> None:
    """Take the suggestion that names the payer's email, look at the preview, **Link payment**."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Link payment")
    suggested = page.get_by_role("radio", name=client.name)
    reason = re.compile(f"Same email as {re.escape(client.name)}")
    expect(suggested).to_have_accessible_description(reason)
    suggested.check()
    expect(page.get_by_label("Apply payment to invoices")).to_be_checked()
    preview = page.locator("#preview-bills")
    expect(column(preview, "Bill")).to_have_text([bill.number for bill in client.bills])
    expect(column(preview, "New balance")).to_have_text(new_balances)
    applied = ["$300.00", "$200.00", "$100.00", "$200.00", "–"]
    expect(column(preview, "Applied")).to_have_text(applied)
    page.get_by_role("button", name="Link payment").click()


@walked_on(DESK_LIGHT, PHONE_DARK)
def test_L11_S3_linked_from_the_email_to_a_client_three_bills_paid_and_one_in_part(
    screen: Screen,
    product: Product,
    operating_link: str,
    pay_page: PayWindow,
    staff: Visit,
    visit: Visit,
) -> None:
    client = client_with_bills(product.var, FIVE_BILLS)
    payer = Payer(name=client.name, email=client.email)
    reference = pay_page(screen).pay_by_card(operating_link, payer, "800")
    bookkeeping.wait_until_completed(staff(screen), reference)

    page = visit(screen)
    page.goto(_address_in_the_second_email(product, reference))
    _sign_in_here(page)
    after = ["$0.00", "$0.00", "$0.00", "$200.00", "$500.00"]
    _link_as_suggested(page, client, after)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Payment {reference}")
    expect(page.locator("#linked-to")).to_have_text(client.name)
    paid = column(page.locator("#paid-bills"), "Paid by this payment")
    expect(paid).to_have_text(["$300.00", "$200.00", "$100.00", "$200.00"])

    balances = list(zip(client.bills, after, strict=True))
    first = [*zip(client.bills[:1], after, strict=False), (client.bills[3], "$50.00")]
    second = [(client.bills[3], "$150.00"), (client.bills[4], "$500.00")]
    bookkeeping.expect_client(
        page,
        client,
        Standing(owed="$700.00", balances=balances),
        [Standing(owed="$50.00", balances=first), Standing(owed="$650.00", balances=second)],
    )
    bookkeeping.expect_linked(page, reference, client.name, "Nothing is left over.")
    bookkeeping.check_books(product)


def test_S3_linked_to_a_matter_pays_only_that_matters_share(
    product: Product, operating_link: str, payer: Payer, pay_page: PayWindow, staff: Visit
) -> None:
    client = client_with_bills(product.var, FIVE_BILLS)
    reference = pay_page().pay_by_card(operating_link, payer, "700")
    page = staff(DESK_LIGHT)
    dialog = bookkeeping.open_link_dialog(page, reference)
    patent = client.matters[1]
    bookkeeping.choose(dialog, patent.label, typed=patent.label.split()[0])
    preview = dialog.locator("#preview-bills")
    expect(column(preview, "Bill")).to_have_text(
        [client.bills[place].number for place in (1, 3, 4)]
    )
    expect(column(preview, "Balance now")).to_have_text(["$200.00", "$150.00", "$500.00"])
    expect(column(preview, "New balance")).to_have_text(["$0.00", "$0.00", "$150.00"])
    bookkeeping.link(page, dialog)

    after = ["$300.00", "$0.00", "$100.00", "$250.00", "$150.00"]
    balances = list(zip(client.bills, after, strict=True))
    bookkeeping.expect_client(
        page,
        client,
        Standing(owed="$800.00", balances=balances),
        [
            Standing(owed="$650.00", balances=[balances[0], balances[2], balances[3]]),
            Standing(owed="$150.00", balances=[(client.bills[3], "$0.00"), balances[4]]),
        ],
    )
    label = f"{client.name}, {patent.label}"
    bookkeeping.expect_linked(page, reference, label, "Nothing is left over.")
    bookkeeping.check_books(product)


@walked_on(PHONE_DARK, DESK_LIGHT)
def test_S6_over_paid_the_rest_stays_as_the_clients_credit(
    screen: Screen,
    product: Product,
    operating_link: str,
    payer: Payer,
    pay_page: PayWindow,
    staff: Visit,
) -> None:
    client = client_with_bills(product.var, [Owed(+40, (12_000,))])
    reference = pay_page(screen).pay_by_card(operating_link, payer, "200")
    page = staff(screen)
    dialog = bookkeeping.open_link_dialog(page, reference)
    bookkeeping.choose(dialog, client.name)
    expect(dialog.locator("#preview-words")).to_have_text(
        f"$120.00 pays bills. $80.00 is left over and stays as credit of {client.name} in "
        "Harlow & Reyes Operating."
    )
    bookkeeping.link(page, dialog)

    balances = [(client.bills[0], "$0.00")]
    bookkeeping.expect_client(
        page,
        client,
        Standing(credit="$80.00", balances=balances),
        [Standing(balances=balances)],
    )
    bookkeeping.expect_linked(page, reference, client.name, "$80.00 is left as credit of")
    bookkeeping.check_books(product)


def test_S7_into_trust_no_box_is_offered_and_no_bill_is_paid(
    product: Product, trust_link: str, payer: Payer, pay_page: PayWindow, staff: Visit
) -> None:
    client = client_with_bills(product.var, [Owed(+40, (12_000,))])
    reference = pay_page().pay_by_card(trust_link, payer, "2,000")
    page = staff(PHONE_DARK)
    dialog = bookkeeping.open_link_dialog(page, reference)
    lease = client.matters[0]
    expect(dialog.get_by_role("checkbox")).to_have_count(0)
    bookkeeping.choose(dialog, lease.label, typed=lease.label.split()[0])
    expect(dialog.locator("#preview-words")).to_have_text(
        f"$2,000.00 is held in trust for {lease.label}, matter of {client.name}. "
        "It pays no bill by itself."
    )
    expect(dialog.get_by_role("checkbox")).to_have_count(0)
    bookkeeping.link(page, dialog)

    standing = Standing("$120.00", held="$2,000.00", balances=[(client.bills[0], "$120.00")])
    bookkeeping.expect_client(page, client, standing, [standing])
    label = f"{client.name}, {lease.label}"
    bookkeeping.expect_linked(page, reference, label, "$2,000.00 went to the trust ledger of")
    bookkeeping.check_books(product)
