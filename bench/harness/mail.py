"""Mail servers under measurement: one on this machine in plain text, and one as firms have it, some
way off, which wants TLS and a sign-in. Both take everything and keep nothing.
"""

import asyncio
import contextlib
import logging
import ssl
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP

import trustme
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP as Serving
from aiosmtpd.smtp import AuthResult

from bench.harness.servers import free_port, running

ROUND_TRIP_MS = 20
START_SECONDS_MAX = 30.0
USERNAME, PASSWORD = "bench", "bench-only"
BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class MailHost:
    """A mail server, and how the product is told of it. `authority` signs its certificate; without
    one it speaks plain text."""

    port: int
    authority: Path | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """The product's settings for it."""
        where = {"MAIL_SERVER": "localhost", "MAIL_PORT": str(self.port)}
        if self.authority is None:
            return {**where, "MAIL_USE_TLS": "false"}
        signing_in = {"MAIL_USERNAME": USERNAME, "MAIL_PASSWORD": PASSWORD}
        return {**where, **signing_in, "SSL_CERT_FILE": str(self.authority)}

    def send_alone(self, message: EmailMessage, tls: ssl.SSLContext | None) -> None:
        """One email over a connection of its own."""
        with SMTP("localhost", self.port) as connection:
            if tls is not None:
                connection.starttls(context=tls)
                connection.login(USERNAME, PASSWORD)
            connection.send_message(message)

    def tls(self) -> ssl.SSLContext | None:
        """What trusts its certificate; None for plain text."""
        return ssl.create_default_context(cafile=self.authority) if self.authority else None


@contextmanager
def near() -> Generator[MailHost]:
    """A server on this machine, in plain text: no time on the way at all."""
    with _serving(port := free_port()):
        yield MailHost(port)


@contextmanager
def far(keep: Path) -> Generator[MailHost]:
    """A server `ROUND_TRIP_MS` away, there and back, which wants TLS and a sign-in, as the product
    does of any mail server unless it is told otherwise. Its certificate is kept in a folder."""
    authority, own = keep / "authority.pem", keep / "mail.pem"
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(authority))
    issuer.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(own))
    with _serving(port := free_port(), str(own)):
        yield MailHost(port, authority)


@contextmanager
def _serving(port: int, *certificate: str) -> Generator[None]:
    argv = [sys.executable, "-m", "bench.harness.mail", str(port), *certificate]
    with running(argv, {}):
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until:
            try:
                SMTP("localhost", port).quit()
                break
            except OSError:
                time.sleep(0.1)
        yield


async def _serve(port: int, certificate: str | None) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of itself at each sign-in
    if certificate is None:
        async with await _listen(port, None):
            await asyncio.Event().wait()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(str(certificate))
    async with await _listen(behind := free_port(), tls), await _wire(port, behind):
        await asyncio.Event().wait()


async def _listen(port: int, tls: ssl.SSLContext | None) -> asyncio.Server:
    def session() -> Serving:
        return Serving(
            Sink(),
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=tls is not None,
            authenticator=lambda *_asked: AuthResult(success=True),
        )

    return await asyncio.get_running_loop().create_server(session, "localhost", port)


async def _wire(port: int, behind: int) -> asyncio.Server:
    """What keeps every byte half a round trip back, and a new connection a whole one."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP_MS / 1_000)
        inner_reader, inner_writer = await asyncio.open_connection("localhost", behind)
        await asyncio.gather(_late(reader, inner_writer), _late(inner_reader, writer))

    return await asyncio.start_server(carry, "localhost", port)


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while block := await reader.read(BLOCK):
            loop.call_later(ROUND_TRIP_MS / 2_000, writer.write, block)
    loop.call_later(ROUND_TRIP_MS / 2_000, writer.close)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
