"""A matter restricted to a group in a browser: Ben finds nothing of it until he is a member."""

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import office
from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.support.browser import Product

BEN = "ben@demo.test"
GROUPS = "/staff/settings/groups"


@pytest.fixture
def client(product: Product) -> Client:
    """A client with two matters, and a bill on each."""
    return client_with_bills(product.var, [Owed(30, (12_345,)), Owed(30, (0, 20_000))])


def found(page: Page, client: Client) -> dict[str, bool]:
    """Where Ben finds the first matter or its bill."""
    matter, bill = client.matters[0], client.bills[0]
    number = matter.label.split()[0]
    told = {}
    page.goto(f"/staff/matters?q={number}")
    told["matters"] = page.get_by_role("link", name=matter.label.split(" ", 1)[1]).count() > 0
    page.goto(f"/staff/contacts/{client.public_id}")
    told["contact"] = number in page.locator("main").inner_text()
    page.goto(f"/staff/bills?q={bill.number}")
    told["bills"] = page.locator(f"a[href$='{bill.public_id}']").count() > 0
    page.goto("/staff/bills/new")
    page.locator("#client").press_sequentially(number)
    expect(page.locator("#client-list")).to_be_visible()
    told["search"] = page.get_by_role("option").filter(has_text=number).count() > 0
    answer = page.goto(f"/staff/matters/{matter.public_id}")
    told["address"] = answer is not None and answer.status == 200
    return told


def test_N8_ben_finds_a_restricted_matter_only_once_he_is_in_its_group(
    staff: Visit, visit: Callable[..., Page], client: Client
) -> None:
    ada, ben, group = staff(), visit(), f"Deal team {secrets.token_hex(3)}"
    sign_in(ben)
    assert set(found(ben, client).values()) == {True}

    ada.goto(f"{GROUPS}/new")
    ada.get_by_label("Name", exact=True).fill(group)
    ada.get_by_role("button", name="Save group").click()
    expect(ada.get_by_role("link", name=group)).to_be_visible()
    ada.goto(f"/staff/matters/{client.matters[0].public_id}/edit")
    ada.get_by_label("Only these groups").check()
    ada.get_by_label(group).check()
    look_over(ada)
    ada.get_by_role("button", name="Save matter").click()
    expect(ada.get_by_text("Restricted", exact=True)).to_be_visible()
    look_over(ada)

    assert set(found(ben, client).values()) == {False}
    ben.goto(f"/staff/contacts/{client.public_id}/ledger")
    expect(ben.get_by_text("Some entries are not shown to you")).to_be_visible()
    look_over(ben)

    ada.goto(GROUPS)
    ada.get_by_role("link", name=group).click()
    ada.locator("#person").fill("ben")
    ada.get_by_role("button", name="Search").click()
    ada.get_by_role("button", name="Add Ben Okafor").click()
    expect(ada.get_by_role("button", name="Remove Ben Okafor")).to_be_visible()
    ada.get_by_role("button", name="Save group").click()
    expect(ada.get_by_text("The group was saved.")).to_be_visible()
    assert set(found(ben, client).values()) == {True}


def test_N8_billing_rates_are_set_and_offered_where_a_bill_is_drafted(
    staff: Visit, client: Client
) -> None:
    page = staff()
    page.goto(f"/staff/contacts/{client.public_id}/billing-rates")
    look_over(page)
    page.locator("#payee").select_option(label="Ben Okafor")
    page.locator("#hour").fill("275")
    page.get_by_role("button", name="Save rate").click()
    expect(page.locator("#own-rates")).to_contain_text("$275.00")
    look_over(page)
    page.goto(f"/staff/matters/{client.matters[0].public_id}/billing-rates")
    expect(page.locator("#client-rates")).to_contain_text("Ben Okafor")
    look_over(page)
    page.goto(f"/staff/bills/new?client=contact:{client.public_id}")
    page.get_by_text("Custom billing rates of this client").click()
    expect(page.locator(".bill-rates")).to_contain_text("Ben Okafor: $275.00 an hour")
    look_over(page)


def sign_in(page: Page) -> None:
    """Ben, of the demo firm's billing."""
    page.goto("/staff/")
    page.get_by_label("Email address").fill(BEN)
    page.get_by_label("Password").fill(office.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
