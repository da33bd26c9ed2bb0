"""The form of a contact, with script and without."""

import pytest
from sqlalchemy import select

from portal.clients.models import Contact
from portal.core import db
from portal.core.audit import AuditEntry
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.rows import count

CONTACTS = "/staff/contacts"
NEW = "/staff/contacts/new"
NASTY = '"><script>alert(1)</script>'


def names(page: Page) -> list[str]:
    return page.texts("#contacts-table tbody a")


def test_adding_a_contact_leads_to_their_page(cast: Cast) -> None:
    page = cast.ben.get(NEW)
    page = cast.ben.submit(
        page, "Save contact", name="Cleo Marsh", email="cleo@demo.test", phone="(503) 555-0199"
    )
    assert page.title.startswith("Cleo Marsh")
    assert "The contact was added." in page
    assert page.texts(".tabs [aria-current=page]") == ["Overview"]
    for words in ("Person", "cleo@demo.test", "(503) 555-0199", "No matters yet"):
        assert words in page
    with db.read() as session:
        (entry,) = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "contact.added")
        ).all()
        assert entry.actor.startswith("user:")


def test_rows_come_and_go_by_submit_buttons_and_what_was_typed_stays(cast: Cast) -> None:
    page = cast.ben.submit(cast.ben.get(NEW), "Add another email", name="Cleo", email="a@x.test")
    assert [field["value"] for field in page.select("[name=email]")] == ["a@x.test", ""]
    assert page.one("[autofocus]")["id"] == "email-1"
    assert page.one("#name")["value"] == "Cleo"
    emails = {"email": ["a@x.test", "b@x.test"], "primary": "1"}
    page = cast.ben.submit(page, "Add an address", **emails)
    page = cast.ben.submit(
        page, "Add another address", label="Home", street="1 Main", city="Portland"
    )
    assert len(page.select("[name=street]")) == 2
    page = cast.ben.submit(page, "Remove email 1", **emails)
    assert page.one("[name=email]")["value"] == "b@x.test"
    page = cast.ben.submit(page, "Remove address 2")
    assert page.one("[name=street]")["value"] == "1 Main"
    assert count(Contact) == 0
    page = cast.ben.submit(page, "Save contact")
    for words in ("b@x.test", "Home 1 Main Portland"):
        assert words in page
    assert count(Contact) == 1


def test_the_radio_says_which_email_is_primary(cast: Cast) -> None:
    page = cast.ben.submit(cast.ben.get(NEW), "Add another email", name="Cleo", email="a@x.test")
    page = cast.ben.submit(
        page, "Save contact", email=["a@x.test", "b@x.test"], primary="1", kind="company"
    )
    assert page.texts(".client-facts") == ["Company b@x.test"]
    page = cast.ben.click(page, "Edit contact")
    (checked,) = page.select("[name=primary][checked]")
    assert checked["value"] == "1"
    page = cast.ben.submit(page, "Save contact", primary="0", phone="5")
    assert "The contact was saved." in page
    assert page.texts(".client-facts") == ["Company a@x.test 5"]


def test_with_script_a_row_comes_as_a_fragment_of_the_form(cast: Cast) -> None:
    token = cast.ben.csrf_token()
    sent = {"csrf_token": token, "name": "Cleo", "email": "a@x.test", "add_email": "yes"}
    answer = cast.ben.post(NEW, sent, htmx=True)
    assert not answer.is_whole
    assert answer.one("form")["id"] == "contact-form"
    assert len(answer.select("[name=email]")) == 2


def test_wrong_fields_are_named_above_the_heading_and_what_was_typed_stays(cast: Cast) -> None:
    page = cast.ben.submit(cast.ben.get(NEW), "Add an address", name="Cleo")
    page = cast.ben.submit(
        page, "Save contact", status=422, name=" ", email="nobody", city="Portland", note="Tall"
    )
    assert page.title.startswith("Error: New contact")
    assert page.texts("#error-summary li") == [
        "Enter the name.",
        "Enter an email address like name@example.com.",
        "Enter the street and number.",
    ]
    for link in page.select("#error-summary a"):
        assert page.one(str(link["href"])).get("aria-invalid") == "true"
    assert page.one("#email-0")["value"] == "nobody"
    assert page.one("#city-0")["value"] == "Portland"
    assert page.one("#note").get_text() == "Tall"
    assert count(Contact) == 0


@pytest.mark.parametrize("typed", [NASTY, "x" * 10_000, "Cleo\u202e", "\u2066", "\x07", "😀"])
def test_odd_names_are_kept_as_text_or_refused_with_a_sentence(typed: str, cast: Cast) -> None:
    page = cast.ben.submit(cast.ben.get(NEW), "Save contact", status=None, name=typed)  # type: ignore[arg-type]
    assert page.status in {200, 422}
    assert (page.status == 422) == (typed not in {NASTY, "😀"})
    assert all("alert(1)" not in tag.get_text() for tag in page.select("script"))
    if page.status == 200:
        assert page.one("h1").get_text() == typed
        assert names(cast.ben.get(CONTACTS)) == [typed]


def test_a_form_full_of_nonsense_is_refused_and_nothing_is_kept(cast: Cast) -> None:
    token = cast.ben.csrf_token()
    for sent in (
        {},
        {"kind": "person", "name": "Cleo", "country": "ZZ", "street": "x"},
        {"kind": "person", "name": "Cleo", "email": [f"{n}@x.test" for n in range(60)]},
        {"kind": "person", "name": "Cleo", "email": "a@x.test", "primary": "-9", "phone": "\0"},
        {"kind": "x" * 5_000, "name": "Cleo"},
    ):
        cast.ben.post(NEW, {"csrf_token": token, **sent}, status=422)
    for button in ("remove_email", "remove_address"):
        for place in ("", "-1", "99", "²", "x" * 5_000):
            cast.ben.post(NEW, {"csrf_token": token, button: place})
    assert count(Contact) == 0


def test_B3_a_contact_has_a_language_of_their_own_or_none_that_is_known(cast: Cast) -> None:
    form = cast.ben.get(NEW)
    assert form.texts("#language option") == [
        "Not known", "English", "Français (Canada)", "Español (Estados Unidos)",
    ]  # fmt: skip
    page = cast.ben.submit(form, "Save contact", name="Cleo", language="es_US")
    assert "Language: Español (Estados Unidos)" in page
    form = cast.ben.click(page, "Edit contact")
    assert form.one("#language option[selected]")["value"] == "es_US"
    assert "Language:" not in cast.ben.submit(form, "Save contact", language="")
    again = cast.ben.submit(form, "Save contact", language="xx_XX", name="Cleo V", status=422)
    assert "Choose a language from the list." in again
