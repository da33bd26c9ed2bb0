"""Alerts stand until somebody resolves them; and who is told about payments."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.core import audit, clock, db
from portal.core.jobs import Job, JobState
from portal.firm.models import User
from portal.notifications import queries
from portal.notifications.actions import raise_alert, resolve_alert
from portal.notifications.queries import OpenAlert, open_alerts
from portal.outbox.actions import GIVEN_UP_AFTER, owe
from portal.outbox.models import Delivery, DeliveryState
from portal.outbox.registry import recipients
from tests.support.cast import Cast

pytestmark = pytest.mark.both_databases


def raised(sentence: str = "Look at this.", subject: str = "payment:1") -> None:
    """Somebody raises an alert."""
    with db.transaction() as session:
        raise_alert(session, "disputed", subject, sentence)


def now_open() -> list[OpenAlert]:
    """What stands on the page."""
    with db.read() as session:
        return open_alerts(session)


def resolve(alert: OpenAlert) -> None:
    """Ada has seen to it."""
    with db.transaction() as session:
        resolve_alert(session, alert, by="user:ada")


@pytest.mark.usefixtures("cast")
def test_an_alert_is_told_once_per_subject_until_it_is_resolved() -> None:
    raised("First.")
    raised("Second.")
    raised("Other.", subject="payment:2")
    assert [alert.sentence for alert in now_open()] == ["Other.", "First."]


@pytest.mark.usefixtures("cast")
def test_a_resolved_alert_is_gone_and_stands_again_when_it_happens_again() -> None:
    raised("First.")
    resolve(now_open()[0])
    assert now_open() == []
    raised("Again.")
    assert [alert.sentence for alert in now_open()] == ["Again."]


@pytest.mark.usefixtures("cast")
def test_who_resolved_it_stands_in_the_activity_log_once() -> None:
    raised()
    (alert,) = now_open()
    resolve(alert)
    resolve(alert)
    with db.read() as session:
        lines = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.action == "alert.resolved")
        ).all()
    assert [(line.actor, line.subject) for line in lines] == [("user:ada", "disputed:payment:1")]


def a_delivery(state: DeliveryState, attempts: int = 40) -> None:
    """An email with this fate."""
    with db.transaction() as session:
        owe(session, "any", audience="address", once="1")
        delivery = session.scalar(select(Delivery))
        if delivery is None:
            delivery = Delivery(
                public_id="d1",
                notice_id=1,
                name="Cleo",
                address="cleo@client.test",
                language="en_US",
                message_id="<d1@pay.test>",
                last_reply="451 not now",
                owed_at=clock.now() - GIVEN_UP_AFTER,
                first_tried_at=clock.now() - GIVEN_UP_AFTER,
            )
            session.add(delivery)
        delivery.state, delivery.attempts = state, attempts


def test_an_email_that_was_given_up_is_an_alert_and_can_be_resolved(cast: Cast) -> None:
    a_delivery(DeliveryState.GIVEN_UP)
    page = cast.ada.get("/staff/alerts")
    assert "An email to Cleo could not be sent for 24 hours" in page
    assert "451 not now" in page
    page = cast.ada.submit(page, "Resolve")
    assert "Nothing needs you" in page
    a_delivery(DeliveryState.GIVEN_UP, attempts=80)
    assert len(now_open()) == 1


@pytest.mark.usefixtures("cast")
def test_an_email_that_is_refused_or_on_its_way_is_no_alert() -> None:
    for state in (DeliveryState.OWED, DeliveryState.REFUSED, DeliveryState.WITHDRAWN):
        a_delivery(state)
        assert now_open() == []


def test_a_job_that_was_given_up_is_an_alert_that_shows_no_secret(cast: Cast) -> None:
    with db.transaction() as session:
        session.add(
            Job(
                kind="payments.settle",
                args={},
                due_at=clock.now(),
                state=JobState.DEAD,
                last_error="ValueError: /pay/abcdefghijk of 4242 4242 4242 4242",
                finished_at=clock.wall_time(),
            )
        )
    page = cast.ada.get("/staff/alerts")
    assert "payments.settle" in page
    assert "abcdefghijk" not in page
    assert "4242" not in page
    assert "Nothing needs you" in cast.ada.submit(page, "Resolve")


def test_every_user_sees_alerts_and_administrators_and_accounts_resolve_them(cast: Cast) -> None:
    raised()
    for name, person in cast.everybody.items():
        page = person.get("/staff/alerts")
        seen = "Look at this." in page
        assert seen == (name in {"ada", "ben", "ana"})
        buttons = page.texts("form[action*=resolution] button")
        assert buttons == (["Resolve"] if name in {"ada", "ana"} else [])
    (alert,) = now_open()
    address = f"/staff/alerts/{alert.key}/resolution"
    token = cast.ben.get("/staff/alerts").select("input[name=csrf_token]")[0]["value"]
    cast.ben.post(address, {"csrf_token": token}, status=403)
    assert len(now_open()) == 1


def test_a_fragment_is_answered_with_the_list_alone(cast: Cast) -> None:
    raised()
    page = cast.ada.get("/staff/alerts")
    token = page.select("input[name=csrf_token]")[0]["value"]
    address = f"/staff/alerts/{now_open()[0].key}/resolution"
    answer = cast.ada.ask("POST", address, data={"csrf_token": token}, htmx=True)
    assert not answer.is_whole
    assert answer.one("#alerts")
    assert "Resolved." in answer
    again = cast.ada.ask("POST", address, data={"csrf_token": token}, htmx=True)
    assert "Somebody resolved this meanwhile." in again


@pytest.mark.usefixtures("cast")
def test_N4_payments_are_told_to_every_active_administrator_once() -> None:
    def told() -> list[tuple[str, str]]:
        with db.read() as session:
            found = recipients(session, "firm.payments", {})
        return [(recipient.name, recipient.language) for recipient in found]

    assert told() == [("Ada Okafor", "en_US")]
    with db.transaction() as session:
        ben = session.scalars(select(User).where(User.name.startswith("Ben"))).one()
        ben.levels.append(type(ben.levels[0])(level="administrator"))
    assert told() == [("Ada Okafor", "en_US"), ("Ben Lindqvist", "en_US")]
    with db.transaction() as session:
        ada = session.scalars(select(User).where(User.name.startswith("Ada"))).one()
        ada.disabled_at = clock.now()
    assert told() == [("Ben Lindqvist", "en_US")]


def test_the_number_of_open_alerts_is_known_to_the_navigation(cast: Cast) -> None:
    raised()
    with db.read() as session:
        assert len(queries.open_alerts(session)) == 1


@pytest.mark.usefixtures("cast")
def test_alerts_follow_business_time(advance: Callable[[timedelta], int]) -> None:
    advance(timedelta(days=3))
    raised()
    (alert,) = now_open()
    assert alert.raised_at is not None
    assert alert.raised_at > clock.wall_time() + timedelta(days=2)
