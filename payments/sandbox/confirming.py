"""Confirming an intent: where money is taken, or refused (https://docs.stripe.com/payments/paymentintents/lifecycle)."""

from payments.sandbox import banking
from payments.sandbox.book import Json, Record
from payments.sandbox.charges import add_charge
from payments.sandbox.customers import attach, keeps_method, kept_method
from payments.sandbox.desk import Desk, new_id
from payments.sandbox.errors import ApiError, bad_parameter, card_error, unexpected_state
from payments.sandbox.events import record_event
from payments.sandbox.intents import method_options
from payments.sandbox.methods import add_method, card_behind
from payments.sandbox.outcomes import fail, succeed
from payments.sandbox.tokens import usable_token
from payments.sandbox.wire import Params, flag, group, one_of, required_text, text

CONFIRMABLE = frozenset({"requires_payment_method", "requires_confirmation"})


def confirm_intent(desk: Desk, intent: Record, params: Params) -> Record:
    """Charge what the confirmation token stands for, once, or without the payer a kept method.

    Raises ApiError: `payment_intent_unexpected_state` past that point, 402 `card_error` when the
    card is declined (the failed attempt is kept), 400 for a token that is used up or too old and
    for a method that the intent's customer does not have.
    """
    body = intent.body
    if body["status"] not in CONFIRMABLE:
        raise unexpected_state(
            f"This PaymentIntent could not be confirmed because it has a status of"
            f" {body['status']}.",
            body,
        )
    method_id = text(params, "payment_method")
    acceptance = acceptance_in(params)
    if method_id is None:
        method = _entered(desk, intent, params, acceptance)
    else:
        method = kept_method(desk, body, method_id)
        check_allowed(body, method.body["type"], "payment_method")
    body |= {
        "last_payment_error": None,
        "payment_method": method.object_id,
        "receipt_email": text(params, "receipt_email") or body["receipt_email"],
    }
    if method.body["type"] == "us_bank_account":
        banking.debit(desk, intent, method, acceptance)
    else:
        _charge_card(desk, intent, method, present=not flag(params, "off_session"))
    return intent


def _entered(desk: Desk, intent: Record, params: Params, acceptance: Json | None) -> Record:
    """The method that the payer has just entered; its token is used up."""
    token = usable_token(desk, required_text(params, "confirmation_token"))
    preview = token.body["payment_method_preview"]
    _check_method(intent.body, preview, params, acceptance)
    intent.body["setup_future_usage"] = _future_usage(intent.body, params)
    method = add_method(desk, preview, token.hidden)
    token.body["payment_intent"] = intent.object_id
    desk.book.save(token)
    return method


def _future_usage(body: Json, params: Params) -> str | None:
    usage = one_of(params, "setup_future_usage", ("off_session", "on_session"))
    if usage is not None and body["customer"] is None:
        # Stripe would take the payment and keep the method for nobody: a fault of the caller.
        raise bad_parameter("setup_future_usage", "There is no customer to keep the method for.")
    return usage


def acceptance_in(params: Params) -> Json | None:
    """The mandate's proof in the parameters, if there is one."""
    given = group(group(params, "mandate_data"), "customer_acceptance")
    if not given:
        return None
    if required_text(given, "type") != "online":
        raise bad_parameter("mandate_data", "The sandbox takes mandates given online only.")
    online = group(given, "online")
    return {name: required_text(online, name) for name in ("ip_address", "user_agent")}


def _check_method(body: Json, preview: Json, params: Params, acceptance: Json | None) -> None:
    kind = preview["type"]
    check_allowed(body, kind, "confirmation_token")
    body["payment_method_options"] = method_options(
        params, body["payment_method_types"], body["payment_method_options"]
    )
    if kind == "us_bank_account":
        check_bank(body, preview, acceptance)


def check_allowed(body: Json, kind: str, param: str) -> None:
    """Refuse a kind of method that the intent does not take."""
    if kind not in body["payment_method_types"]:
        raise bad_parameter(
            param, f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent."
        )


def check_bank(body: Json, preview: Json, acceptance: Json | None) -> None:
    """Refuse a bank account without a mandate, or one that cannot be verified as asked."""
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


def _charge_card(desk: Desk, intent: Record, method: Record, *, present: bool) -> None:
    card = card_behind(method)
    kept = method.body["customer"] is not None
    stored_now = card.declines_once_stored and keeps_method(intent.body) and not kept
    if (card.declines and not stored_now) or (card.asks_always and not present):
        raise _declined(desk, intent, method)
    # One that was kept was authenticated when it was.
    if present and card.authenticate and (card.asks_always or not kept):
        ask_for_authentication(desk, intent)
        return
    take_card(desk, intent, method, authenticated=False)


def ask_for_authentication(desk: Desk, intent: Record) -> None:
    """The card's bank has a question to its owner, before it lets a payment or setup pass."""
    step = {"type": "three_d_secure_redirect", "source": new_id("src")}
    intent.body |= {
        "status": "requires_action",
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": step},
    }
    desk.book.save(intent)
    record_event(desk, f"{intent.body['object']}.requires_action", intent.body)


def take_card(desk: Desk, intent: Record, method: Record, *, authenticated: bool) -> None:
    """The card's bank says yes: the intent has succeeded."""
    attach(desk, intent.body, method)
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
    error = card.error()
    fail(desk, intent, method, charge, error)
    return card_error(error, charge.object_id, intent.body)


def authenticate(desk: Desk, intent_id: str, params: Params) -> Record:
    """The payer's answer to the test bank's question: approve or refuse (FEATURES P3).

    On refusal the intent needs another method, with `payment_intent_authentication_failure`.
    """
    intent = desk.named("payment_intent", intent_id)
    method, approved = authenticated_method(desk, intent, params)
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


def authenticated_method(desk: Desk, intent: Record, params: Params) -> tuple[Record, bool]:
    """The card that a payment or setup asks about, and whether its owner approves."""
    approved = one_of(params, "outcome", ("approve", "refuse")) == "approve"
    step = intent.body["next_action"] or {}
    if intent.body["status"] != "requires_action" or step.get("type") != "use_stripe_sdk":
        raise unexpected_state("This intent waits for no authentication.", intent.body)
    return desk.book.get(desk.account, intent.body["payment_method"]), approved
