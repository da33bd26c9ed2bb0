"""Settings → **Payment methods** in the client portal: seen and deleted by their owner (P8)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from payments.methods import depending
from payments.methods.actions import delete
from portal.clients.models import Contact
from portal.core import db
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.factories.methods import Wallet, as_now
from tests.support.cast import Cast
from tests.support.visitor import Visitor

ADDRESS = "/portal/settings/payment-methods"
Advance = Callable[[timedelta], int]


def browser_of(contact: Contact, cast: Cast) -> Visitor:
    """A browser in which this client is signed in."""
    visitor = Visitor(cast.ben.app, cast.ben.base_url)
    token = portals.signed_in(contact)
    visitor.http.set_cookie(COOKIE, token, domain="localhost", secure=True, path="/")
    return visitor


@pytest.fixture
def hers(cleo: Contact, cast: Cast) -> Visitor:
    """Cleo's browser; she takes part in the portal of her matter."""
    portals.opened(clients.matter(cleo), portals.firm_person(cast.ben.email))
    portals.joined(cleo)
    return browser_of(cleo, cast)


def test_P8_the_client_finds_their_methods_in_settings(
    hers: Visitor, wallet: Wallet, trust_wallet: Wallet
) -> None:
    wallet.stored()
    trust_wallet.stored_bank_account()
    page = hers.click(hers.get("/portal/settings"), "Payment methods")
    bank, card = page.texts("section")
    assert "For the trust account" in bank
    assert "6789" in bank
    assert "For bills" in card
    assert "Visa" in card


def test_P8_the_client_deletes_one_after_reading_what_depends_on_it(
    hers: Visitor, wallet: Wallet, plan: None
) -> None:
    method = wallet.stored()
    asked = hers.click(hers.get(ADDRESS), "Delete")
    assert "Your payment plan stops." in asked
    hers.get(asked.address)
    assert as_now(method).deleted_at is None
    after = hers.submit(asked, "Delete this payment method")
    assert "The payment method was deleted" in after
    assert as_now(method).deleted_by == f"contact:{wallet.client.public_id}"
    again = hers.submit(asked, "Delete this payment method")
    assert "No payment methods stored" in again


@pytest.fixture
def plan() -> Iterator[None]:
    """A payment plan that depends on every method."""
    known = list(depending._dependants)
    depending.add_dependant(lambda _session, _method: ["Your payment plan stops."])
    yield
    depending._dependants[:] = known


def test_P8_expired_cards_and_detached_bank_accounts_say_so(
    hers: Visitor, wallet: Wallet, advance: Advance
) -> None:
    wallet.stored()
    bank = wallet.stored_bank_account()
    with db.transaction() as session:
        delete(session, bank.id, by="processor")
    advance(timedelta(days=365 * 5))
    page = hers.get(ADDRESS)
    assert "Expired" in page
    assert "cannot be charged any more" in page
    assert "Taken off by the bank or the payment processor" in page


def test_P8_nobody_sees_or_deletes_another_clients_method(
    hers: Visitor, wallet: Wallet, cast: Cast
) -> None:
    method = wallet.stored()
    dan = clients.contact("Dan Ward", "dan@client.test")
    portals.opened(clients.matter(dan), portals.firm_person(cast.ben.email))
    portals.joined(dan)
    his = browser_of(dan, cast)
    assert "4242" not in his.get(ADDRESS)
    there = f"{ADDRESS}/{method.public_id}/deletion"
    his.get(there, status=404)
    token = his.get(ADDRESS).one("input[name=csrf_token]")["value"]
    his.post(there, {"csrf_token": str(token)}, status=404)
    cast.sol.get(there)
    cast.sol.ask("POST", there, status=None, data={})
    assert as_now(method).deleted_at is None


def test_P8_an_empty_list_says_what_to_do(hers: Visitor) -> None:
    assert "tick the box on the review page" in hers.get(ADDRESS)
