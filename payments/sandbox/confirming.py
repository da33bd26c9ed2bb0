"""Confirming an intent: where money is taken, or refused (https://docs.stripe.com/payments/paymentintents/lifecycle)."""

from payments.sandbox import banking
from payments.sandbox.book import Json, Record
from payments.sandbox.charges import add_charge
from payments.sandbox.desk import Desk, new_id
from payments.sandbox.errors import ApiError, bad_parameter, card_error, unexpected_state
from payments.sandbox.events import record_event
from payments.sandbox.intents import method_options
from payments.sandbox.methods import add_method, card_behind
from payments.sandbox.outcomes import fail, succeed
from payments.sandbox.tokens import usable_token
from payments.sandbox.wire import Params, group, one_of, required_text, text

CONFIRMABLE = frozenset({"requires_payment_method", "requires_confirmation"})


def confirm_intent(desk: Desk, intent: Record, params: Params) -> Record:
    """Charge what the confirmation token stands for, once.

    Raises ApiError: `payment_intent_unexpected_state` past that point, 402 `card_error` when the
    card is declined (the failed attempt is kept), 400 for a token that is used up or too old.
    """
    body = intent.body
    if body["status"] not in CONFIRMABLE:
        raise unexpected_state(
            f"This PaymentIntent could not be confirmed because it has a status of"
            f" {body['status']}.",
            body,
        )
    token_id = required_text(params, "confirmation_token")
    acceptance = _acceptance(params)
    token = usable_token(desk, token_id)
    preview = token.body["payment_method_preview"]
    kind = preview["type"]
    _check_method(body, preview, params, acceptance)
    method = add_method(desk, preview, token.hidden)
    token.body["payment_intent"] = intent.object_id
    desk.book.save(token)
    body |= {
        "last_payment_error": None,
        "payment_method": method.object_id,
        "setup_future_usage": one_of(params, "setup_future_usage", ("off_session", "on_session")),
        "receipt_email": text(params, "receipt_email") or body["receipt_email"],
    }
    if kind == "us_bank_account":
        banking.debit(desk, intent, method, acceptance)
    else:
        _charge_card(desk, intent, method)
    return intent


def _acceptance(params: Params) -> Json | None:
    given = group(group(params, "mandate_data"), "customer_acceptance")
    if not given:
        return None
    if required_text(given, "type") != "online":
        raise bad_parameter("mandate_data", "The sandbox takes mandates given online only.")
    online = group(given, "online")
    return {name: required_text(online, name) for name in ("ip_address", "user_agent")}


def _check_method(body: Json, preview: Json, params: Params, acceptance: Json | None) -> None:
    kind = preview["type"]
    if kind not in body["payment_method_types"]:
        raise bad_parameter(
            "confirmation_token",
            f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent.",
        )
    body["payment_method_options"] = method_options(
        params, body["payment_method_types"], body["payment_method_options"]
    )
    if kind == "us_bank_account":
        _check_bank(body, preview, acceptance)


def _check_bank(body: Json, preview: Json, acceptance: Json | None) -> None:
    if acceptance is None:
        # Stripe would take the mandate from its own page; a firm must hold its own proof.
        raise bad_parameter(
            "mandate_data",
            "A bank payment needs `mandate_data`: the payer's approval of the withdrawal.",
            code="payment_intent_mandate_invalid",
        )
    verification = body["payment_method_options"]["us_bank_account"]["verification_method"]
    typed_in = preview["us_bank_account"]["financial_connections_account"] is None
    if typed_in and verification == "instant":
        raise bad_parameter(
            "confirmation_token",
            "This bank account is not verified, and `verification_method` is `instant`.",
            code="bank_account_unverified",
        )


def _charge_card(desk: Desk, intent: Record, method: Record) -> None:
    card = card_behind(method)
    if card.declines:
        raise _declined(desk, intent, method)
    if card.authenticate:
        intent.body |= {
            "status": "requires_action",
            "next_action": {
                "type": "use_stripe_sdk",
                "use_stripe_sdk": {
                    "type": "three_d_secure_redirect",
                    "source": new_id("src"),
                },
            },
        }
        desk.book.save(intent)
        record_event(desk, "payment_intent.requires_action", intent.body)
        return
    take_card(desk, intent, method, authenticated=False)


def take_card(desk: Desk, intent: Record, method: Record, *, authenticated: bool) -> None:
    """The card's bank says yes: the intent has succeeded."""
    charge = add_charge(desk, intent.body, method, status="succeeded", authenticated=authenticated)
    succeed(desk, intent, charge)
    if card_behind(method).disputed:
        desk.schedule(desk.switches.dispute_delay_seconds, "open_dispute", charge.object_id)


def _declined(desk: Desk, intent: Record, method: Record) -> ApiError:
    card = card_behind(method)
    charge = add_charge(desk, intent.body, method, status="failed")
    charge.body |= {
        "failure_code": card.code,
        "failure_message": card.message,
        "outcome": {
            "advice_code": "try_again_later",
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network",
            "reason": card.decline_code,
            "risk_level": "normal",
            "seller_message": "The bank returned the decline code.",
            "type": "issuer_declined",
        },
    }
    desk.book.save(charge)
    error: Json = {
        "code": card.code,
        "decline_code": card.decline_code,
        "message": card.message,
        "type": "card_error",
    }
    fail(desk, intent, method, charge, error)
    return card_error(error, charge.object_id, intent.body)


def authenticate(desk: Desk, intent_id: str, params: Params) -> Record:
    """The payer's answer to the test bank's question: approve or refuse (FEATURES P3).

    On refusal the intent needs another method, with `payment_intent_authentication_failure`.
    """
    approved = one_of(params, "outcome", ("approve", "refuse")) == "approve"
    intent = desk.named("payment_intent", intent_id)
    step = intent.body["next_action"] or {}
    if intent.body["status"] != "requires_action" or step.get("type") != "use_stripe_sdk":
        raise unexpected_state("This PaymentIntent waits for no authentication.", intent.body)
    method = desk.book.get(desk.account, intent.body["payment_method"])
    if approved:
        take_card(desk, intent, method, authenticated=True)
        return intent
    error: Json = {
        "code": "payment_intent_authentication_failure",
        "message": "We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
        "type": "invalid_request_error",
    }
    fail(desk, intent, method, None, error)
    return intent
