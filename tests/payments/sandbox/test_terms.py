"""What decides whether trust money is safe on an account, read through the real gateway (M4)."""

from typing import Any

from payments.gateway.results import Finding
from payments.gateway.stripe_gateway import StripeGateway
from payments.sandbox.accounts import Terms, choose_terms
from payments.sandbox.service import SandboxService
from tests.payments.sandbox.processor import IN_TRUST, OPERATING, TRUST


def test_M4_the_trust_account_is_safe_until_its_terms_are_others(
    gateway: StripeGateway, service: SandboxService, trust: Any
) -> None:
    assert all(one.safe for one in gateway.check_account(IN_TRUST, "USD").findings)
    with service.writing(TRUST) as desk:
        choose_terms(desk, Terms(debit_negative_balances=True))
    assert gateway.check_account(IN_TRUST, "USD").findings == (
        Finding("fee_payer", "account", safe=False),
        Finding("payout_account", "Summit Test Savings 0118", safe=True),
        Finding("negative_debits", "true", safe=False),
    )
    assert trust.event_types() == ["account.updated"]
    assert trust.pay().latest_charge.balance_transaction.fee == 320


def test_M4_fees_taken_in_secret_show_on_the_payment_alone(
    gateway: StripeGateway, service: SandboxService, trust: Any
) -> None:
    with service.writing(TRUST) as desk:
        choose_terms(desk, Terms(fees_payer="application", fees_from_account=True))
    assert all(one.safe for one in gateway.check_account(IN_TRUST, "USD").findings)
    assert trust.pay().latest_charge.balance_transaction.fee == 320


def test_M4_the_operating_account_pays_its_own_fees(gateway: StripeGateway) -> None:
    assert gateway.check_account(OPERATING, "USD").findings[0].found == "account"
