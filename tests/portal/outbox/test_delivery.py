"""What becomes of an email: sent, tried again, refused, given up, sent again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import db
from portal.core.errors import Conflict
from portal.core.jobs import Job, JobState
from portal.outbox import actions, smtp
from portal.outbox.models import Delivery, DeliveryState, Notice
from portal.outbox.registry import Recipient
from tests.portal.outbox.conftest import STAFF, Post, advance_by
from tests.portal.outbox.mail_server import MailServer, at_port

pytestmark = pytest.mark.both_databases

ADA = Recipient("Ada", "ada@demo.test", "en_US")
BEN = Recipient("Ben", "ben@demo.test", "en_US")


def test_N4_somebody_who_left_while_the_server_was_down_is_not_told(post: Post) -> None:
    STAFF.extend([ADA, BEN])
    smtp.use(smtp.MailServer(at_port(1), pause_seconds=0))
    post.owe(audience="staff")
    post.work()
    assert {d.state for d in post.deliveries()} == {DeliveryState.OWED}
    STAFF.remove(BEN)
    server = MailServer()
    server.start()
    try:
        smtp.use(smtp.MailServer(server.settings()))
        advance_by(timedelta(minutes=1))
        post.work()
    finally:
        smtp.use(None)
        server.stop()
    states = {d.name: d.state for d in post.deliveries()}
    assert states == {"Ada": DeliveryState.SENT, "Ben": DeliveryState.WITHDRAWN}
    assert len(server.taken) == 1


def test_a_server_that_was_down_gets_every_owed_email_exactly_once(post: Post) -> None:
    down = MailServer()
    down.start()
    port = down.port
    down.stop()
    smtp.use(smtp.MailServer(down.settings(), timeout_seconds=1, pause_seconds=0))
    for number in range(12):
        post.owe(f"payment:{number}", name=f"Payer {number}")
    post.work()
    advance_by(timedelta(hours=1))
    post.work()
    assert {d.state for d in post.deliveries()} == {DeliveryState.OWED}
    assert {d.attempts for d in post.deliveries()} == {2}
    assert "refused" in post.deliveries()[0].last_reply
    up = MailServer(port=port)
    up.start()
    try:
        advance_by(timedelta(minutes=6))
        post.work()
        post.work()
    finally:
        smtp.use(None)
        up.stop()
    assert {d.state for d in post.deliveries()} == {DeliveryState.SENT}
    told = sorted(m["To"].addresses[0].display_name for m in up.taken)
    assert told == sorted(f"Payer {number}" for number in range(12))
    assert len({m["Message-ID"] for m in up.taken}) == 12


def test_a_permanent_refusal_is_recorded_at_once(post: Post, mail_server: MailServer) -> None:
    mail_server.say = lambda _recipient: "550 5.1.1 no such mailbox"
    post.owe()
    post.work()
    delivery = post.delivery()
    assert delivery.state == DeliveryState.REFUSED
    assert delivery.last_reply == "550 5.1.1 no such mailbox"
    assert delivery.subject == "Your payment"
    assert delivery.sent_at is None


def test_a_message_refused_after_its_data_is_refused_for_good(
    post: Post, mail_server: MailServer
) -> None:
    mail_server.then = lambda: "554 5.7.1 looks like spam"
    post.owe()
    post.work()
    assert post.delivery().state == DeliveryState.REFUSED


@pytest.mark.parametrize("reply", ["450 greylisted, come back", "530 authentication required"])
def test_a_temporary_refusal_is_tried_again(
    post: Post, mail_server: MailServer, reply: str
) -> None:
    mail_server.say = lambda _recipient: reply
    post.owe()
    post.work()
    assert post.delivery().state == DeliveryState.OWED
    assert post.delivery().last_reply == reply
    mail_server.say = lambda _recipient: "250 OK"
    post.work()
    assert mail_server.taken == []
    advance_by(timedelta(seconds=16))
    post.work()
    assert post.delivery().state == DeliveryState.SENT
    assert len(mail_server.taken) == 1


def test_one_refused_recipient_does_not_keep_the_others_from_being_told(
    post: Post, mail_server: MailServer
) -> None:
    STAFF.extend([ADA, BEN, Recipient("Typo", "no address", "en_US")])
    mail_server.say = lambda who: "550 gone" if who.startswith("ada") else "250 OK"
    post.owe(audience="staff")
    post.work()
    assert [d.state for d in post.deliveries()] == ["refused", "sent", "refused"]


def test_an_address_that_would_have_to_be_cut_is_refused_and_not_mended(
    post: Post, mail_server: MailServer
) -> None:
    STAFF.extend([Recipient("Long", "a@" + "b" * 300 + ".test", "en_US"), BEN])
    STAFF.append(Recipient("Sly", "a\r\nBcc: sol@demo.test@demo.test", "en_US"))
    post.owe(audience="staff")
    post.work()
    assert [d.state for d in post.deliveries()] == ["refused", "sent", "refused"]
    assert [e.rcpt_tos for e in mail_server.envelopes] == [["ben@demo.test"]]


def test_after_24_hours_of_trouble_it_is_given_up(post: Post, mail_server: MailServer) -> None:
    mail_server.say = lambda _recipient: "451 not now"
    post.owe()
    post.work()
    advance_by(timedelta(hours=23))
    post.work()
    assert post.delivery().state == DeliveryState.OWED
    advance_by(timedelta(hours=1))
    post.work()
    assert post.delivery().state == DeliveryState.GIVEN_UP
    assert post.delivery().last_reply == "451 not now"
    with db.read() as session:
        assert set(session.scalars(select(Job.state).where(Job.kind == "outbox.deliver"))) == {
            JobState.DONE
        }


def test_waits_grow_but_an_hour_s_outage_is_over_within_five_minutes() -> None:
    waits = [
        actions.next_wait(timedelta(**tried))
        for tried in ({"seconds": 0}, {"minutes": 30}, {"hours": 1}, {"hours": 23})
    ]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=15)
    assert waits[2] == timedelta(minutes=5)
    assert waits[3] == timedelta(minutes=30)


def test_a_crash_between_the_server_s_yes_and_our_note_repeats_the_same_message(
    post: Post, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: Any) -> None:
        raise SystemExit("killed")

    post.owe()
    with monkeypatch.context() as patched, post.context():
        patched.setattr(actions, "_settle", crash)
        with db.read() as session:
            notice_id = session.scalars(select(Notice.id)).one()
        actions.fan_out(notice_id)
        with pytest.raises(SystemExit):
            actions.deliver(post.delivery().id)
    assert len(mail_server.taken) == 1
    assert post.delivery().state == DeliveryState.OWED
    post.work()
    assert post.delivery().state == DeliveryState.SENT
    first, second = mail_server.taken
    assert first["Message-ID"] == second["Message-ID"]


def test_an_email_that_cannot_be_written_is_tried_again_and_says_why(
    post: Post, mail_server: MailServer
) -> None:
    post.owe(kind="broken")
    post.work()
    delivery = post.delivery()
    assert delivery.state == DeliveryState.OWED
    assert "could not be written" in delivery.last_reply


def test_a_failed_email_is_sent_again_as_the_same_message(
    post: Post, mail_server: MailServer
) -> None:
    mail_server.say = lambda _recipient: "550 no such mailbox"
    post.owe()
    post.work()
    refused = post.delivery()
    mail_server.say = lambda _recipient: "250 OK"
    with post.context(), db.transaction() as session:
        actions.send_again(session, session.get_one(Delivery, refused.id), by="user:ada")
    post.work()
    sent = post.delivery()
    assert sent.state == DeliveryState.SENT
    assert mail_server.taken[0]["Message-ID"] == refused.message_id
    with post.context(), pytest.raises(Conflict), db.transaction() as session:
        actions.send_again(session, session.get_one(Delivery, sent.id), by="user:ada")


def test_sending_again_gives_another_24_hours(post: Post, mail_server: MailServer) -> None:
    mail_server.say = lambda _recipient: "451 not now"
    post.owe()
    post.work()
    advance_by(timedelta(hours=25))
    post.work()
    assert post.delivery().state == DeliveryState.GIVEN_UP
    with post.context(), db.transaction() as session:
        actions.send_again(session, session.get_one(Delivery, post.delivery().id), by="user:ada")
    post.work()
    assert post.delivery().state == DeliveryState.OWED


def test_nothing_is_sent_inside_a_transaction(post: Post, mail_server: MailServer) -> None:
    post.owe()
    with post.context():
        actions.fan_out(1)
        with db.transaction(), pytest.raises(db.NestedTransaction):
            actions.deliver(post.delivery().id)
    assert mail_server.taken == []
