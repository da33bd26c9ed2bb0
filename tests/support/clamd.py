"""A virus scanner that speaks clamd's protocol: it finds EICAR, and stops at its limit."""

import socketserver
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

# The test file of the antivirus makers, in two halves, so that no scanner takes this file for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class FakeClamd:
    """What it was sent, how much it takes, and what it says instead of the truth."""

    url: str = ""
    takes_bytes: int = 200_000_000
    says: str | None = None
    scanned: list[int] = field(default_factory=list)

    def verdict(self, body: bytes) -> str:
        """Its answer about one stream."""
        if self.says is not None:
            return self.says
        return "stream: Eicar-Test-Signature FOUND" if EICAR in body else "stream: OK"


@contextmanager
def running() -> Generator[FakeClamd]:
    """The scanner, listening on a port of its own."""
    fake = FakeClamd()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.readline() == b"nINSTREAM\n"
            body = b""
            while size := struct.unpack("!L", self.rfile.read(4))[0]:
                body += self.rfile.read(size)
                if len(body) > fake.takes_bytes:
                    self.wfile.write(b"INSTREAM size limit exceeded. ERROR\n")
                    return
            fake.scanned.append(len(body))
            self.wfile.write(fake.verdict(body).encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Session) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        fake.url = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield fake
        server.shutdown()
        thread.join()
