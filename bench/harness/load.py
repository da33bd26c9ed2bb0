"""The load: a process of its own that sends requests to 127.0.0.1 and times every answer.

Run as `python -m bench.harness.load`; it takes a pickled `Order` on standard input and prints a
pickled `Answers`. One thread, some keep-alive connections, each sends its next request as soon as
its last answer is whole (a closed loop).
"""

import pickle
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECEIVE_BYTES = 262_144
SECONDS_MAX = 120.0


@dataclass(frozen=True)
class Order:
    """So many requests over so many connections. One is repeated, several go out in turn."""

    port: int
    requests: Sequence[bytes]
    count: int
    connections: int


@dataclass
class Answers:
    """What came back: seconds for all of it, milliseconds for each, and the statuses.

    `server_seconds` is the processor time that the server took: where other work shares the
    machine it is steadier than the clock on the wall.
    """

    seconds: float = 0.0
    server_seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    last_head: bytes = b""
    last_body: bytes = b""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: float) -> float:
        """The latency in milliseconds that so many percent stay under."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.received = bytearray()
        self.whole_bytes = -1

    def send(self, request: bytes) -> None:
        self.received.clear()
        self.whole_bytes = -1
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; answers whether the answer is whole."""
        data = self.socket.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionError(f"the server hung up after {bytes(self.received[:200])!r}")
        self.received += data
        if self.whole_bytes < 0:
            self.whole_bytes = _whole_bytes(self.received)
        return 0 <= self.whole_bytes <= len(self.received)

    @property
    def status(self) -> int:
        return int(self.received[9:12])


def _whole_bytes(received: bytearray) -> int:
    """How long the answer will be with its head, -1 while the head is not whole."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return -1
    head = bytes(received[:end]).lower()
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if found:
        return end + 4 + int(rest.split(b"\r\n", 1)[0])
    if received[9:12] in (b"204", b"304"):
        return end + 4
    raise ValueError(f"an answer without Content-Length: {head!r}")


def send_all(order: Order) -> Answers:
    """Send the requests and wait for every answer. Raises TimeoutError after two minutes."""
    answers, selector = Answers(), selectors.DefaultSelector()
    left = iter(_turns(order))
    began = time.perf_counter()
    for _ in range(min(order.connections, order.count)):
        connection = _Connection(order.port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(next(left))
    while len(answers.milliseconds) < order.count:
        if time.perf_counter() - began > SECONDS_MAX:
            raise TimeoutError("the server was too slow")
        for key, _ in selector.select(timeout=1.0):
            connection = key.data
            if not connection.receive():
                continue
            answers.milliseconds.append((time.perf_counter() - connection.began) * 1_000)
            answers.statuses[connection.status] += 1
            following = next(left, None)
            if following is not None:
                connection.send(following)
            else:
                head, _, body = bytes(connection.received).partition(b"\r\n\r\n")
                answers.last_head, answers.last_body = head, body
    answers.seconds = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return answers


def _turns(order: Order) -> Sequence[bytes]:
    if len(order.requests) == 1:
        return [order.requests[0]] * order.count
    if len(order.requests) != order.count:
        raise ValueError("requests that differ are each sent once")
    return order.requests


def load(order: Order) -> Answers:
    """Send it from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.harness.load"],
        input=pickle.dumps(order),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    return pickle.loads(done.stdout)


def request(
    method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """A whole HTTP/1.1 request to `localhost`, as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


if __name__ == "__main__":
    # The order was pickled by `bench.harness.load`, so the class of that name reads it.
    from bench.harness import load as named

    sys.stdout.buffer.write(pickle.dumps(named.send_all(pickle.load(sys.stdin.buffer))))
