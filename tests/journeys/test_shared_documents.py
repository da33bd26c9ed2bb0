"""Documents in a browser: several uploads at once, a line that drops, sharing, stopping, and all of
it without script and by keyboard (FEATURES C3, C12, C17)."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from portal.clients.models import Contact, Matter
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.journeys.clients import database_of
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import PHONE_LIGHT, Screen
from tests.support.browser import Product

PART_BYTES = 8 * 1024 * 1024
ADA = "ada@demo.test"
ON_TOP = """button => {
  const { x, y, width, height } = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@dataclass(frozen=True)
class Case:
    """A matter with a portal, its client who has joined, and where each side finds documents."""

    contact: Contact
    matter: Matter
    staff: str
    client: str


@pytest.fixture
def case(product: Product) -> Case:
    token = secrets.token_hex(4)
    with database_of(product.var):
        contact = clients.contact(f"Nora Q{token}", f"nora.{token}@demo.test")
        matter = clients.matter(contact, f"Lease {token}")
        portals.opened(matter, portals.firm_person(ADA))
        portals.joined(contact)
    name = matter.public_id
    return Case(
        contact, matter, f"/staff/matters/{name}/documents", f"/portal/matters/{name}/documents"
    )


Phone = Callable[..., Page]


@pytest.fixture
def phone(visit: Visit, product: Product, case: Case) -> Phone:
    """A window in which the client of the case is signed in."""

    def opened(screen: Screen = PHONE_LIGHT, **options: object) -> Page:
        page = visit(screen, **options)
        with database_of(product.var):
            token = portals.signed_in(case.contact)
        page.context.add_cookies(
            [{"name": COOKIE, "value": token, "domain": "localhost", "path": "/", "secure": True}]
        )
        return page

    return opened


def file(name: str, size: int = 2_000) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": secrets.token_bytes(size)}


def choose(page: Page, *files: FilePayload) -> None:
    """Press **Upload** and choose these."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload", exact=True).click()
    chooser.value.set_files(list(files))


def test_C3_several_go_at_once_and_what_cannot_go_says_why(staff: Visit, case: Case) -> None:
    page = staff()
    page.goto(case.staff)
    choose(page, *(file(f"paper {number}.txt") for number in range(4)), file("empty.txt", 0))
    rows = page.locator(".upload-row")
    expect(rows.filter(has_text="Uploaded")).to_have_count(4)
    expect(rows.filter(has_text="empty.txt")).to_contain_text("This file is empty.")
    expect(page.locator("#documents").get_by_role("link", name="paper 3.txt")).to_be_visible()
    look_over(page)
    rows.filter(has_text="empty.txt").get_by_role("button", name="Cancel").click()
    expect(rows).to_have_count(4)
    made = "() => { const d = new DataTransfer(); d.items.add(new File(['a'], 'a.txt')); return d }"
    page.dispatch_event("[data-uploads]", "drop", {"dataTransfer": page.evaluate_handle(made)})
    expect(page.locator("#documents").get_by_role("link", name="a.txt")).to_be_visible()


def test_C3_a_dropped_connection_costs_one_part(staff: Visit, case: Case) -> None:
    page = staff()
    sent: list[str] = []
    cuts = 2

    def sometimes(route: Route) -> None:
        nonlocal cuts
        number = route.request.url.rpartition("=")[2]
        sent.append(number)
        if number == "2" and cuts:
            cuts -= 1
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(re.compile(r"/staff/uploads/\w+\?part="), sometimes)
    page.goto(case.staff)
    big = file("large.bin", 2 * PART_BYTES + 12_345)
    choose(page, big)
    expect(page.locator("#documents").get_by_role("link", name="large.bin")).to_be_visible()
    assert sent == ["1", "2", "2", "2", "3"]
    page.get_by_role("link", name="large.bin").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download", exact=True).first.click()
    assert coming.value.path().read_bytes() == big["buffer"]


def test_C3_a_failed_upload_is_retried_and_a_stuck_one_canceled(staff: Visit, case: Case) -> None:
    page = staff()
    page.goto(case.staff)
    refused = re.compile(r"/staff/uploads/\w+/finish$")
    page.route(refused, lambda route: route.fulfill(status=422, json={"error": "Not this time."}))
    choose(page, file("again.txt"))
    row = page.locator(".upload-row")
    expect(row).to_contain_text("Not this time.")
    page.unroute(refused)
    row.get_by_role("button", name="Retry").click()
    expect(page.locator("#documents").get_by_role("link", name="again.txt")).to_be_visible()
    page.route(re.compile(r"\?part="), lambda _route: None)  # it never ends
    choose(page, file("stuck.txt"))
    stuck = page.locator(".upload-row").filter(has_text="stuck.txt")
    with page.expect_request(lambda request: request.method == "DELETE"):
        stuck.get_by_role("button", name="Cancel").click()
    expect(stuck).to_have_count(0)
    page.reload()
    expect(page.get_by_role("link", name="stuck.txt")).to_have_count(0)


def test_C3_what_is_canceled_before_the_server_answers_leaves_nothing_there(
    staff: Visit, case: Case
) -> None:
    page = staff()
    page.goto(case.staff)
    held: list[Route] = []
    page.route(re.compile(r"/uploads$"), lambda route: held.append(route))
    with page.expect_request(re.compile(r"/uploads$")):
        choose(page, file("too soon.txt"))
    page.get_by_role("button", name="Cancel too soon.txt").click()
    expect(page.locator(".upload-row")).to_have_count(0)
    with page.expect_request(lambda request: request.method == "DELETE") as dropped:
        held[0].continue_()
    answer = dropped.value.response()
    assert answer is not None
    assert answer.ok


def test_C17_a_client_sends_from_a_phone(phone: Phone, case: Case) -> None:
    hand = phone()
    hand.goto(case.client)
    expect(hand.get_by_text("Nothing is shared with you here yet.")).to_be_visible()
    look_over(hand)
    choose(hand, file("receipt 1.txt"), file("receipt 2.txt"))
    expect(hand.locator(".upload-row").filter(has_text="Uploaded")).to_have_count(2)
    hand.locator("#documents").get_by_role("link", name="From client").first.click()
    expect(hand.locator("bdi").filter(has_text="receipt 2.txt")).to_be_visible()
    look_over(hand)


def test_C4_C12_a_folder_is_shared_opened_and_taken_back(
    staff: Visit, phone: Phone, case: Case
) -> None:
    desk, hand = staff(), phone()
    desk.goto(case.staff)
    desk.get_by_role("link", name="New folder").click()
    desk.get_by_label("Name of the folder").fill("For Nora")
    desk.get_by_role("button", name="Make folder").click()
    expect(desk.get_by_text("The folder “For Nora” was made.")).to_be_visible()
    expect(desk.locator("#folder-name")).to_be_focused()
    assert desk.get_by_role("button", name="Upload", exact=True).evaluate(ON_TOP), "no toast on it"
    choose(desk, file("lease.txt"))
    expect(desk.locator("#documents").get_by_role("link", name="lease.txt")).to_be_visible()
    desk.locator(".document-head summary").click()
    desk.get_by_role("link", name="Share", exact=True).click()
    expect(desk.get_by_role("dialog")).to_contain_text("what is added to it later is shared too")
    look_over(desk)
    desk.get_by_role("button", name="Share").click()
    expect(desk.get_by_text("Clients see all that lies in this folder")).to_be_visible()

    hand.goto(case.client)
    expect(hand.locator(".paper").filter(has_text="For Nora")).to_contain_text("New")
    with hand.expect_response(re.compile(r"/opened$")):
        hand.get_by_role("link", name="For Nora").first.click()
    expect(hand.locator("bdi").filter(has_text="lease.txt")).to_be_visible()

    desk.goto(case.staff.replace("documents", "portal/shared-resources"))
    row = desk.locator("#shared-table tbody tr").filter(has_text="For Nora")
    expect(row).to_contain_text(f"{case.contact.name} opened it")
    look_over(desk)
    row.locator("summary").click()
    row.get_by_role("link", name="Stop sharing").click()
    desk.get_by_role("dialog").get_by_role("button", name="Stop sharing").click()
    expect(desk.get_by_text("“For Nora” is no longer shared.")).to_be_visible()
    expect(desk.locator("#shared-none")).to_be_focused()
    gone = hand.reload()
    assert gone is not None
    assert gone.status == 404
    expect(hand.get_by_text("This is no longer shared with you")).to_be_visible()
    look_over(hand)


def test_a_dialog_gives_the_focus_back_to_what_opened_it(staff: Visit, case: Case) -> None:
    page = staff()
    page.goto(case.staff)
    choose(page, file("lease.txt"))
    expect(page.locator("#documents").get_by_role("link", name="lease.txt")).to_be_visible()
    page.locator("#documents summary").focus()
    page.keyboard.press("Enter")
    rename = page.get_by_role("link", name="Rename")
    rename.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#documents summary")).to_be_focused()


def test_X1_without_script_all_of_it_works(staff: Visit, phone: Phone, case: Case) -> None:
    page = staff(java_script_enabled=False)
    page.goto(case.staff)
    page.get_by_label("Upload documents").set_input_files(file("lease.txt"))
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("link", name="lease.txt").click()
    page.get_by_role("link", name="Share", exact=True).last.click()
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("“lease.txt” is shared with the client.")).to_be_visible()
    hand = phone(java_script_enabled=False)
    hand.goto(case.client)
    hand.get_by_label("Send documents to").set_input_files(file("scan.txt"))
    hand.get_by_role("button", name="Upload", exact=True).click()
    hand.get_by_role("link", name="From client").first.click()
    expect(hand.locator("bdi").filter(has_text="scan.txt")).to_be_visible()
