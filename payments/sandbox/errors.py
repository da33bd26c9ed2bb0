"""Errors as the processor words them (https://docs.stripe.com/api/errors)."""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """One refusal, to be answered as Stripe answers it.

    `keeps_changes` is true where the refusal itself is a fact to be stored: a declined card
    leaves a failed charge behind. `executed` is false where the request never began (a wrong
    parameter, a second request in flight): such an answer is not replayed for the same
    idempotency key (https://docs.stripe.com/api/idempotent_requests).
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keeps_changes: bool = False,
        executed: bool = True,
        extra: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keeps_changes = keeps_changes
        self.executed = executed
        named = {"code": code, "param": param}
        self.error: Json = {"type": kind, "message": message}
        self.error.update({name: value for name, value in named.items() if value is not None})
        self.error.update(extra or {})

    def body(self) -> Json:
        """The JSON answer."""
        return {"error": self.error}


def bad_parameter(param: str, message: str, *, code: str | None = None) -> ApiError:
    """A parameter is wrong: 400, nothing was executed."""
    return ApiError(400, message, param=param, code=code, executed=False)


def no_such(kind: str, object_id: str, param: str = "id") -> ApiError:
    """Nothing of that name on this account: 404 for one in the path, 400 for one in the body."""
    return ApiError(
        404 if param == "id" else 400,
        f"No such {kind.replace('_', '')}: '{object_id}'",
        code="resource_missing",
        param=param,
    )


def unexpected_state(message: str, intent: Json) -> ApiError:
    """The intent is past the point where this could be done to it."""
    kind = intent["object"]
    return ApiError(400, message, code=f"{kind}_unexpected_state", extra={kind: intent})


def card_error(declined: Json, charge_id: str, intent: Json) -> ApiError:
    """The payer's bank said no (402). The failed attempt stays on the intent.

    `declined` holds `code`, `decline_code` and `message` as on the intent's `last_payment_error`.
    """
    extra: Json = {
        "charge": charge_id,
        "decline_code": declined["decline_code"],
        "payment_intent": intent,
        "payment_method": intent["last_payment_error"]["payment_method"],
    }
    return ApiError(
        402,
        declined["message"],
        kind="card_error",
        code=declined["code"],
        keeps_changes=True,
        extra=extra,
    )
