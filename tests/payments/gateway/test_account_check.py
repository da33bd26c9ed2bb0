"""Whether an account can take payments, in sentences for staff."""

import pytest

from payments.gateway.errors import Unavailable
from payments.gateway.results import AccountCheck, Finding
from tests.payments.gateway.scripted import OWN, TRUST, ScriptedClient, Step, gateway_over
from tests.payments.gateway.stripe_objects import (
    Json,
    account,
    account_settings,
    bank_account,
    controller,
    error_body,
    page,
)


def check(*steps: Step) -> AccountCheck:
    return gateway_over(ScriptedClient(*steps)).check_account(TRUST, "USD")


SAFE = (
    Finding("fee_payer", "application", safe=True),
    Finding("payout_account", "FIRST TRUST BANK 6789", safe=True),
    Finding("negative_debits", "false", safe=True),
)


def test_an_account_that_can_charge_in_the_firms_currency_is_connected() -> None:
    assert check(account()) == AccountCheck(
        connected=True, account_id="acct_1", country="US", currency="USD", findings=SAFE
    )


@pytest.mark.parametrize("payer", ["account", "application_custom", "application_express"])
def test_M4_trust_money_is_safe_only_where_the_firms_own_account_pays_every_fee(payer: str) -> None:
    assert check(account(controller=controller(payer))).findings[0] == Finding(
        "fee_payer", payer, safe=False
    )


def test_M4_an_account_of_its_own_pays_its_fees_itself() -> None:
    assert check(account(controller={"type": "account"})).findings[0] == Finding(
        "fee_payer", "account", safe=False
    )


def test_M4_what_stripe_does_not_tell_is_not_safe() -> None:
    silent = account()
    for key in ("controller", "external_accounts", "payouts_enabled", "settings"):
        del silent[key]
    assert check(silent).findings == (
        Finding("fee_payer", "", safe=False),
        Finding("payout_account", "", safe=False),
        Finding("negative_debits", "", safe=False),
    )


def outside(*banks: Json) -> Json:
    return page(list(banks), url="/v1/accounts/acct_1/external_accounts")


def test_M4_payouts_need_a_bank_account_and_stripes_leave() -> None:
    none = check(account(external_accounts=outside())).findings[1]
    assert none == Finding("payout_account", "", safe=False)
    stopped = check(account(payouts_enabled=False)).findings[1]
    assert stopped == Finding("payout_account", "FIRST TRUST BANK 6789", safe=False)


def test_M4_the_bank_account_that_payouts_go_to_is_the_one_told() -> None:
    other = bank_account(id="ba_2", last4="1111", default_for_currency=False)
    found = check(account(external_accounts=outside(other, bank_account()))).findings[1]
    assert found.found == "FIRST TRUST BANK 6789"


def test_M4_an_account_that_may_be_debited_is_not_safe() -> None:
    open_to_debits = account_settings(debit_negative_balances=True)
    assert check(account(settings=open_to_debits)).findings[2] == Finding(
        "negative_debits", "true", safe=False
    )


@pytest.mark.parametrize(
    "found, problem",
    [
        (account(charges_enabled=False), "Stripe does not let this account take payments yet."),
        (
            account(default_currency="cad", country="CA"),
            "This Stripe account is kept in CAD, not in USD.",
        ),
        (
            account(requirements={"past_due": ["external_account"]}),
            "Stripe is waiting for information about this account.",
        ),
    ],
)
def test_each_problem_is_a_sentence(found: dict[str, object], problem: str) -> None:
    result = check(found)
    assert not result.connected
    assert result.problems == (problem,)


@pytest.mark.parametrize(
    "refusal",
    [
        (404, error_body(code="resource_missing")),
        (403, error_body(code="account_invalid")),
        (401, error_body()),
    ],
)
def test_an_account_that_stripe_does_not_show_us_is_not_connected(refusal: Step) -> None:
    result = check(refusal)
    assert not result.connected
    assert result.problems == ("Stripe does not know this account, or the key is wrong.",)


def test_when_stripe_cannot_be_reached_nothing_is_said_about_the_account() -> None:
    broken = (500, error_body("api_error"))
    with pytest.raises(Unavailable):
        check(broken, broken, broken)


def test_the_own_account_is_asked_for_without_an_id() -> None:
    client = ScriptedClient(account(), account())
    gateway = gateway_over(client)
    gateway.check_account(OWN, "USD")
    gateway.check_account(TRUST, "USD")
    calls = [request.call for request in client.requests]
    assert calls == ["GET /v1/account", "GET /v1/accounts/acct_trust"]
