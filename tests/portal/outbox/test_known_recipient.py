"""A notice to the one person whom its audience can have: their email is owed at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.core import clock, config, db
from portal.core.config import Settings
from portal.core.jobs import Job
from portal.outbox.models import DeliveryState
from portal.outbox.registry import Recipient
from tests.portal.outbox.conftest import STAFF, Post, advance_by
from tests.portal.outbox.mail_server import MailServer

pytestmark = pytest.mark.both_databases

ADA = Recipient("Ada", "ada@demo.test", "en_US")


@pytest.fixture(autouse=True)
def _in_use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_settings", settings)


def test_it_is_sent_by_one_job_that_asks_for_nobody_else(
    post: Post, mail_server: MailServer
) -> None:
    STAFF.append(ADA)
    assert post.owe(audience="staff", to=ADA)
    assert post.delivery().state == DeliveryState.OWED
    with db.read() as session:
        assert session.scalars(select(Job.kind)).all() == ["outbox.deliver"]
    post.work()
    sent = post.delivery()
    assert (sent.state, sent.attempts) == (DeliveryState.SENT, 1)
    assert [one["To"] for one in mail_server.taken] == ["Ada <ada@demo.test>"]
    assert mail_server.taken[0]["Message-ID"] == sent.message_id


def test_one_event_owes_it_once(post: Post, mail_server: MailServer) -> None:
    STAFF.append(ADA)
    assert post.owe(audience="staff", to=ADA)
    assert not post.owe(audience="staff", to=ADA)
    post.work()
    assert len(mail_server.taken) == 1


def test_N4_whoever_left_before_it_goes_out_is_not_told(
    post: Post, mail_server: MailServer
) -> None:
    post.owe(audience="staff", to=ADA)
    post.work()
    assert post.delivery().state == DeliveryState.WITHDRAWN
    assert mail_server.taken == []


def test_it_waits_for_its_time_on_the_demo_clock(post: Post, mail_server: MailServer) -> None:
    STAFF.append(ADA)
    post.owe(audience="staff", to=ADA, due_at=clock.now() + timedelta(days=2))
    post.work()
    assert mail_server.taken == []
    advance_by(timedelta(days=2, minutes=1))
    post.work()
    assert len(mail_server.taken) == 1


def test_an_address_that_mail_cannot_go_to_is_refused_at_once(
    post: Post, mail_server: MailServer
) -> None:
    post.owe(audience="staff", to=Recipient("Sly", "a\r\nBcc: sol@demo.test@demo.test", "en_US"))
    assert post.delivery().state == DeliveryState.REFUSED
    post.work()
    assert mail_server.taken == []
