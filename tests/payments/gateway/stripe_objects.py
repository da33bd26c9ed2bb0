"""Objects as Stripe sends them, with the keys that matter to a payment."""

from typing import Any

Json = dict[str, Any]

CREATED = 1_790_000_000  # 2026-09-21 15:33:20 UTC

BILLING: Json = {
    "address": {
        "city": "Springfield",
        "country": "US",
        "line1": "1 Main Street",
        "line2": None,
        "postal_code": "62701",
        "state": "IL",
    },
    "email": None,
    "name": "Cleo Client",
    "phone": None,
    "tax_id": None,
}
CARD: Json = {
    "brand": "visa",
    "country": "US",
    "exp_month": 8,
    "exp_year": 2030,
    "funding": "credit",
    "last4": "4242",
    "wallet": None,
}
BANK: Json = {
    "account_holder_type": "individual",
    "account_type": "checking",
    "bank_name": "STRIPE TEST BANK",
    "last4": "6789",
    "routing_number": "110000000",
}


def payment_method(kind: str = "card", **changes: Any) -> Json:
    return {
        "id": "pm_1",
        "object": "payment_method",
        "billing_details": BILLING,
        "created": CREATED,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: CARD if kind == "card" else BANK,
    } | changes


def balance_transaction(**changes: Any) -> Json:
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "amount": 12_500,
        "available_on": CREATED + 172_800,
        "balance_type": "payments",
        "created": CREATED,
        "currency": "usd",
        "fee": 393,
        "fee_details": [],
        "net": 12_107,
        "reporting_category": "charge",
        "source": "ch_1",
        "status": "pending",
        "type": "charge",
    } | changes


def charge(kind: str = "card", **changes: Any) -> Json:
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": 12_500,
        "amount_captured": 12_500,
        "amount_refunded": 0,
        "balance_transaction": balance_transaction(),
        "billing_details": BILLING,
        "captured": True,
        "created": CREATED,
        "currency": "usd",
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": "pi_1",
        "payment_method": "pm_1",
        "payment_method_details": {"type": kind, kind: CARD if kind == "card" else BANK},
        "refunded": False,
        "status": "succeeded",
    } | changes


def intent(status: str = "requires_payment_method", **changes: Any) -> Json:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 12_500,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": "pi_1_secret_2",
        "confirmation_method": "automatic",
        "created": CREATED,
        "currency": "usd",
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {"payment_id": "pay-7"},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card", "us_bank_account"],
        "status": status,
    } | changes


def card_error(code: str = "card_declined", **changes: Any) -> Json:
    return {
        "type": "card_error",
        "code": code,
        "message": "Your card was declined.",
        "payment_method": payment_method(),
    } | changes


def error_body(kind: str = "invalid_request_error", **changes: Any) -> Json:
    return {"error": {"type": kind, "message": "Stripe says no."} | changes}


def confirmation_token(kind: str = "card", **changes: Any) -> Json:
    return {
        "id": "ctoken_1",
        "object": "confirmation_token",
        "created": CREATED,
        "expires_at": CREATED + 43_200,
        "livemode": False,
        "payment_method_preview": {
            "billing_details": BILLING,
            "type": kind,
            kind: CARD if kind == "card" else BANK,
        },
        "use_stripe_sdk": True,
    } | changes


def account(**changes: Any) -> Json:
    return {
        "id": "acct_1",
        "object": "account",
        "charges_enabled": True,
        "controller": controller(),
        "country": "US",
        "default_currency": "usd",
        "external_accounts": page([bank_account()], url="/v1/accounts/acct_1/external_accounts"),
        "payouts_enabled": True,
        "requirements": {"currently_due": [], "past_due": []},
        "settings": account_settings(),
    } | changes


def controller(payer: str = "application") -> Json:
    return {
        "fees": {"payer": payer},
        "is_controller": True,
        "losses": {"payments": "application"},
        "type": "application",
    }


def account_settings(*, debit_negative_balances: bool = False) -> Json:
    return {
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_payments": {
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": "Trust", "timezone": "America/New_York"},
        "payments": {
            "statement_descriptor": "LANG PARTNERS",
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": debit_negative_balances,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
    }


def bank_account(**changes: Any) -> Json:
    return {
        "id": "ba_1",
        "object": "bank_account",
        "bank_name": "FIRST TRUST BANK",
        "country": "US",
        "currency": "usd",
        "default_for_currency": True,
        "last4": "6789",
        "status": "new",
    } | changes


def dispute(**changes: Any) -> Json:
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": 12_500,
        "balance_transactions": [],
        "charge": "ch_1",
        "created": CREATED,
        "currency": "usd",
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": None,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": "pi_1",
        "reason": "insufficient_funds",
        "status": "lost",
    } | changes


def refund(**changes: Any) -> Json:
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 2_500,
        "charge": "ch_1",
        "created": CREATED,
        "currency": "usd",
        "metadata": {},
        "payment_intent": "pi_1",
        "reason": None,
        "status": "pending",
    } | changes


def file(**changes: Any) -> Json:
    return {
        "id": "file_1",
        "object": "file",
        "created": CREATED,
        "expires_at": None,
        "filename": "receipt.pdf",
        "purpose": "dispute_evidence",
        "size": 1_024,
        "title": None,
        "type": "pdf",
        "url": None,
    } | changes


def event(kind: str, subject: Json, **changes: Any) -> Json:
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": CREATED,
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    } | changes


def page(items: list[Json], *, url: str = "/v1/events", has_more: bool = False) -> Json:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}
