"""A slow line: each page comes through in pieces, so that it is drawn before it is whole."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any
from urllib.response import addinfourl

PIECE_BYTES = 1_500
# Longer than a frame, or a browser that is in no hurry takes in several pieces before it draws.
PAUSE_SECONDS = 0.04
NOT_PASSED_ON = {"accept-encoding", "connection", "content-length", "host", "transfer-encoding"}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> None:
        return None


@contextmanager
def slow_line(base_url: str) -> Generator[str]:
    """An address that answers every GET as `base_url` does, HTML piece by piece."""

    class Line(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with _answer(base_url, self) as answer:
                body = answer.read()
                self.send_response(answer.status or 502)
                for name, value in _passed_on(answer.headers):
                    self.send_header(name, value)
                self.end_headers()
                html = answer.headers.get_content_type() == "text/html"
            for start in range(0, len(body), PIECE_BYTES if html else len(body)):
                self.wfile.write(body[start : start + PIECE_BYTES] if html else body)
                time.sleep(PAUSE_SECONDS if html else 0)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(base_url: str, asked: BaseHTTPRequestHandler) -> addinfourl:
    request = urllib.request.Request(base_url + asked.path, headers=dict(_passed_on(asked.headers)))
    try:
        return urllib.request.build_opener(_NoRedirects).open(request, timeout=30)
    except urllib.error.HTTPError as refused:
        return refused


def _passed_on(headers: Message) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in NOT_PASSED_ON]
