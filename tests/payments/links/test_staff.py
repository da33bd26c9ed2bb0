"""Online payments → New charge, as each of the firm's people finds it."""

import pytest
from sqlalchemy import update

from payments.accounts.actions import add_account
from payments.accounts.models import BankAccount
from payments.links import actions
from portal.core import clock, db
from tests.payments.links.conftest import Given
from tests.payments.links.desk import ACCOUNTS, NEW_CHARGE, amounts, card, text
from tests.support.cast import Cast, Person
from tests.support.statements import statements


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
    assert page.link("Add bank account").endswith("/staff/settings/bank-accounts/new")
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
    with statements("SELECT") as asked:
        person.get(NEW_CHARGE)
    return len(asked)
