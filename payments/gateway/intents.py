"""The parameters of a payment, exactly as Stripe's two-step confirmation wants them.

Source: https://docs.stripe.com/payments/build-a-two-step-confirmation. Nothing is stored unless the
caller asks for it: secure links never do (FEATURES L2), so theirs carry no `setup_future_usage`.
"""

from typing import TYPE_CHECKING

from payments.gateway.results import Consent, MethodKind, NewPayment

if TYPE_CHECKING:
    from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams
    from stripe.params._payment_intent_confirm_params import PaymentIntentConfirmParamsMandateData
    from stripe.params._payment_intent_create_params import (
        PaymentIntentCreateParamsPaymentMethodOptions,
    )

EXPANDED = ["latest_charge.balance_transaction", "payment_method"]
WHOLE = [*EXPANDED, "latest_charge.refunds"]
METHOD_TYPES = {MethodKind.CARD: "card", MethodKind.BANK: "us_bank_account"}

# https://docs.stripe.com/get-started/account/statement-descriptors: characters that are refused.
STATEMENT_FORBIDDEN = str.maketrans("", "", "<>\\'\"*")
STATEMENT_CHARACTERS_MAX = 22


def create_params(new: NewPayment) -> "PaymentIntentCreateParams":
    """A payment not yet confirmed. The metadata holds our own names: no client, no matter.

    A bank account is verified by signing in to it, or by small test deposits, which take days
    (docs/decisions/0004).
    """
    params: PaymentIntentCreateParams = {
        "amount": new.amount_cents,
        "currency": new.currency.lower(),
        "allowed_payment_method_types": [METHOD_TYPES[kind] for kind in new.methods],
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"payment_id": new.payment_id, **new.marks},
        "expand": EXPANDED,
    }
    if new.description:
        params["description"] = new.description
    if new.customer_id:
        params["customer"] = new.customer_id
    suffix = statement_suffix(new.statement_suffix)
    if MethodKind.CARD in new.methods and suffix:
        params["statement_descriptor_suffix"] = suffix
    if MethodKind.BANK in new.methods:
        params["payment_method_options"] = _bank_options()
    return params


def confirm_params(
    confirmation_token: str, consent: Consent | None, return_url: str, *, store: bool = False
) -> "PaymentIntentConfirmParams":
    """The charge itself. `consent` is the payer's approval of a bank withdrawal, None for cards.

    With `store` the method is kept on the intent's customer once the charge is accepted, and the
    mandate of a bank account holds for later withdrawals without the payer too
    (https://docs.stripe.com/payments/save-during-payment).
    """
    params: PaymentIntentConfirmParams = {
        "confirmation_token": confirmation_token,
        "return_url": return_url,
        "use_stripe_sdk": True,
        "expand": EXPANDED,
    }
    if store:
        params["setup_future_usage"] = "off_session"
    if consent is not None:
        params["mandate_data"] = accepted(consent)
    return params


def accepted(consent: Consent) -> "PaymentIntentConfirmParamsMandateData":
    """The proof of a mandate, for a payment and for a setup."""
    return {
        "customer_acceptance": {
            "type": "online",
            "online": {"ip_address": consent.ip_address, "user_agent": consent.user_agent},
        }
    }


def stored_params(
    method_id: str, return_url: str, *, present: bool
) -> "PaymentIntentConfirmParams":
    """The charge of a stored method. A bank account's mandate was given when it was stored, for
    withdrawals without the payer too, so it is not given again."""
    params: PaymentIntentConfirmParams = {"payment_method": method_id, "expand": EXPANDED}
    if present:
        params["return_url"] = return_url
        params["use_stripe_sdk"] = True
    else:
        params["off_session"] = True
    return params


def statement_suffix(words: str) -> str:
    """What a card statement may show: at most 22 plain characters with a letter, else nothing."""
    plain = words.encode("ascii", "ignore").decode().translate(STATEMENT_FORBIDDEN)
    suffix = " ".join(plain.split())[:STATEMENT_CHARACTERS_MAX].strip()
    return suffix if any(character.isalpha() for character in suffix) else ""


def _bank_options() -> "PaymentIntentCreateParamsPaymentMethodOptions":
    return {
        "us_bank_account": {
            "verification_method": "automatic",
            "financial_connections": {"permissions": ["payment_method"]},
            "transaction_purpose": "services",
        }
    }
