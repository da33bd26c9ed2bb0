"""A file of contacts on its way in, watched by whoever brought it."""

from playwright.sync_api import Page, expect

from tests.journeys.looking import look_over

ROWS = "".join(f"J-{n},Imported {n},imported{n}@example.com\n" for n in range(60))
FILE = f"Contact ID,Full name,E-mail\n{ROWS}J-X,Wrong,wrong@\n"


def test_X7_a_file_is_matched_checked_and_imported_while_the_page_stands(desk: Page) -> None:
    desk.goto("/staff/settings/imports")
    look_over(desk)
    desk.get_by_label("File", exact=True).set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    desk.get_by_role("button", name="Upload and go on").click()
    expect(desk.get_by_label("Emails")).to_have_value("2")
    look_over(desk)
    desk.get_by_role("button", name="Check", exact=True).click()
    expect(desk.get_by_role("button", name="Import 60 contacts")).to_be_visible(timeout=60_000)
    expect(desk.locator("#problems tbody tr")).to_have_count(1)
    desk.reload()
    look_over(desk)
    desk.get_by_role("button", name="Import 60 contacts").click()
    expect(desk.get_by_text("60 contacts added, and some refused")).to_be_visible(timeout=60_000)
    look_over(desk)
    desk.get_by_role("link", name="Show contacts").click()
    expect(desk.get_by_role("heading", name="Contacts", level=1)).to_be_visible()
