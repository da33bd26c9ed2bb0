"""Payment methods: a test card or a test bank account, as the API shows it."""

from payments.sandbox.book import Json, Record
from payments.sandbox.desk import Desk, new_id
from payments.sandbox.numbers import (
    BANK_ACCOUNTS,
    CARDS,
    ROUTING_NUMBER,
    TestBankAccount,
    TestCard,
)

NO_ADDRESS: Json = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}
NO_BILLING: Json = {
    "address": NO_ADDRESS,
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}


def card_details(card: TestCard, exp_month: int, exp_year: int) -> Json:
    """The card as it is shown: never its number."""
    return {
        "brand": "visa",
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "fail" if card.code == "incorrect_cvc" else "pass",
        },
        "country": "US",
        "display_brand": "visa",
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": f"sandboxcard{card.number[-4:]}",
        "funding": "credit",
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": ["visa"], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def bank_details(
    account: TestBankAccount,
    *,
    bank_name: str,
    linked_id: str | None,
    holder_type: str,
    account_type: str,
) -> Json:
    """The bank account as it is shown. `linked_id` is None where the numbers were typed in."""
    return {
        "account_holder_type": holder_type,
        "account_type": account_type,
        "bank_name": bank_name,
        "financial_connections_account": linked_id,
        "fingerprint": f"sandboxbank{account.number[-4:]}",
        "last4": account.number[-4:],
        "networks": {"preferred": "ach", "supported": ["ach", "us_domestic_wire"]},
        "routing_number": ROUTING_NUMBER,
        "status_details": {},
    }


def add_method(desk: Desk, preview: Json, hidden: Json) -> Record:
    """Make the payment method that a confirmation token stood for."""
    kind = preview["type"]
    body: Json = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": preview["billing_details"],
        "created": desk.at,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: preview[kind],
    }
    return desk.book.add(desk.account, "payment_method", desk.at, body, hidden)


def card_behind(method: Record) -> TestCard:
    """The test card of a card method."""
    return CARDS[method.hidden["number"]]


def bank_account_behind(method: Record) -> TestBankAccount:
    """The test account of a bank method."""
    return BANK_ACCOUNTS[method.hidden["number"]]


def charge_details(method: Record, *, authenticated: bool, mandate: str | None) -> Json:
    """How a charge describes the method that it took the money from."""
    kind = method.body["type"]
    details = method.body[kind]
    if kind == "us_bank_account":
        return {
            "type": kind,
            kind: {
                "account_holder_type": details["account_holder_type"],
                "account_type": details["account_type"],
                "bank_name": details["bank_name"],
                "expected_debit_date": None,
                "fingerprint": details["fingerprint"],
                "last4": details["last4"],
                "mandate": mandate,
                "payment_reference": None,
                "routing_number": details["routing_number"],
            },
        }
    return {"type": kind, kind: _charged_card(details, authenticated)}


def _charged_card(details: Json, authenticated: bool) -> Json:
    shown = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    secure: Json = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    return {name: details[name] for name in shown} | {
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": details["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": "visa",
        "network_token": {"used": False},
        "network_transaction_id": None,
        "regulated_status": "unregulated",
        "three_d_secure": secure if authenticated else None,
        "wallet": None,
    }
