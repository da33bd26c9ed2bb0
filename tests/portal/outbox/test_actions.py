"""Owing, fanning out, sending, and what becomes of each email."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import clock, db
from portal.outbox import actions, registry
from portal.outbox.models import DeliveryState, Notice
from portal.outbox.registry import Recipient
from tests.portal.outbox.conftest import STAFF, Post, advance_by
from tests.portal.outbox.mail_server import MailServer

pytestmark = pytest.mark.both_databases

ADA = Recipient("Ada", "ada@demo.test", "en_US")
BEN = Recipient("Ben", "ben@demo.test", "en_US")


def notices() -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0


def test_what_is_owed_is_sent_and_the_server_s_reply_is_kept(
    post: Post, mail_server: MailServer
) -> None:
    assert post.owe()
    assert mail_server.taken == []
    post.work()
    delivery = post.delivery()
    assert delivery.state == DeliveryState.SENT
    assert delivery.last_reply == "250 OK queued as 1"
    assert delivery.subject == "Your payment"
    assert delivery.attempts == 1
    assert delivery.sent_at is not None
    assert mail_server.taken[0]["Message-ID"] == delivery.message_id


def _owe_and_break(session: Session) -> None:
    actions.owe(session, "receipt", audience="staff", once="payment:1")
    raise ZeroDivisionError


def test_a_notice_goes_when_its_cause_is_rolled_back(post: Post, mail_server: MailServer) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        _owe_and_break(session)
    post.work()
    assert notices() == 0
    assert mail_server.taken == []


def test_one_event_owes_one_notice(post: Post, mail_server: MailServer) -> None:
    assert post.owe("payment:1")
    assert not post.owe("payment:1", name="Somebody else", address="sol@demo.test")
    assert post.owe("payment:2")
    post.work()
    assert [m["To"] for m in mail_server.taken] == ["Cleo <cleo@demo.test>"] * 2


def test_a_notice_waits_for_its_time_on_the_demo_clock(post: Post, mail_server: MailServer) -> None:
    post.owe(due_at=clock.now() + timedelta(days=2))
    post.work()
    assert mail_server.taken == []
    advance_by(timedelta(days=2, minutes=1))
    post.work()
    assert len(mail_server.taken) == 1


def test_N4_nobody_gets_two_emails_for_one_event(post: Post, mail_server: MailServer) -> None:
    STAFF.extend([ADA, BEN, Recipient("Ada again", "ADA@Demo.test ", "en_US")])
    post.owe(audience="staff")
    post.work()
    actions_run_again(post)
    assert sorted(m["To"].addresses[0].addr_spec for m in mail_server.taken) == [
        "ada@demo.test",
        "ben@demo.test",
    ]


def actions_run_again(post: Post) -> None:
    """What a worker does that lost its lease: the same jobs a second time."""
    with post.context():
        with db.read() as session:
            ids = list(session.scalars(select(Notice.id)))
        for notice_id in ids:
            actions.fan_out(notice_id)
        for delivery in post.deliveries():
            actions.deliver(delivery.id)


def test_N4_the_audience_is_who_belongs_to_it_at_the_moment_of_sending(
    post: Post, mail_server: MailServer
) -> None:
    STAFF.append(ADA)
    post.owe(audience="staff")
    STAFF[:] = [BEN]
    post.work()
    assert [m["To"].addresses[0].display_name for m in mail_server.taken] == ["Ben"]


def test_an_empty_audience_is_nothing_to_send(post: Post, mail_server: MailServer) -> None:
    post.owe(audience="staff")
    post.work()
    assert post.deliveries() == []
    assert mail_server.taken == []


def test_an_email_or_audience_is_registered_once() -> None:
    registry.email("only")(lambda _s, _a, _r: registry.Email("receipt"))
    with pytest.raises(ValueError, match="two emails"):
        registry.email("only")(lambda _s, _a, _r: registry.Email("receipt"))
    with pytest.raises(ValueError, match="two audiences"):
        registry.audience("staff")(lambda _s, _a: [])
