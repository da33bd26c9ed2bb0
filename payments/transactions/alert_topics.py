"""Where the list's filter finds the alerts of payments (FEATURES M7, X2)."""

from payments.accounts.preflight import DISCONNECTED
from payments.transactions import dispute_notices
from payments.transactions.replenishing import ALERTS
from portal.notifications.alert_links import Topic, file_under

file_under(Topic.TRUST, *ALERTS.values())
file_under(
    Topic.BACK,
    *(dispute_notices.ANSWER, dispute_notices.REFUSED, dispute_notices.LOST),
    *("refund_failed", "refunded_elsewhere", "given_back_in_part", "more_gone_than_paid"),
    *("unpaid_again", "still_unpaid"),
)
file_under(
    Topic.PAYMENTS,
    *("found_at_stripe", "quarantined", "settled_otherwise", "money_surfaced", "no_answer"),
)
file_under(Topic.STRIPE, DISCONNECTED)
