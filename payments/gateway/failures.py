"""Stripe's exceptions in the words of `payments.gateway.errors`."""

import stripe

from payments.gateway.errors import (
    Declined,
    GatewayError,
    InvalidRequest,
    NotFound,
    Unavailable,
)

UNEXPECTED_STATES = frozenset({"payment_intent_unexpected_state", "setup_intent_unexpected_state"})
KEPT_OUT = (stripe.AuthenticationError, stripe.PermissionError, stripe.RateLimitError)


class UnexpectedState(InvalidRequest):
    """The payment is past the step that was asked for; the caller reads it again."""


def failure_from(error: stripe.StripeError, *, writes: bool, answer_lost: bool) -> GatewayError:
    """The house's error for one of Stripe's (https://docs.stripe.com/error-handling).

    `writes` says whether the call could change anything; `answer_lost` whether an earlier attempt
    of the same call ended without an answer. A refusal at the door (bad key, no permission, too
    many requests) after a lost answer does not say what became of the first attempt.
    """
    unknown = writes and answer_lost
    match error:
        case stripe.CardError():
            return Declined(_decline_code(error), error.user_message or "")
        case _ if isinstance(error, KEPT_OUT) and unknown:
            return Unavailable(str(error), outcome_unknown=True)
        case stripe.RateLimitError():
            return Unavailable(str(error), outcome_unknown=False)
        case stripe.AuthenticationError() | stripe.PermissionError():
            return InvalidRequest(str(error))
        case stripe.IdempotencyError():
            # Another request used this key before: what it did has to be looked up.
            return Unavailable(str(error), outcome_unknown=writes)
        case stripe.InvalidRequestError():
            return _refusal(error)
        case stripe.APIConnectionError():
            return Unavailable(str(error), outcome_unknown=unknown)
        case _:
            # 409 (the key is in use), 5xx, and bodies that are no answer of Stripe's.
            return Unavailable(str(error), outcome_unknown=writes)


def _refusal(error: stripe.InvalidRequestError) -> GatewayError:
    if error.http_status == 404 or error.code == "resource_missing":
        return NotFound(str(error))
    if error.code in UNEXPECTED_STATES:
        return UnexpectedState(str(error))
    return InvalidRequest(str(error))


def _decline_code(error: stripe.CardError) -> str:
    reason = getattr(error.error, "decline_code", None)
    return reason or error.code or "card_declined"
