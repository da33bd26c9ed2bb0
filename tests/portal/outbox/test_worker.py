"""The outbox under a real worker with several threads."""

import threading
import time
from datetime import timedelta

import pytest

from portal.core.jobs.worker import Worker
from portal.outbox import smtp
from portal.outbox.models import DeliveryState
from tests.portal.outbox.conftest import Post, advance_by
from tests.portal.outbox.mail_server import MailServer, at_port

EMAILS = 60
SECONDS_MAX = 40


def wait_until(post: Post, state: DeliveryState, attempts: int) -> None:
    """Until every email has this state after this many attempts or more."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        found = post.deliveries()
        if len(found) == EMAILS and all(d.state == state and d.attempts >= attempts for d in found):
            return
        time.sleep(0.1)
    raise AssertionError([(d.state, d.attempts, d.last_reply) for d in post.deliveries()])


@pytest.mark.slow
@pytest.mark.both_databases
def test_after_an_hour_without_a_server_four_threads_send_each_email_once(post: Post) -> None:
    first = MailServer()
    first.start()
    first.stop()
    smtp.use(smtp.MailServer(at_port(first.port), timeout_seconds=2, pause_seconds=0))
    for number in range(EMAILS):
        post.owe(f"payment:{number}", name=f"Payer {number}")
    worker = Worker(post.app.app_context, threads=4)
    thread = threading.Thread(target=worker.run_forever)
    thread.start()
    try:
        wait_until(post, DeliveryState.OWED, 1)
        server = MailServer(port=first.port)
        server.start()
        try:
            advance_by(timedelta(hours=1))
            wait_until(post, DeliveryState.SENT, 2)
        finally:
            smtp.use(None)
            server.stop()
    finally:
        worker.stop()
        thread.join()
    assert len(server.taken) == EMAILS
    assert len({message["Message-ID"] for message in server.taken}) == EMAILS
    assert server.connections < EMAILS / 2
