"""From a clean clone to a running product, and through its deaths."""

from playwright.sync_api import Page, expect

from tests.support.browser import Product


def test_the_product_greets_staff_in_a_browser(product: Product, page: Page) -> None:
    page.goto("/staff/sign-in")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
