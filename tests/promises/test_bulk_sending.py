"""A bulk sending survives its workers: no document is missing, and none goes out anew (D5).

They are killed (kill -9) by turns at the worst moment, when the mail server has said yes and
nothing of that is noted yet, and at any moment, with the next documents half sent. Each works on
one thing at a time, so a kill cuts short one email at most: its repeat has the same Message-ID.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from threading import Lock

import pytest
from sqlalchemy import func, select

from payments.billing.bulk import BulkSending
from payments.billing.bulk_choosing import Choice
from payments.billing.bulk_sending import ToSendMany, start
from payments.billing.bulk_telling import Progress, progress
from payments.billing.bulk_ways import plan
from payments.billing.bulk_why import Toggles, Way
from payments.billing.handed_out import Sending
from portal.clients.access import NOTHING_CLOSED
from portal.core import db, ids
from portal.core.config import Settings
from portal.documents.models import Share
from tests.factories.billing import Line, Office, issued, make_office
from tests.factories.trust_requests import issued_request, now_wanted
from tests.payments.billing.desk import now_asked
from tests.payments.billing.portal_desk import PortalDesk, portal_desk
from tests.portal.outbox.mail_server import MailServer
from tests.support.cast import Cast
from tests.support.days import firm_day
from tests.support.source import ROOT

KILLS = int(os.environ.get("RETAINER_TEST_KILLS", "2"))
DOCUMENTS = 15 * KILLS  # 300 for the twenty kills of a full proof
SECONDS_MAX = 60 + 30 * KILLS


class MortalWorkers:
    """So many workers at once; the one whose turn it is dies, and is started again."""

    def __init__(self, settings: Settings, server: MailServer, workers: int) -> None:
        port = str(server.port)
        self._command = [sys.executable, "-m", "tests.support.notice_worker"]
        self._command += [settings.database_url, str(settings.var), port, "1"]
        self._lock = Lock()
        self._processes: list[subprocess.Popen[bytes] | None] = [None] * workers
        self.kills = 0
        self._taken = 0
        server.then = self._take

    def _take(self) -> str:
        self._taken += 1
        if self._taken >= self._next_kill and self.kills % 2 == 0:
            self.kill()
        return "250 OK queued as 1"

    @property
    def _next_kill(self) -> int:
        """How many documents are let through before the next one dies."""
        return (self.kills + 1) * DOCUMENTS // (KILLS + 2)

    def look(self, settled: int) -> None:
        """Kill one, if that many documents are settled and it is its turn; start what is dead."""
        if settled >= self._next_kill and self.kills % 2 == 1:
            self.kill()
        with self._lock:
            for place, process in enumerate(self._processes):
                if process is None or process.poll() is not None:
                    started = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.DEVNULL)
                    self._processes[place] = started

    def kill(self) -> None:
        """Kill one of them, by turns, a few times over."""
        with self._lock:
            process = self._processes[self.kills // 2 % len(self._processes)]
            if self.kills < KILLS and process is not None:
                self.kills += 1
                process.kill()
                process.wait()

    def stop(self) -> None:
        """End them for good."""
        for process in self._processes:
            if process is not None:
                process.kill()
                process.wait()


@pytest.fixture
def server() -> Generator[MailServer]:
    made = MailServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def workers(
    cast: Cast, settings: Settings, server: MailServer, database_kind: str
) -> Generator[MortalWorkers]:
    mortal = MortalWorkers(settings, server, 1 if database_kind == "sqlite" else 2)
    yield mortal
    mortal.stop()


def mixed(office: Office) -> None:
    """Bills of one matter and of two, and trust requests of a matter and of the client."""
    for number in range(DOCUMENTS):
        if number % 5 == 3:
            issued_request(office, office.cleo, now_wanted())
        elif number % 5 == 4:
            issued_request(office, office.cleo, now_wanted(matter=None))
        elif number % 5 == 2:
            issued(office, office.cleo, now_asked(Line(100), Line(100, matter=1)))
        else:
            issued(office, office.cleo, now_asked())


def sent_at_once(desk: PortalDesk) -> int:
    """Everything, through the portal and by email; answers how many may go through the portal."""
    choice = Choice(everything=True, also=True)
    with db.read() as session:
        now = firm_day()
        found = plan(session, choice, Toggles(portal=True, email=True), NOTHING_CLOSED, now)
    assert len(found.sendable) == DOCUMENTS
    wanted = ToSendMany(ids.public_id(), found.digest)
    with db.transaction() as session:
        start(session, found, wanted, by=desk.ben.actor)
    return sum(one.way == Way.BOTH for one in found.sendable)


def until_done(workers: MortalWorkers) -> Progress:
    """Until nothing more is to come of any document, or time is up; answers how far it came."""
    deadline = time.monotonic() + SECONDS_MAX
    told = Progress()
    while told.done < DOCUMENTS and time.monotonic() < deadline:
        workers.look(DOCUMENTS - told.waiting if told.all else 0)
        time.sleep(0.1)
        with db.read() as session:
            told = progress(session, session.scalars(select(BulkSending)).one())
    return told


@pytest.mark.slow
@pytest.mark.both_databases
def test_D5_each_document_goes_out_exactly_once_though_its_workers_are_killed(
    cast: Cast, workers: MortalWorkers, server: MailServer
) -> None:
    desk = portal_desk(cast, make_office())
    mixed(desk.office)
    through_portal = sent_at_once(desk)
    assert until_done(workers) == Progress(sent=DOCUMENTS)
    assert workers.kills == KILLS
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Sending)) == DOCUMENTS
        shares = session.scalars(select(Share.subject_id)).all()
    assert len(shares) == len(set(shares)) == through_portal
    emails = {str(one["Message-ID"]): one for one in server.taken}
    named = Counter(
        part.get_filename() for one in emails.values() for part in one.iter_attachments()
    )
    assert len(named) == DOCUMENTS, "each document's email has arrived"
    assert set(named.values()) == {1}, "and no document was sent anew"
    assert len(server.taken) - len(emails) <= KILLS
