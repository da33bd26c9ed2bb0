"""Each alert that money can raise has its one action and its place in the filter (FEATURES M7)."""

import pytest
from flask import Flask

from payments.transactions import dispute_notices
from payments.transactions.replenishing import ALERTS
from payments.transactions.stuck import STUCK
from payments.webhooks.refused import REFUSED
from payments.webhooks.staff import PUT_ASIDE
from portal.notifications.alert_links import Topic, action_of, topic_of

FEES, _DISPUTE_FEES, SHORTFALLS, _SURPLUS = ALERTS.values()


@pytest.mark.parametrize(
    "kind,subject,endpoint,topic",
    [
        (PUT_ASIDE, "event:evt_1", "processor_events.show", Topic.STRIPE),
        ("quarantined", "payment:p1", "transactions.show", Topic.PAYMENTS),
        (FEES, "replenishment:r1", "trust_tasks.show", Topic.TRUST),
        (SHORTFALLS, "replenishment:r1", "trust_tasks.show", Topic.TRUST),
        ("refund_failed", "payment:p1:r1", "transactions.show", Topic.BACK),
        (dispute_notices.ANSWER, "dispute:d1:open", "disputes.show", Topic.BACK),
        ("unpaid_again", "payment:p1", "transactions.show", Topic.BACK),
        (STUCK, "payment:p1", "transactions.show", Topic.PAYMENTS),
        (REFUSED, "webhooks", "settings.index", Topic.STRIPE),
        ("plan_wants_method", "plan:p1", "payment_plans.show", Topic.PLANS),
        ("instalment_failed", "plan:p1:2", "payment_plans.show", Topic.PLANS),
        ("autocharge_failed", "contact:c1:bill:b1", "payment_plans.autocharge_of", Topic.PLANS),
        ("payment_plans_wait", "bank_account:b1", "bank_accounts.show", Topic.PLANS),
        ("bank_account.disconnected", "bank_account:b1", "bank_accounts.show", Topic.STRIPE),
    ],
)
def test_M7_an_alert_of_money_has_its_one_action(
    app: Flask, kind: str, subject: str, endpoint: str, topic: Topic
) -> None:
    action = action_of(kind, subject)
    assert action is not None
    assert action.endpoint == endpoint
    assert topic_of(kind) is topic
    arguments = action.arguments(subject)
    assert arguments is not None
    (rule,) = (rule for rule in app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or ()))
    assert rule.arguments == set(arguments)
