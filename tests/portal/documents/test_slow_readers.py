"""Downloads through the server that is shipped: a slow reader holds up nobody, and is cut off."""

import http.client
import socket
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest
from flask import Flask
from waitress import wasyncore

from portal.core.processes import new_web_server
from tests.portal.documents.conftest import Desk
from tests.portal.documents.test_downloads import _revoke, _shared

BODY = b"0123456789abcdef" * 2_500_000


@pytest.fixture
def port(app: Flask) -> Generator[int]:
    """The product on waitress, with a single thread for its answers."""
    server: Any = new_web_server(app, "127.0.0.1:0", threads=1)
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            wasyncore.loop(timeout=0.1, map=server._map, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    yield int(server.effective_port)
    over.set()
    thread.join()
    server.task_dispatcher.shutdown()
    wasyncore.close_all(server._map)


def _reading(desk: Desk, port: int, document: str) -> socket.socket:
    """A reader who has asked, takes little at a time, and has read the first of it."""
    cookie = desk.cleo.http.get_cookie("__Host-client", domain="localhost")
    assert cookie is not None
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    line.settimeout(10)
    line.connect(("127.0.0.1", port))
    line.sendall(
        f"GET /portal/documents/{document}/file HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: __Host-client={cookie.value}\r\n\r\n".encode()
    )
    first = line.recv(10_000)
    assert first.startswith(b"HTTP/1.1 200"), first
    return line


def _rest(line: socket.socket, pause_seconds: float = 0.0) -> int:
    taken = 0
    while piece := line.recv(65_536):
        taken += len(piece)
        time.sleep(pause_seconds)
    return taken


@pytest.mark.quiet
def test_a_slow_reader_holds_no_thread_and_gets_all_of_it(desk: Desk, port: int) -> None:
    document = _shared(desk, BODY)
    lines = [_reading(desk, port, document) for _ in range(3)]
    asked = http.client.HTTPConnection("localhost", port, timeout=5)
    asked.request("GET", "/healthz")
    assert asked.getresponse().read() == b"ok\n"
    asked.close()
    for line in lines:
        line.settimeout(2)
        got = 0
        with pytest.raises(TimeoutError), line:  # kept alive after the last byte
            while piece := line.recv(262_144):
                got += len(piece)
        assert got > len(BODY) - 10_000


@pytest.mark.quiet
@pytest.mark.parametrize("how", ["stop sharing", "remove participant"])
def test_C12_C14_a_slow_reader_is_cut_off_within_two_seconds(
    desk: Desk, port: int, how: str
) -> None:
    document = _shared(desk, BODY)
    with _reading(desk, port, document) as line:
        _revoke(desk, how)
        began = time.monotonic()
        try:
            got = _rest(line, pause_seconds=0.05)
        except ConnectionResetError:
            got = 0
        took = time.monotonic() - began
    assert got < 2_000_000
    assert took < 2


def test_a_range_comes_through_the_server_as_it_is(desk: Desk, port: int) -> None:
    document = _shared(desk, BODY)
    cookie = desk.cleo.http.get_cookie("__Host-client", domain="localhost")
    assert cookie is not None
    for asked, expected in (("bytes=16-47", BODY[16:48]), ("bytes=-7", BODY[-7:])):
        line = http.client.HTTPConnection("localhost", port, timeout=5)
        headers = {"Cookie": f"__Host-client={cookie.value}", "Range": asked}
        line.request("GET", f"/portal/documents/{document}/file", headers=headers)
        answer = line.getresponse()
        assert (answer.status, answer.read()) == (206, expected)
        line.close()


def test_C2_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(
            b"POST /portal/matters/x/files HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 106954752\r\n\r\nthe first of it"
        )
        assert line.recv(1_000).startswith(b"HTTP/1.1 413")
