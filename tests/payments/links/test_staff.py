"""Online payments → New charge, as each of the firm's people finds it."""

import io
import re
from typing import Any

import pytest
import zxingcpp
from bs4 import Tag
from PIL import Image
from sqlalchemy import event, update
from werkzeug.test import TestResponse

from payments.accounts.actions import add_account
from payments.accounts.models import BankAccount
from payments.links import actions, queries
from portal.core import clock, db
from tests.payments.links.conftest import Given
from tests.support.cast import Cast, Person
from tests.support.page import Page, words

NEW_CHARGE = "/staff/online-payments/new-charge"
ACCOUNTS = "/staff/online-payments/accounts"


def card(page: Page, public_id: str) -> Tag:
    return page.one(f"#account-{public_id}")


def text(tag: Tag) -> str:
    return words(tag.get_text(" "))


def in_place(person: Person, address: str, sent: dict[str, str] | None = None) -> Page:
    """What htmx gets: a fragment, which may be a native dialog (its Close sends no form)."""
    method = "GET" if sent is None else "POST"
    headers = {"HX-Request": "true"}
    answer = person.http.open(
        address, method=method, data=sent, headers=headers, base_url=person.base_url
    )
    return Page(answer, address)


def fetched(person: Person, address: str, headers: dict[str, str]) -> TestResponse:
    return person.http.get(address, headers=headers, base_url=person.base_url)


def amounts(public_id: str) -> tuple[int, int]:
    with db.read() as session:
        (row,) = queries.linked_accounts(session, public_id)
    return row.account.link_min_cents, row.account.link_max_cents


def test_L3_new_charge_lists_trust_and_operating_accounts_with_their_links(
    cast: Cast, given: Given
) -> None:
    page = cast.ana.get(NEW_CHARGE)
    assert page.title.startswith("New charge")
    assert page.texts(".card h2") == [
        "Harlow & Reyes Operating",
        "Escrow – Henderson estate",
        "IOLTA Trust",
    ]
    for public_id, kind in ((given.operating, "Operating account"), (given.trust, "Trust account")):
        shown = card(page, public_id)
        field = shown.select_one("input[readonly]")
        assert field is not None
        assert field["value"] == given.url(public_id)
        for label in ("Copy payment link", "Generate QR Code", kind):
            assert label in text(shown)


def test_L3_an_account_that_is_not_connected_shows_why_and_no_link(
    cast: Cast, given: Given
) -> None:
    shown = card(cast.ana.get(NEW_CHARGE), given.escrow)
    assert "this account is not connected" in text(shown)
    assert "Stripe does not know this account" in text(shown)
    for label in ("Copy payment link", "Generate QR Code", "Retire link", "/pay/"):
        assert label not in str(shown)


def test_L3_no_code_is_given_out_for_an_account_that_is_not_connected(
    cast: Cast, given: Given
) -> None:
    """Whatever the page showed: the link itself still exists if the account once worked."""
    with db.transaction() as session:
        session.execute(
            update(BankAccount)
            .where(BankAccount.public_id == given.trust)
            .values(checked_problems=["Stripe closed it."])
        )
    for path in ("qr-code", "qr-code/print", "qr-code.svg", "qr-code.png"):
        for public_id in (given.escrow, given.trust):
            cast.ada.get(f"{ACCOUNTS}/{public_id}/{path}", status=409)
    assert "/pay/" not in str(card(cast.ada.get(NEW_CHARGE), given.trust))


def test_L3_a_connected_account_gets_its_link_when_the_page_is_opened(
    cast: Cast, given: Given
) -> None:
    with db.transaction() as session:
        account = add_account(
            session, name="Second", public_label="Second", kind="operating", currency="USD"
        )
        account.checked_at = clock.now()
    shown = card(cast.ben.get(NEW_CHARGE), account.public_id)
    assert given.url(account.public_id) in str(shown)


def test_L3_without_bank_accounts_the_page_says_how_to_add_one(cast: Cast) -> None:
    page = cast.ada.get(NEW_CHARGE)
    assert "No bank accounts yet" in page
    assert "flask add-account" in page
    assert page.select(".card") == []


def test_L3_check_again_asks_the_processor_and_brings_the_link(cast: Cast, given: Given) -> None:
    with db.transaction() as session:
        session.execute(
            update(BankAccount)
            .where(BankAccount.public_id == given.escrow)
            .values(processor_account="acct_sandboxtrust")
        )
    page = cast.ana.submit(cast.ana.get(NEW_CHARGE), "Check again")
    assert given.url(given.escrow) in str(card(page, given.escrow))


def test_L3_check_again_that_finds_it_still_unconnected_says_so(cast: Cast, given: Given) -> None:
    token = cast.ana.get(NEW_CHARGE).one(f"#account-{given.escrow} [name=csrf_token]")["value"]
    answer = cast.ana.post(
        f"{ACCOUNTS}/{given.escrow}/connection-checks", {"csrf_token": token}, htmx=True
    )
    assert not answer.is_whole
    shown = card(answer, given.escrow)
    assert shown["hx-swap-oob"] == "true"
    assert shown.select(".banner[role=alert]")
    assert "Last checked" in text(shown)


def test_L6_the_code_of_an_account_reads_back_to_its_link(cast: Cast, given: Given) -> None:
    for public_id in (given.operating, given.trust):
        answer = cast.ben.get(f"{ACCOUNTS}/{public_id}/qr-code.png")
        image = Image.open(io.BytesIO(answer.response.data)).convert("L")
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [given.url(public_id)]


def test_L6_the_code_comes_as_a_page_of_its_own_and_as_a_dialog(cast: Cast, given: Given) -> None:
    page = cast.ben.get(NEW_CHARGE)
    button = card(page, given.trust).select_one(f"#qr-{given.trust}")
    assert button is not None
    whole = cast.ben.get(str(button["href"]))
    fragment = in_place(cast.ben, str(button["hx-get"]))
    assert whole.is_whole
    assert not fragment.is_whole
    assert fragment.one("dialog h2").get_text() == whole.one("h1").get_text() == "QR code"
    assert "HX-Request" in whole.headers["Vary"]
    for shown in (whole, fragment):
        assert given.url(given.trust) in shown
        assert shown.one(".qr-code")["src"] == f"{ACCOUNTS}/{given.trust}/qr-code.svg"
        downloads = {str(tag["download"]).rsplit(".", 1)[1] for tag in shown.select("a[download]")}
        assert downloads == {"svg", "png"}
        assert shown.link("Print").endswith("/qr-code/print")


def test_L6_the_sheet_to_print_carries_the_firm_the_label_the_link_and_the_code(
    cast: Cast, given: Given
) -> None:
    page = cast.ben.get(f"{ACCOUNTS}/{given.trust}/qr-code/print")
    assert page.texts("h1") == ["Harlow & Reyes – client trust account"]
    for part in ("Harlow & Reyes LLP", given.url(given.trust), "1 Main Street"):
        assert part in page.text
    assert page.one("img.qr-code")["alt"] == f"QR code of {given.url(given.trust)}"
    assert "Retainer" not in page.one("main").get_text()
    assert "IOLTA Trust" not in page.one("main").get_text()


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_L6_a_code_is_asked_for_again_once_its_link_was_retired(
    cast: Cast, given: Given, kind: str
) -> None:
    address = f"{ACCOUNTS}/{given.trust}/qr-code.{kind}"
    first = cast.ada.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["ETag"]}
    assert fetched(cast.ada, address, known).status_code == 304
    retire(cast.ada, given.trust, "IOLTA Trust")
    assert cast.ada.get(address, headers=known).response.data != first.response.data


def test_L6_a_code_opened_by_itself_can_run_nothing(cast: Cast, given: Given) -> None:
    answer = cast.ben.get(f"{ACCOUNTS}/{given.trust}/qr-code.svg")
    assert "sandbox" in answer.headers["Content-Security-Policy"].split("; ")


def retire(person: Person, public_id: str, typed: str, *, status: int = 200) -> Page:
    page = person.get(f"{ACCOUNTS}/{public_id}/link/retirement")
    return person.submit(page, "Retire link", typed_name=typed, status=status)


def test_L5_an_administrator_retires_a_link_by_typing_the_accounts_name(
    cast: Cast, given: Given
) -> None:
    old, other = given.url(given.trust), given.url(given.operating)
    page = retire(cast.ada, given.trust, "IOLTA Trust")
    new = given.url(given.trust)
    assert new != old
    assert page.texts("h1") == ["New charge"]
    assert "The old link was retired" in page
    assert new in str(card(page, given.trust))
    assert old not in page.body
    assert given.url(given.operating) == other


def test_L5_any_other_name_is_refused_in_place_and_the_link_lives_on(
    cast: Cast, given: Given
) -> None:
    old = given.url(given.trust)
    page = retire(cast.ada, given.trust, "IOLTA", status=422)
    assert page.title.startswith("Error:")
    assert page.texts(".error-summary a") == ["Type the name exactly: IOLTA Trust"]
    assert page.one("#typed_name")["value"] == "IOLTA"
    assert given.url(given.trust) == old


def test_L5_in_the_dialog_a_refusal_is_the_dialog_again_and_success_is_the_card(
    cast: Cast, given: Given
) -> None:
    address = f"{ACCOUNTS}/{given.trust}/link/retirement"
    form = in_place(cast.ada, address)
    sent = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
    refused = in_place(cast.ada, address, {**sent, "typed_name": "no"})
    assert refused.status == 422
    assert refused.one("dialog .field-error").get_text(" ", strip=True).startswith("Error:")
    done = cast.ada.post(address, {**sent, "typed_name": "IOLTA Trust"}, htmx=True)
    assert not done.select("dialog")
    assert card(done, given.trust)["hx-swap-oob"] == "true"
    assert given.url(given.trust) in str(card(done, given.trust))
    assert "The old link was retired" in done.one("[hx-swap-oob='beforeend:#status']").get_text()


def test_L5_a_page_left_open_retires_only_the_link_that_it_showed(cast: Cast, given: Given) -> None:
    stale = cast.ada.get(f"{ACCOUNTS}/{given.trust}/link/retirement")
    retire(cast.ada, given.trust, "IOLTA Trust")
    new = given.url(given.trust)
    answer = cast.ada.submit(stale, "Retire link", typed_name="IOLTA Trust", status=409)
    assert "retired already" in answer
    assert given.url(given.trust) == new


def test_L5_a_link_is_retired_through_its_own_account_only(cast: Cast, given: Given) -> None:
    page = cast.ada.get(f"{ACCOUNTS}/{given.operating}/link/retirement")
    cast.ada.submit(
        page,
        "Retire link",
        typed_name="Harlow & Reyes Operating",
        link=given.token(given.trust),
        status=404,
    )


def test_L4_an_administrator_sets_the_limits_of_a_link(cast: Cast, given: Given) -> None:
    page = cast.ada.get(f"{ACCOUNTS}/{given.trust}/link-limits")
    assert (page.one("#link_min")["value"], page.one("#link_max")["value"]) == (
        "1.00",
        "100000.00",
    )
    page = cast.ada.submit(page, "Save changes", link_min="$25", link_max=" 5,000.00 ")
    assert "Payers can pay $25.00 to $5,000.00." in text(card(page, given.trust))
    assert amounts(given.trust) == (2_500, 500_000)
    assert amounts(given.operating) == (100, 10_000_000)


@pytest.mark.parametrize(
    "typed, field",
    [
        ({"link_min": ""}, "link_min"),
        ({"link_min": "NaN"}, "link_min"),
        ({"link_min": "1e3"}, "link_min"),
        ({"link_min": "１２"}, "link_min"),
        ({"link_min": "12.345"}, "link_min"),
        ({"link_min": "-5"}, "link_min"),
        ({"link_min": "0"}, "link_min"),
        ({"link_min": "0.49"}, "link_min"),
        ({"link_max": "9" * 400}, "link_max"),
        ({"link_max": "1,000,000.00"}, "link_max"),
        ({"link_min": "10.00", "link_max": "9.99"}, "link_max"),
        ({"link_max": "<script>alert(1)</script>"}, "link_max"),
        ({"link_min": None}, "link_min"),
    ],
)
def test_L4_limits_that_cannot_be_used_are_refused_beside_their_field(
    cast: Cast, given: Given, typed: dict[str, Any], field: str
) -> None:
    page = cast.ada.get(f"{ACCOUNTS}/{given.trust}/link-limits")
    page = cast.ada.submit(page, "Save changes", status=422, **typed)
    assert page.select(f"#{field}-error")
    assert [tag["href"] for tag in page.select(".error-summary a")] == [f"#{field}"]
    for name, value in typed.items():
        assert page.one(f"#{name}").get("value") == (value or "")
    assert amounts(given.trust) == (100, 10_000_000)


VIEWED = ["qr-code", "qr-code/print", "qr-code.svg", "qr-code.png"]
ADMINISTERED = ["link/retirement", "link-limits"]


def test_L3_every_user_sees_the_links_and_no_stranger_does(cast: Cast, given: Given) -> None:
    addresses = [NEW_CHARGE, *(f"{ACCOUNTS}/{given.trust}/{path}" for path in VIEWED)]
    for name, person in cast.everybody.items():
        for address in addresses:
            page = person.ask("GET", address, follow=False, status=None)
            assert page.status == (200 if name in {"ada", "ben", "ana"} else 303), (name, address)
            assert given.token(given.trust) not in page.body or page.status == 200


def test_L4_L5_only_administrators_retire_links_and_set_limits(cast: Cast, given: Given) -> None:
    """FEATURES L4 and L5, on the server, whatever the page shows."""
    expected = {"ada": 200, "ben": 403, "ana": 403, "cleo": 303, "sol": 303}
    before = given.url(given.trust), amounts(given.trust)
    for name, person in cast.everybody.items():
        for path in ADMINISTERED:
            address = f"{ACCOUNTS}/{given.trust}/{path}"
            assert person.ask("GET", address, follow=False, status=None).status == expected[name], (
                name
            )
            if name != "ada":
                sent = {"link": given.token(given.trust), "typed_name": "IOLTA Trust"}
                sent |= {"link_min": "2", "link_max": "3", "csrf_token": csrf_token(person)}
                answer = person.ask("POST", address, data=sent, follow=False, status=None)
                assert answer.status == expected[name], name
    assert (given.url(given.trust), amounts(given.trust)) == before


def csrf_token(person: Person) -> str:
    """A true token of this browser, so that only the permission level can refuse."""
    page = person.get(NEW_CHARGE)
    return str(page.select("[name=csrf_token]")[0]["value"])


def test_L5_the_page_offers_retiring_to_administrators_only(cast: Cast, given: Given) -> None:
    offered = {
        name: "Retire link" in person.get(NEW_CHARGE).text
        for name, person in cast.everybody.items()
    }
    assert offered == {"ada": True, "ben": False, "ana": False, "cleo": False, "sol": False}


@pytest.mark.parametrize(
    "path, form",
    [
        ("link/retirement", {"typed_name": "IOLTA Trust"}),
        ("link-limits", {"link_min": "2", "link_max": "3"}),
        ("connection-checks", {}),
    ],
)
def test_no_other_site_can_press_these_buttons(
    cast: Cast, given: Given, path: str, form: dict[str, str]
) -> None:
    before = given.url(given.trust), amounts(given.trust)
    cast.ada.post(f"{ACCOUNTS}/{given.trust}/{path}", form, follow=False, status=400)
    assert (given.url(given.trust), amounts(given.trust)) == before


@pytest.mark.parametrize("path", [*VIEWED, *ADMINISTERED])
def test_an_account_that_does_not_exist_is_not_found(cast: Cast, path: str) -> None:
    cast.ada.get(f"{ACCOUNTS}/1/{path}", status=404)


def test_X1_new_charge_asks_as_much_of_the_database_for_twenty_accounts_as_for_one(
    cast: Cast, given: Given
) -> None:
    few = selects(cast.ada)
    with db.transaction() as session:
        for number in range(20):
            account = add_account(
                session,
                name=f"Account {number}",
                public_label="Another account",
                kind="operating",
                currency="USD",
            )
            account.checked_at = clock.now()
            session.flush()
        actions.ensure_links(session)
    assert len(cast.ada.get(NEW_CHARGE).select(".card")) == 23
    assert selects(cast.ada) == few
    assert few <= 5


def selects(person: Person) -> int:
    person.get(NEW_CHARGE)
    counted: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if re.match(r"\s*SELECT", statement):
            counted.append(statement)

    event.listen(db.current().engine, "before_cursor_execute", count)
    try:
        person.get(NEW_CHARGE)
    finally:
        event.remove(db.current().engine, "before_cursor_execute", count)
    return len(counted)


def test_L5_the_retired_address_tells_whose_it_was_and_how_to_reach_them(
    cast: Cast, given: Given
) -> None:
    old = given.url(given.trust)
    retire(cast.ada, given.trust, "IOLTA Trust")
    page = cast.sol.get(old, status=410)
    assert page.texts("h1") == ["This payment link is no longer in use"]
    for part in ("Harlow & Reyes LLP", "+1 503 555 0100", "office@harlow.test"):
        assert part in page.one("main").get_text()
    assert page.select("main form") == []
    assert given.token(given.trust) not in page.body
    assert cast.sol.get(given.url(given.trust)).select("form")
