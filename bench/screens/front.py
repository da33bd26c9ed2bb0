"""A front before the product that compresses as nginx does, so that weights are the wire's."""

import gzip
import http.client
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LEVEL = 6  # nginx's and most servers' choice for pages
TEXTS = (
    "text/",
    "application/javascript",
    "application/json",
    "image/svg+xml",
    "application/manifest",
)
_NOT_PASSED_ON = {
    "connection",
    "content-length",
    "transfer-encoding",
    "keep-alive",
    "server",
    "date",
}


def _front(behind: str) -> type[BaseHTTPRequestHandler]:
    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            asked = {name: value for name, value in self.headers.items() if name != "Connection"}
            connection = http.client.HTTPConnection(behind, timeout=60)
            connection.request(method, self.path, body, {**asked, "Accept-Encoding": "identity"})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _NOT_PASSED_ON:
                    self.send_header(name, value)
            if content and answer.headers.get_content_type().startswith(TEXTS):
                content = gzip.compress(content, LEVEL)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Front


@contextmanager
def compressing(base_url: str) -> Generator[str]:
    """An address that answers as `base_url` does, texts compressed, over kept connections."""
    front = _front(urlsplit(base_url).netloc)
    server = ThreadingHTTPServer(("127.0.0.1", 0), front)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
