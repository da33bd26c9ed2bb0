"""Make the README's screenshots in docs/img from a running demo.

    .venv/bin/python docs/screenshots.py http://localhost:8000

The demo must be fresh (an empty `var/`), so that the pictures show its story and nothing else.
The payment that is reviewed here is never submitted.
"""

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "img"
BYTES_MAX = 200_000
ADA = ("ada@demo.test", "retainer-demo-only")
NEW_CHARGE = "/staff/online-payments/new-charge"


def main() -> None:
    """Take every picture of the demo at the address that was given."""
    parser = argparse.ArgumentParser(description="Make the README's screenshots.")
    parser.add_argument("address", nargs="?", default="http://localhost:8000")
    address = parser.parse_args().address
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        office = _window(browser, address, 1280, 900)
        link = _sign_in(office)
        _take(office, "transactions")
        _print_sheet(office)
        payer = _window(browser, address, 1280, 900)
        _review(payer, link)
        phone = _window(browser, address, 320, 640, dark=True)
        phone.goto(link)
        phone.get_by_label("Card number").wait_for()
        _take(phone, "pay-phone-dark")
        browser.close()


def _window(browser: Browser, address: str, width: int, height: int, *, dark: bool = False) -> Page:
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
    )
    return context.new_page()


def _sign_in(page: Page) -> str:
    """Sign in as Ada and look at Transactions; answers the operating account's payment link."""
    page.goto(NEW_CHARGE)
    page.get_by_label("Email address").fill(ADA[0])
    page.get_by_label("Password").fill(ADA[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(NEW_CHARGE)
    link = page.get_by_label("Payment link").first.input_value()
    page.goto("/staff/online-payments/transactions")
    page.locator("#transactions-table").wait_for()
    return link


def _print_sheet(page: Page) -> None:
    page.goto(NEW_CHARGE)
    page.get_by_role("link", name="Generate QR Code").first.click()
    page.get_by_role("dialog").get_by_role("link", name="Print").click()
    page.locator(".print-sheet").wait_for()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 816, "height": 900})  # as wide as a Letter sheet
    _take(page, "qr-sheet")


def _review(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Card number").wait_for()
    _take(page, "pay")
    for label, words in {
        "Amount": "1,250.00",
        "Your name": "Cleo Marsh",
        "Email": "cleo@demo.test",
        "Who is this payment for?": "Marsh lease review",
        "Reference": "1042",
        "Card number": "4242 4242 4242 4242",
        "Expiry date": "12 / 34",
        "Security code": "123",
        "ZIP code": "95814",
    }.items():
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Review payment").click()
    page.get_by_role("heading", name="Review your payment").wait_for()
    _take(page, "review")


def _take(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    if path.stat().st_size > BYTES_MAX:
        raise SystemExit(f"{path} is larger than {BYTES_MAX} bytes.")


if __name__ == "__main__":
    main()
