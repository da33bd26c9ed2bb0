"""The webhook events that the house asks Stripe to send (https://docs.stripe.com/api/events/types)."""

SUBSCRIBED_EVENTS: tuple[str, ...] = (
    "payment_intent.processing",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "charge.pending",
    "charge.succeeded",
    "charge.failed",
    "charge.updated",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "setup_intent.requires_action",
    "setup_intent.canceled",
    "payment_method.attached",
    "payment_method.detached",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "mandate.updated",
    "payout.paid",
    "payout.failed",
    "payout.reconciliation_completed",
    "account.updated",
)

# `events.list` takes no more names than this in one call (https://docs.stripe.com/api/events/list).
EVENT_NAMES_PER_LIST_MAX = 20
