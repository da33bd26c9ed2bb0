"""Many at once in one portal: one window, one email, every item told of exactly once (C5)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal.core import clock, db
from portal.core.jobs.worker import run_due_jobs
from portal.feed import actions as feed
from portal.feed.models import EventKind
from portal.notifications import windows
from portal.notifications.models import NoticeWindow
from portal.notifications.windows import WINDOW
from portal.outbox import actions as outbox_actions
from portal.outbox.models import Notice
from tests.portal.notifications.portal_desk import Desk, open_desk
from tests.support.cast import ADA, CLEO, Cast
from tests.support.outbox import Outbox

pytestmark = pytest.mark.both_databases
SENDERS = 10


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return open_desk()


def windows_now() -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(NoticeWindow)) or 0


def test_C5_ten_senders_at_once_open_one_window_and_owe_one_email(
    desk: Desk, outbox: Outbox, advance: Callable[[timedelta], int]
) -> None:
    ready = Barrier(SENDERS)

    def send(_number: int) -> int:
        ready.wait()
        return desk.write(desk.ada)

    with ThreadPoolExecutor(SENDERS) as pool:
        positions = list(pool.map(send, range(SENDERS)))
    assert len(set(positions)) == SENDERS
    assert windows_now() == 1
    advance(WINDOW)
    (email,) = outbox.emails
    assert email.to == CLEO.email
    assert f"- {SENDERS} messages from Ada Okafor" in email


def test_C5_senders_on_both_sides_of_the_closing_moment_are_each_told_of_once(
    desk: Desk, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    with time_machine.travel(clock.wall_time(), tick=False) as time:
        desk.write(desk.cleo)
        for _second in range(20):
            time.shift(WINDOW / 4)
            with ThreadPoolExecutor(3) as pool:
                sent = [pool.submit(desk.write, desk.cleo), pool.submit(desk.write, desk.cleo)]
                for one in sent:
                    one.result()
            run_jobs()
        time.shift(WINDOW)
        run_jobs()
    told = [
        int(line.split()[1])
        for email in outbox.to(ADA.email)
        for line in email.text.splitlines()
        if line.startswith("- ")
    ]
    assert sum(told) == 41
    assert len(told) == windows_now() == 6


def test_C5_what_is_still_being_written_as_the_window_closes_is_waited_for(
    app: Flask, desk: Desk, outbox: Outbox
) -> None:
    written, released = Event(), Event()

    def write_slowly() -> None:
        with db.transaction() as session:
            position = feed.add_event(session, desk.matter.id, EventKind.MESSAGE, by=desk.ada)
            windows.note_item(session, desk.matter.id, by=desk.ada, position=position)
            written.set()
            released.wait(10)

    with time_machine.travel(clock.wall_time(), tick=False) as time:
        desk.write(desk.ada)
        time.shift(WINDOW - timedelta(milliseconds=1))
        with ThreadPoolExecutor(2) as pool:
            writer = pool.submit(write_slowly)
            assert written.wait(10)
            time.shift(timedelta(seconds=1))
            sender = pool.submit(run_due_jobs, app.app_context)
            with pytest.raises(TimeoutError):
                sender.result(timeout=0.3)
            released.set()
            writer.result()
            sender.result()
    (email,) = outbox.emails
    assert "- 2 messages from Ada Okafor" in email
    assert windows_now() == 1


def test_C5_what_a_slower_clock_brings_after_the_email_opens_a_window_of_its_own(
    desk: Desk, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    with time_machine.travel(clock.wall_time(), tick=False) as time:
        desk.write(desk.ada)
        time.shift(WINDOW)
        run_jobs()
        time.shift(-timedelta(seconds=2))
        desk.write(desk.ada)
        time.shift(WINDOW)
        run_jobs()
    first, second = outbox.emails
    assert "- 1 message from Ada Okafor" in first
    assert "- 1 message from Ada Okafor" in second


def test_C5_a_worker_that_dies_after_the_mail_server_said_yes_sends_the_same_email_again(
    desk: Desk,
    outbox: Outbox,
    advance: Callable[[timedelta], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.write(desk.ada)
    with monkeypatch.context() as dying:
        dying.setattr(outbox_actions, "_settle", _die)
        advance(WINDOW)
    desk.write(desk.ada)
    advance(timedelta(minutes=1))
    first, again = outbox.emails
    assert first.message["Message-ID"] == again.message["Message-ID"]
    assert first.text == again.text
    assert "- 1 message from Ada Okafor" in again


def _die(*_args: object) -> None:
    raise RuntimeError("killed")


def test_C5_a_window_that_is_closed_twice_is_told_of_once(
    app: Flask, desk: Desk, outbox: Outbox, advance: Callable[[timedelta], int]
) -> None:
    desk.write(desk.ada)
    advance(WINDOW)
    with db.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == windows.TO_CLIENT)).one()
    with app.app_context():
        outbox_actions.fan_out(notice.id)
    advance(timedelta(minutes=1))
    assert len(outbox.emails) == 1
