"""Bills, trust requests and statements on paper, in a real browser: read, printed and saved."""

import io
import re
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import PHONE_LIGHT
from tests.support.pdfs import codes_on

UNPAID = "/staff/bills?status=awaiting_payment"
PAPERS = ("Letter", "A4")


def printed(page: Page, paper: str) -> PdfReader:
    """What the browser's own printing makes of a page."""
    return PdfReader(io.BytesIO(page.pdf(format=paper, print_background=False)))


def open_bill(page: Page) -> None:
    """An unpaid bill of the demo, on paper."""
    page.goto(UNPAID)
    page.locator("#bills-table tbody th a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Bill \d+"))
    page.goto(f"{page.url}/print")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Bill \d+"))


def test_X5_a_bill_prints_without_navigation_with_its_address_and_number(staff: Visit) -> None:
    page = staff()
    open_bill(page)
    look_over(page)
    address = page.locator(".paper-url a").get_attribute("href") or ""
    assert re.search(r"/bills/[\w-]{32}$", address)
    for paper in PAPERS:
        sheets = printed(page, paper).pages
        text = re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in sheets))
        assert len(sheets) == 1
        assert address in text
        assert "Amountdue" in text
        assert "SaveasPDF" not in text
        assert "Back" not in text


def test_P1_who_scans_the_code_reads_the_same_bill_and_keeps_it(staff: Visit, visit: Visit) -> None:
    office = staff()
    open_bill(office)
    address = office.locator(".paper-url a").get_attribute("href") or ""
    payer = visit(PHONE_LIGHT)
    payer.goto(f"{address}/document")
    expect(payer.get_by_role("heading", level=1)).to_have_text(re.compile(r"Bill \d+"))
    look_over(payer)
    with payer.expect_download() as saved:
        payer.locator("#save-pdf").click()
    assert codes_on(Path(saved.value.path()).read_bytes()) == [address]
    payer.get_by_role("link", name="Back to the payment page").click()
    expect(payer).to_have_url(re.compile(re.escape(address)))


def test_D7_a_bill_is_saved_as_pdf_in_the_language_that_is_chosen(staff: Visit) -> None:
    page = staff()
    open_bill(page)
    page.get_by_role("link", name="Français").click()
    expect(page.locator("article")).to_have_attribute("lang", "fr-CA")
    look_over(page)
    with page.expect_download() as saved:
        page.locator("#save-pdf").click()
    assert re.fullmatch(r"Bill-\d+\.pdf", saved.value.suggested_filename)
    reader = PdfReader(saved.value.path())
    assert reader.trailer["/Root"]["/Lang"] == "fr-CA"  # pyright: ignore[reportIndexIssue]


def test_M10_a_statement_is_read_for_the_days_that_are_chosen(staff: Visit) -> None:
    page = staff()
    page.goto("/staff/contacts?q=Park")
    page.get_by_role("link", name="Park & Sons Roofing").click()
    page.get_by_role("link", name="Bills", exact=True).last.click()
    page.locator("#statement").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Statement")
    look_over(page)
    page.locator("#from").fill("2026-02-01")
    page.locator("#to").fill("2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("The first day must not be after the last.")).to_be_visible()
    look_over(page)
    page.locator("#to").fill("2100-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Opening balance").first).to_be_visible()
