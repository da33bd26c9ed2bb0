"""Payments under way for too long are put before the staff, each once (FEATURES M5, M11)."""

from datetime import timedelta

import pytest

from payments.gateway.results import MethodKind
from payments.transactions.states import Status
from payments.transactions.stuck import STUCK, look_for_stuck
from portal.core import db, demo_clock
from portal.notifications.actions import resolve_alert
from portal.notifications.queries import OpenAlert, open_alerts
from tests.payments.transactions.conftest import Till
from tests.support.cast import Cast

DAY = timedelta(days=1)
pytestmark = pytest.mark.both_databases


def stuck() -> list[OpenAlert]:
    """What stands before the staff after a look."""
    look_for_stuck()
    with db.read() as session:
        return [one for one in open_alerts(session) if one.kind == STUCK]


def later(by: timedelta) -> None:
    """Time goes by, and nobody asks the processor."""
    with db.transaction() as session:
        demo_clock.advance(session, by)


def test_M11_an_authorized_payment_is_stuck_two_banking_days_after_it_was_expected(
    till: Till,
) -> None:
    payment = till.payment(till.bring_to(Status.AUTHORIZED, method=MethodKind.BANK))
    assert stuck() == []
    later(5 * DAY)
    assert stuck() == []
    later(7 * DAY)
    (alert,) = stuck()
    assert payment.reference in alert.sentence
    assert "should have completed by" in alert.sentence
    assert alert.subject == f"payment:{payment.public_id}"
    assert len(stuck()) == 1


def test_M11_one_that_moved_on_is_told_of_no_more(till: Till) -> None:
    payment_id = till.bring_to(Status.AUTHORIZED)
    later(12 * DAY)
    assert len(stuck()) == 1
    till.complete(payment_id)
    assert stuck() == []


def test_M11_one_that_somebody_resolved_stays_resolved(till: Till) -> None:
    till.bring_to(Status.AUTHORIZED)
    later(12 * DAY)
    (alert,) = stuck()
    with db.transaction() as session:
        resolve_alert(session, alert, by="user:ada")
    later(DAY)
    assert stuck() == []


def test_M11_an_attempt_without_an_answer_is_stuck_after_an_hour(till: Till) -> None:
    till.bring_to(Status.PENDING)
    later(timedelta(minutes=50))
    assert stuck() == []
    later(timedelta(minutes=20))
    (alert,) = stuck()
    assert "nobody knows what became of it" in alert.sentence


def test_P4_test_deposits_have_ten_days(till: Till) -> None:
    till.bring_to(Status.ACTION_NEEDED, method=MethodKind.BANK)
    later(10 * DAY)
    assert stuck() == []
    later(3 * DAY)
    assert len(stuck()) == 1


def test_payments_that_ended_are_never_stuck(till: Till) -> None:
    for status in (Status.COMPLETED, Status.FAILED, Status.CANCELED, Status.RETURNED):
        till.bring_to(status)
    later(60 * DAY)
    assert stuck() == []


def test_the_alert_leads_to_the_payment(till: Till, cast: Cast) -> None:
    payment = till.payment(till.bring_to(Status.AUTHORIZED))
    later(12 * DAY)
    stuck()
    page = cast.ana.click(cast.ana.get("/staff/alerts?about=payments"), "Open the payment")
    assert payment.reference in page
