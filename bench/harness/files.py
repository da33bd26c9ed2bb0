"""Sending and fetching large files over a socket, as a browser does, with the firm to do it at."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection

from bench.harness.firm import BenchFirm
from bench.harness.load import request
from bench.harness.servers import Server
from bench.harness.staff import signed_in

MIB = 1024 * 1024
BOUNDARY = "bench-boundary"


@dataclass(frozen=True)
class Answer:
    """An answer and the seconds from the first byte sent to the last one read."""

    status: int
    body: bytes
    seconds: float


def ask(
    port: int, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """One request on a connection of its own. Raises RuntimeError for an error."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.connect()
    began = time.perf_counter()
    connection.request(method, path, body, {"Host": "localhost", **(headers or {})})
    response = connection.getresponse()
    told = response.read()
    seconds = time.perf_counter() - began
    connection.close()
    if response.status >= 400:
        raise RuntimeError(f"{method} {path}: {response.status}: {told[:300]!r}")
    return Answer(response.status, told, seconds)


def form_of(body: bytes, token: str) -> bytes:
    """A form with one file."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + body + f"\r\n--{BOUNDARY}--\r\n".encode()


FORM_HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@dataclass(frozen=True)
class Desk:
    """Ada, signed in at a running product, and a matter."""

    server: Server
    headers: dict[str, str]
    matter: str

    @property
    def token(self) -> str:
        """What her forms carry."""
        return self.headers["X-CSRFToken"]

    def begin(self, size: int) -> str:
        """Announce a file; answers its address."""
        form = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        told = ask(
            self.server.port,
            "POST",
            f"/staff/matters/{self.matter}/uploads",
            f"name=a.bin&size={size}".encode(),
            form,
        )
        return str(json.loads(told.body)["address"])

    def put(self, address: str, body: bytes, part: int | None = None) -> float:
        """Send it, or a part of it; answers the seconds."""
        kind = {**self.headers, "Content-Type": "application/octet-stream"}
        path = address if part is None else f"{address}?part={part}"
        return ask(self.server.port, "PUT", path, body, kind).seconds

    def finish(self, address: str) -> tuple[str, float]:
        """Make a document of it; answers its id, and the seconds."""
        answer = ask(self.server.port, "POST", f"{address}/finish", b"", self.headers)
        return str(json.loads(answer.body)["document"]), answer.seconds


def headers_of(firm: BenchFirm) -> dict[str, str]:
    """Ada's cookie. Made before the server runs, which has the database to itself then."""
    return signed_in(firm)


def desk_at(server: Server, cookie: dict[str, str], matter: str) -> Desk:
    """Ada with the token of her forms."""
    answers = server.ask([request("GET", "/staff/alerts", headers=cookie)], 1)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answers.last_body.decode())
    kept = re.search(r"(?i)set-cookie: ([^;]+)", answers.last_head.decode())
    assert found is not None
    assert kept is not None  # the session holds what the token is made from
    return Desk(server, {"Cookie": kept.group(1), "X-CSRFToken": found.group(1)}, matter)
