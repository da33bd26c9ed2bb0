"""Keeping a card or bank account at Stripe without a payment: setup intents (FEATURES P8).

Source: https://docs.stripe.com/payments/save-and-reuse and https://docs.stripe.com/api/setup_intents.
The steps are those of a payment, so the page, the review and the bank's questions are the same.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import stripe

from payments.gateway.calls import StripeCalls, checked_id, options_of
from payments.gateway.errors import Unavailable
from payments.gateway.failures import UnexpectedState
from payments.gateway.intents import METHOD_TYPES, accepted
from payments.gateway.mapping import (
    STATUSES,
    action_of,
    kept_method,
    part_of,
    time_of,
)
from payments.gateway.results import (
    Consent,
    Failure,
    GatewaySetup,
    IntentStatus,
    MethodKind,
    NewSetup,
    ProcessorAccount,
)

if TYPE_CHECKING:
    from stripe.params import SetupIntentConfirmParams, SetupIntentCreateParams

Json = Mapping[str, Any]

EXPANDED = ["payment_method"]


class StripeSetups(StripeCalls):
    """Setup intents at Stripe. No money moves by any of these calls."""

    def create_setup(self, account: ProcessorAccount, new: NewSetup) -> GatewaySetup:
        """Make a setup intent; repeated with the same `try_id` it answers with the same one."""
        return self._setup(
            lambda: self._stripe.setup_intents.create(
                setup_params(new), options_of(account, f"seti:{new.try_id}")
            )
        )

    def confirm_setup(
        self,
        account: ProcessorAccount,
        setup_id: str,
        *,
        confirmation_token: str,
        consent: Consent | None,
        return_url: str,
    ) -> GatewaySetup:
        """Keep the chosen method on the setup's customer. Raises `Declined` when its bank says no.

        `consent` is the mandate of a bank account, None for cards. A setup that was confirmed
        before answers with its true state.
        """
        token = checked_id(confirmation_token)
        params = confirm_setup_params(token, consent, return_url)
        key = f"{checked_id(setup_id)}:confirm:{token}"
        try:
            return self._setup(
                lambda: self._stripe.setup_intents.confirm(
                    setup_id, params, options_of(account, key)
                )
            )
        except UnexpectedState:
            return self._refused(lambda: self.get_setup(account, setup_id))

    def get_setup(self, account: ProcessorAccount, setup_id: str) -> GatewaySetup:
        """The setup as Stripe has it now: the only source of truth for its status."""
        setup = self._read(
            lambda: self._stripe.setup_intents.retrieve(
                checked_id(setup_id), {"expand": EXPANDED}, options_of(account)
            )
        )
        return setup_from(setup.to_dict())

    def cancel_setup(self, account: ProcessorAccount, setup_id: str) -> GatewaySetup:
        """Cancel a setup that has kept nothing. One that has ended answers with its true state."""
        try:
            return self._setup(
                lambda: self._stripe.setup_intents.cancel(
                    checked_id(setup_id),
                    {"cancellation_reason": "abandoned", "expand": EXPANDED},
                    options_of(account),
                )
            )
        except UnexpectedState:
            return self.get_setup(account, setup_id)

    def _setup(self, call: Callable[[], stripe.SetupIntent]) -> GatewaySetup:
        return setup_from(self._call(call, writes=True).to_dict())


def setup_params(new: NewSetup) -> "SetupIntentCreateParams":
    """A setup not yet confirmed. The metadata holds our id only: no client, no matter (M13)."""
    params: SetupIntentCreateParams = {
        "customer": new.customer_id,
        "usage": "off_session",
        "allowed_payment_method_types": [METHOD_TYPES[kind] for kind in new.methods],
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"method_request": new.request_id},
        "expand": EXPANDED,
    }
    if MethodKind.BANK in new.methods:
        # By signing in to the bank, or by small test deposits (docs/decisions/0004).
        params["payment_method_options"] = {
            "us_bank_account": {
                "verification_method": "automatic",
                "financial_connections": {"permissions": ["payment_method"]},
            }
        }
    return params


def confirm_setup_params(
    confirmation_token: str, consent: Consent | None, return_url: str
) -> "SetupIntentConfirmParams":
    """The client's word that the method may be kept; for a bank account with the mandate."""
    params: SetupIntentConfirmParams = {
        "confirmation_token": confirmation_token,
        "return_url": return_url,
        "use_stripe_sdk": True,
        "expand": EXPANDED,
    }
    if consent is not None:
        params["mandate_data"] = accepted(consent)
    return params


def setup_from(setup: Json) -> GatewaySetup:
    """A SetupIntent, expanded by `payment_method`.

    Raises `Unavailable` (outcome unknown) for a status that this version does not know.
    """
    status = STATUSES.get(setup["status"])
    if status is None:
        raise Unavailable(f"unknown setup status {setup['status']!r}", outcome_unknown=True)
    waits = status is IntentStatus.NEEDS_ACTION
    action, verify_url = action_of(setup) if waits else ("", "")
    kept = part_of(setup, "payment_method")
    error = part_of(setup, "last_setup_error")
    return GatewaySetup(
        setup_id=setup["id"],
        status=status,
        created_at=time_of(setup["created"]),
        failure=_failure(error) if status is IntentStatus.NEEDS_METHOD else None,
        client_secret=setup.get("client_secret") or "",
        action=action,
        verify_url=verify_url,
        stored=kept_method(kept) if status is IntentStatus.SUCCEEDED else None,
    )


def _failure(error: Json) -> Failure | None:
    if not error:
        return None
    return Failure(error.get("decline_code") or error.get("code") or "unknown")
