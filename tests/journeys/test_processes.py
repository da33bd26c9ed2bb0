"""A worker that dies, a product that is told to stop, a second one on the same data, real SMTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Browser, expect

from tests.journeys import letters, office
from tests.journeys.letters import Letter
from tests.journeys.paying import CARD_WORKS, Pace, Payer, PayPage
from tests.support.browser import Product, free_port, start_product
from tests.support.source import ROOT

SECONDS_TO_STOP_MAX = 2.5


class Receiver:
    """A mail server's memory."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(letters.read(content))
        return "250 OK"

    def about(self, reference: str) -> list[Letter]:
        """What has come about one payment."""
        return [one for one in list(self.letters) if reference in one.subject + one.text]


@pytest.fixture(scope="module")
def mail() -> Generator[tuple[Receiver, int]]:
    """A real SMTP server on a port of its own."""
    receiver, port = Receiver(), free_port()
    controller = Controller(receiver, "127.0.0.1", port, server_hostname="localhost")
    controller.start()
    yield receiver, port
    controller.stop()


@pytest.fixture(scope="module")
def own_product(
    mail: tuple[Receiver, int],
    tmp_path_factory: pytest.TempPathFactory,
    browser_name: str,
) -> Generator[Product]:
    """A product of this file's own, which sends its emails to that server."""
    running = start_product(
        tmp_path_factory.mktemp("own") / "var",
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=str(mail[1]),
        MAIL_USE_TLS="false",
        MAIL_DEFAULT_SENDER="office@harlow-reyes.example",
    )
    yield running
    running.stop()


@pytest.fixture
def paying(own_product: Product, browser: Browser) -> Generator[PayPage]:
    """A payer in front of that product's link."""
    context = browser.new_context(base_url=own_product.base_url)
    paying = PayPage(context.new_page(), Pace())
    paying.open(own_product.printed.split("Pay into")[1].split()[-1])
    yield paying
    context.close()


def _worker_of(product: Product) -> int:
    """The process id of the worker: the only child of the product."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    children = [int(pid) for pid, parent in pairs if int(parent) == product.process.pid]
    assert len(children) == 1, children
    return children[0]


def _wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def test_N1_P6_the_same_emails_arrive_at_a_real_mail_server(
    paying: PayPage, mail: tuple[Receiver, int], own_product: Product
) -> None:
    payer = Payer()
    paying.type_words(payer, "310.00")
    paying.type_card(CARD_WORKS)
    paying.review()
    reference = paying.submit()
    receiver = mail[0]
    made = letters.wait_for(lambda: receiver.about(reference), 2)
    assert {letter.to for letter in made} == {office.ADA, payer.email}
    office.sign_in(paying.page)
    office.advance(paying.page, "1 day", times=2)
    sent = letters.wait_for(lambda: receiver.about(reference), 4)
    assert {letter.to for letter in sent[2:]} == {office.ADA, payer.email}
    paying.page.goto("/sandbox/mail")
    expect(paying.page.get_by_role("heading", level=1)).to_have_text("Not found")


def test_S1_a_worker_killed_during_a_payment_is_started_again_and_the_emails_still_come(
    paying: PayPage, mail: tuple[Receiver, int], own_product: Product
) -> None:
    payer = Payer()
    paying.type_words(payer, "45.00")
    paying.type_card(CARD_WORKS)
    paying.review()
    killed = _worker_of(own_product)
    os.kill(killed, signal.SIGKILL)
    reference = paying.submit()
    expect(paying.page.get_by_text("Authorized", exact=True)).to_be_visible()
    letters.wait_for(lambda: mail[0].about(reference), 2)
    assert _worker_of(own_product) != killed


def test_a_second_product_on_the_same_data_says_so_and_ends(own_product: Product) -> None:
    environ = {"RETAINER_VAR": str(own_product.var), "PORT": str(free_port())}
    second = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        env={**os.environ, "RETAINER_STARTED_AGAIN": "1", **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert second.returncode == 1
    said = second.stdout + second.stderr
    assert f"Retainer is already running on {own_product.var}" in said
    assert "Traceback" not in said


def test_told_to_stop_web_and_worker_end_within_a_second_or_so(
    own_product: Product, tmp_path: Path
) -> None:
    """Started again on the same data, it has its demo already and is ready at once."""
    _wait_until(lambda: _alive(_worker_of(own_product)))
    worker = _worker_of(own_product)
    assert own_product.stop() <= SECONDS_TO_STOP_MAX
    assert own_product.process.returncode == 0
    _wait_until(lambda: not _alive(worker), 2)
    again = start_product(own_product.var)
    assert "Making the demo firm" not in again.printed
    again.stop()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
