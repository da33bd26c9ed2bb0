"""The page that the email about a stored method leads to (FEATURES P5, P8)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core import db
from portal.firm.models import Firm
from tests.factories.methods import Wallet, as_now, path_of
from tests.factories.processor import charges
from tests.support.cast import Cast

BUTTON = "Delete this payment method"


def test_P8_the_page_says_what_is_stored_and_what_it_is_for(wallet: Wallet, cast: Cast) -> None:
    page = cast.sol.get(path_of(wallet.stored()))
    for shown in ("Visa •••• 4242", "operating account", "Harlow & Reyes – legal services"):
        assert shown in page
    assert "future bills, trust requests and payment plans" in page
    assert "Vance" not in page  # whoever opens it need not learn whose bills it pays
    assert "Set-Cookie" not in page.headers
    assert [button.get_text(strip=True) for button in page.select("button")] == [BUTTON]


def test_P8_the_page_of_a_bank_account_for_trust(trust_wallet: Wallet, cast: Cast) -> None:
    page = cast.sol.get(path_of(trust_wallet.stored_bank_account()))
    for shown in ("Northfield Test Bank", "6789", "trust account", "client trust account"):
        assert shown in page
    assert "Expires" not in page


def test_P8_looking_deletes_nothing(wallet: Wallet, cast: Cast) -> None:
    """A mail scanner follows every link."""
    method = wallet.stored()
    for ask in ("GET", "HEAD", "GET"):
        cast.sol.ask(ask, path_of(method))
    assert as_now(method).deleted_at is None


def test_P8_one_press_deletes_and_every_later_visit_says_so(wallet: Wallet, cast: Cast) -> None:
    method = wallet.stored()
    opened = cast.sol.get(path_of(method))
    after = cast.sol.submit(opened, BUTTON)
    assert after.texts("h1") == ["This payment method was deleted"]
    assert as_now(method).deleted_by == "payer"
    again = cast.sol.submit(opened, BUTTON)  # the other tab, still open
    assert again.texts("h1") == ["This payment method was deleted"]
    later = cast.cleo.get(path_of(method))
    assert "can no longer charge it" in later
    assert BUTTON not in later


def test_P8_another_method_of_the_same_client_stays(wallet: Wallet, cast: Cast) -> None:
    first, second = wallet.stored(), wallet.stored_bank_account()
    cast.sol.submit(cast.sol.get(path_of(first)), BUTTON)
    assert as_now(first).deleted_at is not None
    assert as_now(second).deleted_at is None


@pytest.mark.parametrize("token", ["x", "x" * 32, "x" * 5_000, "é", "..", "%00"])
@pytest.mark.parametrize("ask", ["GET", "POST"])
def test_an_address_that_was_never_given_out_is_not_found(
    ask: str, token: str, wallet: Wallet, cast: Cast
) -> None:
    method = wallet.stored()
    page = cast.sol.ask(ask, f"/payment-methods/{token}", status=404)
    assert page.text
    assert as_now(method).deleted_at is None


def test_B3_the_page_speaks_the_language_in_which_it_was_stored(wallet: Wallet, cast: Cast) -> None:
    with db.transaction() as session:
        session.query(Firm).update({"languages": ["en_US", "es_US"]})
    wallet.said["language"] = "es_US"
    page = cast.sol.get(path_of(wallet.stored()))
    assert page.one("html")["lang"] == "es-US"
    assert cast.sol.get(f"{page.address}?lang=en_US").one("html")["lang"] == "en-US"


def test_P8_a_payment_under_way_goes_on(
    wallet: Wallet, cast: Cast, advance: Callable[..., int]
) -> None:
    method = wallet.stored_bank_account()
    after = cast.sol.submit(cast.sol.get(path_of(method)), BUTTON)
    assert "Payments that were made or begun before stay as they are." in after
    advance(timedelta(days=5))
    assert [charge["paid"] for charge in charges()] == [True]
