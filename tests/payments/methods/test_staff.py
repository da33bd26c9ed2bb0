"""The tab **Payment methods** of a contact (FEATURES P8)."""

from payments.methods.actions import delete
from portal.clients.models import Contact
from portal.core import db
from tests.factories.methods import Wallet
from tests.support.cast import Cast


def address_of(client: Contact) -> str:
    return f"/staff/contacts/{client.public_id}/payment-methods"


def test_P8_the_tab_lists_what_the_client_stored_and_took_back(
    wallet: Wallet, trust_wallet: Wallet, cast: Cast
) -> None:
    card, bank = wallet.stored(), trust_wallet.stored_bank_account()
    with db.transaction() as session:
        delete(session, card.id, by="payer")
    contact = cast.ben.get(f"/staff/contacts/{wallet.client.public_id}")
    page = cast.ben.click(contact, "Payment methods")
    newest, older = page.select("tbody tr")
    assert (newest["id"], older["id"]) == (f"method-{bank.public_id}", f"method-{card.public_id}")
    for shown in ("Northfield Test Bank", "IOLTA Trust"):
        assert shown in newest.get_text()
    assert newest.select("td")[-2].get_text(strip=True) == "–"
    for shown in ("Visa", "4242", "12/", "Harlow & Reyes Operating"):
        assert shown in older.get_text()
    assert older.select("td")[-2].get_text(strip=True) != "–"
    assert card.delete_token not in page.text
    assert card.processor_method_id not in page.text


def test_P8_the_empty_tab_says_how_a_client_stores_one(cleo: Contact, cast: Cast) -> None:
    page = cast.ana.get(address_of(cleo))
    assert "No payment methods stored" in page
    assert "tick the box" in page


def test_P8_only_the_firms_people_see_it(wallet: Wallet, cast: Cast) -> None:
    wallet.stored()
    for name, person in cast.everybody.items():
        page = person.get(address_of(wallet.client))
        assert ("Visa" in page) is (name in {"ada", "ben", "ana"}), name


def test_X9_the_activity_log_tells_of_storing_and_deleting(wallet: Wallet, cast: Cast) -> None:
    method = wallet.stored()
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    page = cast.ada.activity_log()
    for shown in ("Payment method stored", "Payment method deleted", "A payer", "Visa •••• 4242"):
        assert shown in page
