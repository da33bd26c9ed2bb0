"""Two people side by side in one portal: Ada at her desk, and Nora with her phone."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.factories import clients
from tests.journeys.clients import database_of
from tests.journeys.sent_to_clients import Firm

PROMISED_BYTES = 104_857_600
INVITES = "invites you to its client portal"
NEWS = "News from"


@dataclass(frozen=True)
class Case:
    """A matter of a client whom no other test knows."""

    name: str
    email: str
    title: str
    matter: str


def new_case(firm: Firm) -> Case:
    """A client and a matter of hers, without a portal yet."""
    token = secrets.token_hex(4)
    name, email = f"Nora Q{token}", f"nora.{token}@demo.test"
    with database_of(firm.product.var):
        matter = clients.matter(clients.contact(name, email), f"Lease {token}")
    return Case(name, email, matter.name, f"/staff/matters/{matter.public_id}")


def file_of(folder: Path, name: str, size: int) -> Path:
    """A file of exactly so many bytes, which no compression makes small."""
    path, block = folder / name, secrets.token_bytes(1024 * 1024)
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(block[: size - file.tell()])
    return path


def go_to_portal(desk: Page, case: Case) -> None:
    """From the matter by its tab **Communications**."""
    desk.goto(case.matter)
    desk.get_by_role("link", name="Communications").click()
    desk.get_by_role("link", name="Go to client portal").click()
    expect(desk.get_by_label("Your message")).to_be_visible()


def write(page: Page, text: str) -> Locator:
    """Write and **Send**; answers the message as it stands in the feed."""
    page.get_by_label("Your message").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    sent = bubble(page, text)
    expect(sent).to_be_visible()
    return sent


def bubble(page: Page, text: str) -> Locator:
    """The message in the feed that says or carries this."""
    return page.get_by_role("log").get_by_role("article").filter(has_text=text)


def link_in(firm: Firm, case: Case, path: str) -> str:
    """The newest link to this path that the client was emailed."""
    found = re.findall(rf"https?://\S+{path}\S+", firm.letter(case.email, path).text)
    assert found, path
    return found[-1]


def invited(firm: Firm, case: Case) -> list[str]:
    """The links of all invitations that the client was emailed, the newest last."""
    letters = [one for one in firm.post.to(case.email) if INVITES in one.subject]
    return [re.findall(r"https?://\S+/invitations/\S+", one.text)[0] for one in letters]


def accept(phone: Page, link: str) -> None:
    """Open an invitation and **Accept invitation**; ends in the portal."""
    phone.goto(link)
    phone.get_by_role("button", name="Accept invitation").click()
    expect(phone).to_have_url(re.compile(r"/portal/"))


def attach(page: Page, path: Path) -> None:
    """**Attach a document** from the device, and wait until all of it has arrived."""
    page.get_by_role("button", name="Attach a document").click()
    page.get_by_role("dialog").get_by_label("From your device").set_input_files(path)
    expect(page.locator("#composer-attachment")).to_contain_text(path.name, timeout=120_000)


def put_into_matter(desk: Page, case: Case, path: Path, folder: str = "") -> None:
    """Upload a file under **Documents**, into a folder of this name or into none."""
    desk.goto(f"{case.matter}/documents")
    if folder:
        desk.get_by_role("link", name=folder, exact=True).click()
    desk.locator("[data-uploads] input[type=file]").set_input_files(path)
    row = desk.locator("#documents-table").get_by_role("link", name=path.name)
    expect(row).to_be_visible(timeout=60_000)


def choose(desk: Page, what: str, task: str) -> None:
    """By the arrow beside a document or folder."""
    desk.get_by_text(f"More for “{what}”").locator("..").click()
    desk.get_by_role("link", name=task, exact=True).click()


def share(desk: Page, case: Case, what: str) -> None:
    """**Share** under **Documents**, and say yes to who will see it."""
    desk.goto(f"{case.matter}/documents")
    choose(desk, what, "Share")
    desk.get_by_role("dialog").get_by_role("button", name="Share").click()
    expect(desk.get_by_role("dialog")).to_have_count(0)
