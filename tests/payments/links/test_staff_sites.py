"""**Embed on your website**: the code, the websites, the choices (FEATURES E1–E3)."""

import pytest
from sqlalchemy import select

from payments.links import queries
from payments.links.models import AccountLink
from payments.links.sites import SITES_MAX
from portal.core import db
from portal.core.audit import AuditEntry
from tests.payments.links.conftest import Given
from tests.payments.links.desk import ACCOUNTS, NEW_CHARGE, card, in_place, retire
from tests.support.cast import Cast, Person
from tests.support.page import Page

WWW, BARE = "https://www.firm.com", "https://firm.com"


def website(public_id: str) -> str:
    return f"{ACCOUNTS}/{public_id}/website"


def add(person: Person, public_id: str, typed: str, *, status: int = 200) -> Page:
    page = person.get(website(public_id))
    return person.submit(page, "Add website", site=typed, status=status)


def listed(page: Page) -> list[str]:
    return page.texts(".site-list code")


def logged() -> list[tuple[str, str, dict[str, object]]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        told = [(row.action, row.subject, row.detail) for row in rows]
    return [line for line in told if line[0].startswith("link.")]


def link_of(given: Given, public_id: str) -> AccountLink:
    with db.read() as session:
        return queries.account_link(session, public_id, given.token(public_id))


def test_E1_new_charge_leads_to_the_code_of_each_account(cast: Cast, given: Given) -> None:
    page = cast.ben.get(NEW_CHARGE)
    opener = card(page, given.operating).select_one(f"#embed-{given.operating}")
    assert opener is not None
    assert opener.get_text(strip=True) == "Embed on your website"
    page = cast.ben.get(str(opener["href"]))
    assert page.texts("h1") == ["Embed on your website"]
    code = page.one("textarea[readonly]").get_text()
    assert code.splitlines() == [
        '<div data-portal-pay data-title="Pay Harlow &amp; Reyes">',
        f'  <a href="{given.url(given.operating)}">Pay online securely</a>',
        "</div>",
        '<script src="http://localhost:8000/embed/v1.js" async></script>',
    ]
    assert page.one("[data-copy]")["data-copy"] == page.one("textarea")["id"]
    assert page.link("See the payment form").endswith(f"/embed/{given.token(given.operating)}")


def test_E2_without_a_website_the_page_says_what_to_do(cast: Cast, given: Given) -> None:
    page = cast.ada.get(website(given.operating))
    assert "No website is listed yet" in page
    assert "Add the address of your website below." in page
    page = cast.ben.get(website(given.operating))
    assert "Until an administrator adds your website here" in page
    assert not page.select("form[action*='/website']")


def test_E2_an_administrator_lists_websites_and_takes_them_off(cast: Cast, given: Given) -> None:
    page = add(cast.ada, given.operating, "www.Firm.com/")
    assert f"{WWW} can show the payment page now." in page
    page = add(cast.ada, given.operating, BARE)
    assert listed(page) == [BARE, WWW]
    assert listed(cast.ada.get(website(given.trust))) == []
    for _twice in range(2):  # the second from a page that still shows it: nothing to log
        after = cast.ada.submit(page, f"Remove {WWW}")
        assert f"{WWW} cannot show the payment page any more." in after
        assert listed(after) == [BARE]
    subject = f"bank_account:{given.operating}"
    assert logged() == [
        ("link.site_added", subject, {"site": WWW}),
        ("link.site_added", subject, {"site": BARE}),
        ("link.site_removed", subject, {"site": WWW}),
    ]


def test_E2_the_activity_log_tells_of_websites_in_words(cast: Cast, given: Given) -> None:
    add(cast.ada, given.operating, WWW)
    page = cast.ada.activity_log()
    assert "Website allowed to show a payment page" in page
    assert WWW in page
    assert "Harlow & Reyes Operating" in page


def test_E2_a_refusal_stands_by_the_field_and_keeps_what_was_typed(
    cast: Cast, given: Given
) -> None:
    page = add(cast.ada, given.operating, "https://*.firm.com", status=422)
    assert page.title.startswith("Error:")
    assert page.texts(".error-summary a")[0].startswith("Enter each website by its whole name.")
    assert page.one("#site")["value"] == "https://*.firm.com"
    assert page.one("#site")["aria-invalid"] == "true"
    assert listed(cast.ada.get(website(given.operating))) == []
    assert logged() == []


def test_E2_a_website_is_listed_once_and_twenty_at_most(cast: Cast, given: Given) -> None:
    add(cast.ada, given.operating, WWW)
    again = add(cast.ada, given.operating, "WWW.FIRM.COM:443", status=422)
    assert again.texts(".error-summary a") == [f"{WWW} is listed already."]
    for number in range(1, SITES_MAX):
        add(cast.ada, given.operating, f"https://site{number}.firm.com")
    full = add(cast.ada, given.operating, BARE, status=422)
    assert full.texts(".error-summary a") == ["A link can stand on 20 websites at most."]
    assert len(listed(full)) == SITES_MAX


def test_E2_in_the_dialog_every_answer_is_the_dialog_again(cast: Cast, given: Given) -> None:
    address = website(given.operating)
    sent = {"csrf_token": cast.ada.csrf_token(), "link": given.token(given.operating)}
    refused = in_place(cast.ada, f"{address}/sites", {**sent, "site": "http://firm.com"})
    assert refused.status == 422
    assert "https://" in refused.one("dialog .field-error").get_text()
    done = in_place(cast.ada, f"{address}/sites", {**sent, "site": WWW})
    assert listed(done) == [WWW]
    assert WWW in done.one("dialog [autofocus]").get_text()
    behind = card(done, given.operating)
    assert behind["hx-swap-oob"] == "true"
    assert "It stands on 1 website." in behind.get_text()
    assert "It stands on 1 website." in card(cast.ben.get(NEW_CHARGE), given.operating).get_text()


def test_E3_an_administrator_chooses_where_cards_are_taken(cast: Cast, given: Given) -> None:
    page = cast.ada.get(website(given.operating))
    assert not page.select("input[checked]")
    page = cast.ada.submit(page, "Save choices", card_on_top="yes")
    assert "The choices were saved." in page
    assert [box["id"] for box in page.select("input[checked]")] == ["card_on_top"]
    page = cast.ada.submit(page, "Save choices", tells_amount="yes", card_on_top=None)
    assert [box["id"] for box in page.select("input[checked]")] == ["tells_amount"]
    cast.ada.submit(page, "Save choices")  # nothing new: nothing to log
    subject = f"bank_account:{given.operating}"
    assert logged() == [
        ("link.framing_chosen", subject, {"card_on_secure_page": True, "tells_amount": False}),
        ("link.framing_chosen", subject, {"card_on_secure_page": False, "tells_amount": True}),
    ]
    told = cast.ben.get(website(given.operating))
    assert "Cards are taken on your website." in told
    assert "Your website is told how much was paid." in told


@pytest.mark.parametrize("action", ["sites", "sites/removal", "choices"])
def test_E2_only_administrators_choose_websites(cast: Cast, given: Given, action: str) -> None:
    add(cast.ada, given.operating, WWW)
    before = logged()
    for person in (cast.ben, cast.ana):
        sent = {"csrf_token": person.csrf_token(), "link": given.token(given.operating)}
        sent |= {"site": WWW, "card_on_top": "yes"}
        person.post(f"{website(given.operating)}/{action}", sent, status=403)
    assert logged() == before


def test_E2_a_link_is_changed_through_its_own_account_only(cast: Cast, given: Given) -> None:
    page = cast.ada.get(website(given.operating))
    cast.ada.submit(page, "Add website", site=WWW, link=given.token(given.trust), status=404)
    assert logged() == []


def test_L5_websites_and_choices_go_on_to_the_next_link(cast: Cast, given: Given) -> None:
    stale = add(cast.ada, given.trust, WWW)
    stale = cast.ada.submit(stale, "Save choices", card_on_top="yes", tells_amount="yes")
    old = given.token(given.trust)
    retire(cast.ada, given.trust, "IOLTA Trust")
    page = cast.ada.get(website(given.trust))
    assert listed(page) == [WWW]
    assert given.url(given.trust) in page.one("textarea").get_text()
    link = link_of(given, given.trust)
    assert (link.card_on_top, link.tells_amount) == (True, True)
    with db.read() as session:
        retired = queries.account_link(session, given.trust, old)
        assert [site.origin for site in queries.sites_of(session, retired)] == [WWW]
    for button in (f"Remove {WWW}", "Save choices"):
        assert "retired already" in cast.ada.submit(stale, button, status=409)
    assert listed(cast.ada.get(website(given.trust))) == [WWW]


def test_L3_an_account_that_is_not_connected_has_no_code(cast: Cast, given: Given) -> None:
    cast.ada.get(website(given.escrow), status=409)
    assert not card(cast.ada.get(NEW_CHARGE), given.escrow).select("[id^=embed-]")
