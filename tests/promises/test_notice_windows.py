"""Every item of a portal is told of in exactly one email, whatever happens to the worker (C5).

Ten people write at once while the worker is killed (kill -9) at the worst moment: the mail server
has said yes, and nothing of that is noted yet.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from sqlalchemy import func, select

from portal.core import db, demo_clock
from portal.core.config import Settings
from portal.notifications.models import NoticeWindow
from portal.notifications.windows import WINDOW
from portal.outbox.models import Delivery, DeliveryState
from tests.portal.notifications.portal_desk import Desk, open_desk
from tests.portal.outbox.mail_server import MailServer
from tests.support.cast import ADA, CLEO, Cast
from tests.support.outbox import Sent
from tests.support.source import ROOT

SENDERS, ROUNDS = 10, 3
KILLS = int(os.environ.get("RETAINER_TEST_KILLS", "3"))
SECONDS_MAX = 150


class MortalWorker:
    """A worker that dies as soon as its email was taken, a few times over."""

    def __init__(self, settings: Settings, server: MailServer) -> None:
        self._arguments = [settings.database_url, str(settings.var), str(server.port)]
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        server.then = self._take

    def _take(self) -> str:
        with self._lock:
            if self.kills < KILLS and self._process is not None:
                self.kills += 1
                self._process.kill()
                self._process.wait()
        return "250 OK queued as 1"

    def keep_alive(self) -> None:
        """Start it, if it is dead."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                command = [sys.executable, "-m", "tests.support.notice_worker", *self._arguments]
                self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        """End it for good."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def server() -> Generator[MailServer]:
    made = MailServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def worker(cast: Cast, settings: Settings, server: MailServer) -> Generator[MortalWorker]:
    mortal = MortalWorker(settings, server)
    yield mortal
    mortal.stop()


def until_sent(worker: MortalWorker, emails: int) -> None:
    """Until so many emails are noted as sent."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        worker.keep_alive()
        with db.read() as session:
            sent = select(func.count()).where(Delivery.state == DeliveryState.SENT)
            if session.scalar(sent) == emails:
                return
        time.sleep(0.2)
    raise AssertionError(f"{emails} emails were not sent in {SECONDS_MAX} s")


def all_write(desk: Desk) -> None:
    """Half of them for the firm, half as Cleo at her many devices, at once."""
    writers: list[Callable[[], int]] = [
        lambda: desk.write(desk.ada),
        lambda: desk.write(desk.cleo),
    ]
    with ThreadPoolExecutor(SENDERS) as pool:
        for sent in [pool.submit(writers[number % 2]) for number in range(SENDERS)]:
            sent.result()


def messages_in(email: Sent) -> int:
    """How many messages an email tells of."""
    (line,) = [line for line in email.text.splitlines() if line.startswith("- ")]
    return int(line.split()[1])


@pytest.mark.slow
def test_C5_each_item_is_told_of_once_though_the_worker_is_killed_as_its_emails_are_taken(
    worker: MortalWorker, server: MailServer
) -> None:
    desk = open_desk()
    for number in range(1, ROUNDS + 1):
        all_write(desk)
        with db.transaction() as session:
            demo_clock.advance(session, WINDOW)
        until_sent(worker, 2 * number)
    with db.read() as session:
        windows = session.scalar(select(func.count()).select_from(NoticeWindow))
    assert windows == 2 * ROUNDS
    assert worker.kills == KILLS
    told: dict[str, tuple[str, int]] = {}
    for email in server.taken:
        (to,) = email["To"].addresses
        told[str(email["Message-ID"])] = (to.addr_spec, messages_in(Sent(email)))
    assert len(told) == 2 * ROUNDS
    # A repeat is the same email. One kill cuts short those on their way: at most the round's two.
    assert len(server.taken) <= len(told) + 2 * KILLS
    each = ROUNDS * SENDERS // 2
    for address in (ADA.email, CLEO.email):
        assert sum(count for to, count in told.values() if to == address) == each
