"""The mail server as an edge: certificates, time-outs, sign-in, kept connections."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme
from flask import Flask

from portal.core import clock
from portal.outbox import smtp
from portal.outbox.composing import Envelope, Words, address, compose
from tests.portal.outbox.conftest import Post
from tests.portal.outbox.mail_server import MailServer, at_port

CA = trustme.CA()


def letter(number: int = 1):
    """An email to Cleo."""
    firm = address("Harlow & Reyes LLP", "pay@harlow.test")
    envelope = Envelope(
        sender=firm,
        recipient=address("Cleo", "cleo@demo.test"),
        reply_to=firm,
        message_id=f"<{number}@pay.harlow.test>",
        list_id="<payments.pay.harlow.test>",
        language="en-US",
        date=clock.wall_time(),
    )
    return compose(envelope, Words("Your payment", "Paid.\n", "<p>Paid.</p>"), ())


def trusting() -> ssl.SSLContext:
    """What `create_default_context` would be if the system knew our test authority."""
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


@contextmanager
def serving(certificate: trustme.LeafCert | None = None, **said) -> Iterator[MailServer]:
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(tls)
    server = MailServer(tls=tls, **said)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def _in_app(post_app: Flask) -> Iterator[None]:
    with post_app.app_context():
        yield


def to(server: MailServer, **over) -> smtp.MailServer:
    settings = server.settings(use_tls=True, server="localhost", **over)
    return smtp.MailServer(settings, tls=trusting(), timeout_seconds=2, pause_seconds=0)


def test_mail_goes_over_starttls_to_a_server_with_a_good_certificate() -> None:
    with serving(CA.issue_cert("localhost")) as server:
        ours = to(server)
        assert ours.send(letter()) == "250 OK queued as 1"
        ours.close()
    assert len(server.taken) == 1


def test_a_certificate_for_another_host_is_refused() -> None:
    with (
        serving(CA.issue_cert("mail.somebody-else.test")) as server,
        pytest.raises(smtp.Unavailable, match=r"(?i)certificate"),
    ):
        to(server).send(letter())
    assert server.taken == []


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    with (
        serving(trustme.CA().issue_cert("localhost")) as server,
        pytest.raises(smtp.Unavailable, match=r"(?i)certificate"),
    ):
        to(server).send(letter())
    assert server.taken == []


def test_a_server_without_starttls_gets_no_mail_where_tls_is_set() -> None:
    with serving() as server, pytest.raises(smtp.Unavailable, match="STARTTLS"):
        to(server).send(letter())
    assert server.taken == []


def test_user_and_password_are_given_only_over_tls_and_a_wrong_one_can_be_mended() -> None:
    with serving(CA.issue_cert("localhost"), password="right") as server:
        with pytest.raises(smtp.Unavailable, match="535"):
            to(server, username="pay", password="wrong").send(letter())
        ours = to(server, username="pay", password="right")
        ours.send(letter())
        ours.close()
    assert len(server.taken) == 1


@contextmanager
def silence() -> Iterator[tuple[int, list[socket.socket]]]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken: list[socket.socket] = []
        listening.settimeout(0.05)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    taken.append(listening.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()[1], taken
        finally:
            ended.set()
            thread.join()
            for connection in taken:
                connection.close()


@pytest.mark.quiet
def test_a_silent_server_is_given_up_after_the_time_out() -> None:
    with silence() as (port, _taken):
        ours = smtp.MailServer(at_port(port), timeout_seconds=0.3, pause_seconds=0)
        began = time.monotonic()
        with pytest.raises(smtp.Unavailable, match="timed out"):
            ours.send(letter())
        assert 0.25 < time.monotonic() - began < 2


@pytest.mark.quiet
def test_a_silent_server_holds_up_one_attempt_and_not_all_of_them() -> None:
    with silence() as (port, taken):
        ours = smtp.MailServer(at_port(port), timeout_seconds=0.3, pause_seconds=60)
        began = time.monotonic()
        for _ in range(50):
            with pytest.raises(smtp.Unavailable, match="timed out"):
                ours.send(letter())
        assert time.monotonic() - began < 2
        assert len(taken) == 1


def test_after_its_pause_a_server_that_came_back_is_found() -> None:
    with serving() as server:
        port = server.port
    ours = smtp.MailServer(at_port(port), timeout_seconds=1, pause_seconds=0.1)
    with pytest.raises(smtp.Unavailable, match="refused"):
        ours.send(letter())
    with serving(port=port) as server:
        time.sleep(0.11)
        ours.send(letter())
        ours.close()
    assert len(server.taken) == 1


def test_several_emails_ride_in_one_connection() -> None:
    with serving() as server:
        ours = smtp.MailServer(server.settings())
        for number in range(20):
            ours.send(letter(number))
        ours.close()
        assert server.connections == 1
    assert len({message["Message-ID"] for message in server.taken}) == 20


def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    with serving() as server:
        ours = smtp.MailServer(server.settings())
        ours.send(letter(1))
        port = server.port
    with serving(port=port) as restarted:
        ours.send(letter(2))
        ours.close()
    assert len(server.taken) == len(restarted.taken) == 1


def test_an_idle_connection_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "KEPT_SECONDS", 0.05)
    with serving() as server:
        ours = smtp.MailServer(server.settings())
        ours.send(letter(1))
        time.sleep(0.3)
        ours.send(letter(2))
        ours.close()
        assert server.connections == 2


def test_many_threads_share_a_few_connections(post_app: Flask) -> None:
    with serving() as server:
        ours = smtp.MailServer(server.settings())

        def ten() -> None:
            with post_app.app_context():
                for _ in range(10):
                    ours.send(letter())

        threads = [threading.Thread(target=ten) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ours.close()
        assert server.connections <= 4
    assert len(server.taken) == 40


def test_the_whole_outbox_works_over_tls(post: Post) -> None:
    with serving(CA.issue_cert("localhost")) as server:
        smtp.use(to(server))
        post.owe()
        post.work()
        smtp.use(None)
    assert post.delivery().state == "sent"
    assert server.taken[0]["To"] == "Cleo <cleo@demo.test>"
