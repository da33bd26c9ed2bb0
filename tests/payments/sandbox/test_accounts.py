"""Keys, accounts kept apart, and who pays the fees (STRIPE layout B)."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from payments.sandbox.accounts import put_account
from payments.sandbox.keys import Keys


def _error(raised: Any) -> Any:
    """What the processor said, as the SDK hands it over."""
    return raised.value.error


@pytest.mark.parametrize(
    ("secret", "publishable"),
    [
        ("sk_live_1", "pk_sandbox_1"),
        ("sk_test_1", "pk_sandbox_1"),
        ("sk_sandbox_1", "pk_live_1"),
        ("", "pk_sandbox_1"),
        ("sk_sandbox_1", "pk_test_1"),
    ],
)
def test_the_sandbox_never_starts_with_a_real_key(secret: str, publishable: str) -> None:
    with pytest.raises(ValueError):
        Keys(secret, publishable)


@pytest.mark.parametrize("key", ["sk_live_abc", "pk_live_abc", "rk_live_abc", "sk_sandbox_other"])
def test_a_wrong_or_live_key_is_refused_and_not_repeated(
    firm_with: Callable[[str], Any], key: str
) -> None:
    with pytest.raises(stripe.AuthenticationError) as raised:
        firm_with(key).intent()
    assert raised.value.http_status == 401
    assert key not in str(raised.value)


def test_the_secret_key_may_come_as_basic_authorization(service: Any, payer: Any) -> None:
    payer.app = service
    payer.key = "none"
    assert payer.call("GET", "/v1/account")[0] == 401
    basic = base64.b64encode(b"sk_sandbox_firm:").decode()
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/v1/account",
        "HTTP_AUTHORIZATION": f"Basic {basic}",
    }
    b"".join(service(environ, lambda status, headers: statuses.append(status)))
    assert statuses == ["200 OK"]


def test_the_publishable_key_sees_its_own_payment_and_nothing_else(
    firm: Any, payer: Any, payer_with: Callable[..., Any]
) -> None:
    paid = firm.confirm(firm.intent(metadata={"payment_id": "pay_1"}).id, firm.token())
    path = f"/v1/payment_intents/{paid.id}"
    assert payer.call("GET", path)[0] == 400
    status, shown = payer.call("GET", path, {"client_secret": paid.client_secret})
    assert (status, shown["status"]) == (200, "succeeded")
    assert "metadata" not in shown
    assert "latest_charge" not in shown
    for method, other in (
        ("POST", "/v1/payment_intents"),
        ("POST", f"{path}/confirm"),
        ("POST", f"{path}/cancel"),
        ("GET", "/v1/payment_intents"),
        ("GET", "/v1/events"),
        ("GET", "/v1/account"),
        ("GET", f"/v1/charges/{paid.latest_charge.id}"),
        ("POST", "/v1/refunds"),
        ("POST", "/v1/test_helpers/confirmation_tokens"),
    ):
        assert payer.call(method, other)[0] == 403, other
    assert payer.call("GET", "/v1/nowhere")[0] == 404
    # The way in for pages does not know the secret key at all.
    assert payer_with(key="sk_sandbox_firm").call("GET", "/v1/account")[0] == 403


def test_accounts_know_nothing_of_each_other(firm: Any, trust: Any) -> None:
    paid = trust.pay()
    charge, entry = paid.latest_charge, paid.latest_charge.balance_transaction
    for look in (
        lambda: firm.v1.payment_intents.retrieve(paid.id),
        lambda: firm.v1.charges.retrieve(charge.id),
        lambda: firm.v1.balance_transactions.retrieve(entry.id),
        lambda: firm.v1.events.retrieve(trust.v1.events.list().data[0].id),
        lambda: firm.v1.payment_intents.cancel(paid.id),
        lambda: firm.v1.refunds.create({"charge": charge.id}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            look()
        assert raised.value.code == "resource_missing"
    assert firm.v1.events.list().data == []
    assert firm.v1.payment_intents.list().data == []
    assert trust.v1.events.list().data[0].account == "acct_trust"


def test_an_event_of_the_platform_names_no_account(firm: Any) -> None:
    firm.intent()
    assert "account" not in firm.v1.events.list().data[0].to_dict()


def test_an_unknown_account_is_refused(firm: Any) -> None:
    with pytest.raises(stripe.PermissionError) as raised:
        firm.v1.payment_intents.list(options={"stripe_account": "acct_nobody"})
    assert _error(raised).code == "account_invalid"
    with pytest.raises(stripe.PermissionError):
        firm.v1.accounts.retrieve("acct_nobody")


def test_accounts_show_their_country_and_who_pays_the_fees(firm: Any, trust: Any) -> None:
    own = firm.v1.accounts.retrieve_current()
    assert (own.country, own.default_currency, own.charges_enabled) == ("US", "usd", True)
    seen = firm.v1.accounts.retrieve("acct_trust")
    assert seen.controller.fees.payer == "application"
    assert trust.v1.accounts.retrieve_current().id == "acct_trust"
    assert seen.settings.payouts.debit_negative_balances is False


def test_trust_money_arrives_gross_and_the_platform_is_billed(firm: Any, trust: Any) -> None:
    entry = trust.pay().latest_charge.balance_transaction
    assert (entry.fee, entry.net) == (0, 10_000)
    (bill,) = firm.v1.balance_transactions.list({"type": "stripe_fee"}).data
    assert bill.net == -320


def test_a_trust_account_set_up_wrongly_nets_its_fees(firm: Any, netted: Any) -> None:
    assert netted.pay().latest_charge.balance_transaction.fee == 320
    assert firm.v1.balance_transactions.list().data == []


def test_an_account_that_may_not_charge_says_so(firm: Any, store: Any) -> None:
    with store.writing() as book:
        put_account(
            book,
            "acct_sandboxplatform",
            country="US",
            currency="usd",
            name="Hale and Ames",
            created=1,
            charges_enabled=False,
        )
    assert firm.v1.accounts.retrieve_current().requirements.past_due
    with pytest.raises(stripe.InvalidRequestError):
        firm.intent()
