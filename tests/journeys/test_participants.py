"""Who takes part in a portal, with two people side by side: the firm and a client at her phone."""

import re
import secrets
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from portal.clients.details import RelatedDetails
from tests.factories import clients
from tests.journeys import letters
from tests.journeys.clients import database_of
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over
from tests.journeys.screens import PHONE_LIGHT
from tests.support.browser import Product


@dataclass(frozen=True)
class Family:
    """Nora, whose matter it is, and Sam, her spouse in it."""

    nora: str
    nora_email: str
    sam: str
    matter: str
    public_id: str


@pytest.fixture
def family(product: Product) -> Family:
    token = secrets.token_hex(4)
    nora, email = f"Nora Q{token}", f"nora.{token}@demo.test"
    with database_of(product.var):
        client = clients.contact(nora, email)
        sam = clients.contact(f"Sam Q{token}", f"sam.{token}@demo.test")
        matter = clients.matter(
            client, f"Divorce {token}", related=[RelatedDetails(sam.id, "Spouse")]
        )
    return Family(nora, email, sam.name, matter.name, matter.public_id)


def write_first_message(page: Page, family: Family) -> None:
    """From the matter's tab **Communications** to the portal, and the message that opens it."""
    page.goto(f"/staff/matters/{family.public_id}")
    page.get_by_role("link", name="Communications").click()
    expect(page.get_by_text("This matter has no client portal yet")).to_be_visible()
    look_over(page)
    page.get_by_role("link", name="Go to client portal").click()
    page.get_by_label("Your message").fill("Welcome to your portal.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("log").get_by_text("Welcome to your portal.")).to_be_visible()


def accept_invitation(page: Page, product: Product, family: Family) -> None:
    """From the email; ends in the portal."""
    (letter,) = letters.wait_for(lambda: letters.about(product.var, family.nora_email), 1)
    link = re.search(r"https?://\S+/invitations/\S+", letter.text)
    assert link is not None, letter.text
    page.goto(link.group(0))
    page.get_by_role("button", name="Accept invitation").click()
    expect(page).to_have_url(re.compile("/portal/"))


def test_C14_C15_a_client_joins_another_is_added_and_the_first_is_removed_while_signed_in(
    product: Product, staff: Visit, visit: Visit, family: Family
) -> None:
    ada, nora = staff(), visit(PHONE_LIGHT)
    write_first_message(ada, family)
    ada.get_by_role("link", name="Participants").click()
    expect(ada.get_by_role("row", name=re.compile(family.nora))).to_contain_text("Invited")
    accept_invitation(nora, product, family)
    ada.reload()
    expect(ada.get_by_role("row", name=re.compile(family.nora))).to_contain_text("Joined")
    look_over(ada)

    opener = ada.get_by_role("link", name="Add participant")
    opener.click()
    dialog = ada.get_by_role("dialog", name="Add participant")
    expect(dialog.get_by_text("A participant sees everything in this portal")).to_be_visible()
    look_over(ada)
    ada.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    chosen = dialog.get_by_role("option", name=re.compile(family.sam)).inner_text()
    dialog.get_by_label("Who").select_option(label=chosen)
    dialog.get_by_role("button", name="Add participant").click()
    expect(ada.get_by_role("row", name=re.compile(family.sam))).to_contain_text("Not invited yet")

    ada.get_by_role("link", name=f"Remove participant {family.nora}").click()
    dialog = ada.get_by_role("dialog", name="Remove participant")
    expect(dialog.get_by_text("signed out everywhere at once")).to_be_visible()
    look_over(ada)
    dialog.get_by_role("button", name="Remove participant").click()
    expect(ada.get_by_text(f"{family.nora} no longer takes part")).to_be_visible()
    expect(ada.get_by_role("row", name=re.compile(family.nora))).to_have_count(0)
    nora.reload()
    expect(nora).to_have_url(re.compile("/sign-in"))


def test_C1_a_portal_is_found_among_all_by_typing_and_leads_to_its_messages(
    staff: Visit, family: Family
) -> None:
    ada = staff()
    write_first_message(ada, family)
    ada.goto("/staff/portals")
    expect(ada.get_by_role("heading", name="Client portals", level=1)).to_be_visible()
    ada.get_by_label("Number, matter or client").press_sequentially(family.nora.split()[1])
    expect(ada.locator("#portals-table tbody tr")).to_have_count(1)
    expect(ada).to_have_url(re.compile(r"q=Q"))
    expect(ada.locator("#portals-table")).to_contain_text(family.nora_email)
    look_over(ada)
    ada.get_by_role("link", name=family.matter).click()
    expect(ada.get_by_role("log").get_by_text("Welcome to your portal.")).to_be_visible()
