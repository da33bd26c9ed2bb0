"""A real SMTP server for tests, which takes, refuses or drops as told."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from portal.core.config import MailSettings
from portal.outbox import smtp


class MailServer(Controller):
    """Keeps what it takes in `taken`; `say(recipient)` answers RCPT, `then()` answers DATA."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, port: int = 0, password: str | None = None
    ) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.connections = 0
        self.say: Callable[[str], str] = lambda _recipient: "250 OK"
        self.then: Callable[[], str] = lambda: "250 OK queued as 1"
        super().__init__(
            self,
            hostname="127.0.0.1",
            port=port,
            server_hostname="localhost",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_require_tls=tls is not None,
            authenticator=self._authenticate if password else None,
            auth_required=password is not None,
        )
        self._password = password

    def factory(self) -> SMTP:
        self.connections += 1
        return super().factory()

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
        self.connections = 0  # the one just made was aiosmtpd's own

    def _authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        good = data.password.decode() == self._password
        return AuthResult(success=good, handled=good)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list
    ) -> str:
        answer = self.say(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        answer = self.then()
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.envelopes.append(envelope)
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer

    def settings(self, **over: Any) -> MailSettings:
        """What MAIL_SERVER and its companions would say of this server."""
        return at_port(self.port, **over)


@contextmanager
def in_use() -> Iterator[MailServer]:
    """A plain one, to which the product sends its emails."""
    server = MailServer()
    server.start()
    smtp.use(smtp.MailServer(server.settings(), timeout_seconds=2, pause_seconds=0))
    yield server
    smtp.use(None)
    server.stop()


def at_port(port: int, **over: Any) -> MailSettings:
    """Settings of a server at this port of this machine, whether or not one is there."""
    said: dict[str, Any] = {
        "server": "127.0.0.1",
        "port": port,
        "username": None,
        "password": None,
        "use_tls": False,
        "sender": "pay@harlow.test",
    }
    return MailSettings(**{**said, **over})
