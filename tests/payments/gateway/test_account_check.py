"""Whether an account can take payments, in sentences for staff."""

import pytest

from payments.gateway.errors import Unavailable
from payments.gateway.results import AccountCheck
from tests.payments.gateway.scripted import OWN, TRUST, ScriptedClient, Step, gateway_over
from tests.payments.gateway.stripe_objects import account, error_body


def check(*steps: Step) -> AccountCheck:
    return gateway_over(ScriptedClient(*steps)).check_account(TRUST, "USD")


def test_an_account_that_can_charge_in_the_firms_currency_is_connected() -> None:
    found = AccountCheck(connected=True, account_id="acct_1", country="US", currency="USD")
    assert check(account()) == found


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
