"""The mail server: Flask-Mail's connection with verified TLS and time-outs, kept open a moment."""

import selectors
import smtplib
import socket
import ssl
import threading
import time
from email.message import EmailMessage

from flask_mail import Connection, Mail, Message

from portal.core import db
from portal.core.config import MailSettings
from portal.outbox.composing import one_line

TIMEOUT_SECONDS = 20.0
PAUSE_SECONDS = 10.0
PROBE_AWAITED_SECONDS = 1.0
KEPT_SECONDS = 10.0
TRUSTED_SECONDS = 1.0
MESSAGES_PER_CONNECTION = 100
IMPLICIT_TLS_PORT = 465
REPLY_CHARS_MAX = 500
# Said of us, not of the recipient: signing in or encryption is missing. Trying later may help.
_ABOUT_US = {530, 534, 535, 538}


class Refused(Exception):
    """The server will never take this email. The message is its reply."""


class Unavailable(Exception):
    """Not now: no server, no safe connection, or a reply that says to come back later."""


class _Dialogue:
    """Remembers the server's last words, which `sendmail` throws away after a success."""

    last_reply: tuple[int, bytes] = (0, b"")

    def getreply(self) -> tuple[int, bytes]:
        self.last_reply = super().getreply()  # type: ignore[misc]
        return self.last_reply


class _Smtp(_Dialogue, smtplib.SMTP):
    pass


class _SmtpOverTls(_Dialogue, smtplib.SMTP_SSL):
    pass


class _Composed(Message):
    """A message for Flask-Mail that is composed already, header by header."""

    def __init__(self, composed: EmailMessage) -> None:
        sender = composed["From"].addresses[0].addr_spec
        super().__init__(recipients=[composed["To"].addresses[0].addr_spec], sender=sender)
        self._composed = composed

    def _message(self) -> EmailMessage:  # type: ignore[override]
        return self._composed


class VerifiedConnection(Connection):
    """Flask-Mail takes any certificate and waits for ever (seen); this one does neither."""

    def __init__(self, server: "MailServer") -> None:
        mail = server.mail
        implicit = mail.use_tls and mail.port == IMPLICIT_TLS_PORT
        config = {
            "MAIL_SERVER": mail.server,
            "MAIL_PORT": mail.port,
            "MAIL_USERNAME": mail.username,
            "MAIL_PASSWORD": mail.password,
            "MAIL_USE_TLS": mail.use_tls and not implicit,
            "MAIL_USE_SSL": implicit,
        }
        super().__init__(Mail().init_mail(config))  # type: ignore[arg-type]
        self._server = server
        self._smtp: _Smtp | _SmtpOverTls | None = None
        self.used_at = 0.0

    @property
    def last_reply(self) -> str:
        """The server's last words, with their code."""
        return _told(*self._smtp.last_reply) if self._smtp is not None else ""

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt with a certificate checked for this very host, and sign in."""
        mail, server = self.mail, self._server
        common = {"timeout": server.timeout_seconds, "local_hostname": server.greeting_name}
        host: _Smtp | _SmtpOverTls
        if mail.use_ssl:
            host = _SmtpOverTls(mail.server, mail.port or 0, context=server.tls, **common)
        else:
            host = _Smtp(mail.server, mail.port or 0, **common)
        try:
            server.greeting_name = host.local_hostname  # looking it up can take seconds: once
            if mail.use_tls:
                host.starttls(context=server.tls)
            if mail.username and mail.password:
                host.login(mail.username, mail.password)
        except BaseException:
            host.close()
            raise
        self._smtp = host
        return host

    def alive(self) -> bool:
        """Whether a kept connection can still be used: one not just used is asked, too."""
        # A server speaks unasked only to say goodbye, and a closed connection can be read as well.
        try:
            if self.host is None or self.host.sock is None or _has_something_to_say(self.host.sock):
                return False
            just_used = time.monotonic() - self.used_at < TRUSTED_SECONDS
            return just_used or self.host.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def end(self) -> None:
        """Say goodbye; a server that has gone already is no trouble."""
        try:
            if self.host is not None:
                self.host.quit()
        except (OSError, smtplib.SMTPException):
            if self.host is not None:
                self.host.close()
        self.host = None


def _has_something_to_say(server: socket.socket) -> bool:
    with selectors.DefaultSelector() as watched:
        watched.register(server, selectors.EVENT_READ)
        return bool(watched.select(0))


class MailServer:
    """Sends emails, keeps connections open between them, and asks a dead server rarely.

    While the server cannot be reached, one thread tries it every `pause_seconds` and all others
    are answered at once, so that a silent server never holds up the worker's other jobs.
    """

    def __init__(
        self,
        mail: MailSettings,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.mail = mail
        self.timeout_seconds = timeout_seconds
        self.tls = tls or ssl.create_default_context()
        self.greeting_name: str | None = None
        self._pause_seconds = pause_seconds
        self._lock = threading.Lock()
        self._kept: list[VerifiedConnection] = []
        self._closer: threading.Timer | None = None
        self._answered = threading.Condition(self._lock)
        self._trouble = ""
        self._probing = False
        self._probe_began_at = 0.0
        self._next_probe_at = 0.0

    def send(self, message: EmailMessage) -> str:
        """Hand one email over; answers the server's last reply once it has taken it.

        Raises `Refused` for good, `Unavailable` for now; `NestedTransaction` in a transaction.
        """
        db.refuse_inside_transaction()
        connection = self._take()
        try:
            connection.send(_Composed(message))
            reply = connection.last_reply
        except (OSError, smtplib.SMTPException) as error:
            connection.end()
            raise _outcome(error) from error
        except BaseException:
            connection.end()
            raise
        self._keep(connection)
        return reply

    def close(self) -> None:
        """End the connections that are being kept."""
        with self._lock:
            kept, self._kept = self._kept, []
        for connection in kept:
            connection.end()

    def _take(self) -> VerifiedConnection:
        while True:
            with self._lock:
                connection = self._kept.pop() if self._kept else None
            if connection is None:
                return self._open()
            if connection.alive():
                return connection
            connection.end()

    def _open(self) -> VerifiedConnection:
        self._await_turn()
        connection, trouble = VerifiedConnection(self), ""
        try:
            connection.host = connection.configure_host()
        except (OSError, smtplib.SMTPException) as error:
            trouble = str(_outcome(error))
            raise Unavailable(trouble) from error
        finally:
            with self._answered:
                self._trouble, self._probing = trouble, False
                self._next_probe_at = time.monotonic() + self._pause_seconds
                self._answered.notify_all()
        return connection

    def _await_turn(self) -> None:
        """Raise `Unavailable` while the server is in trouble and it is another's turn to ask.

        A server that is back answers at once, so a probe just begun is waited for, a moment.
        """
        with self._answered:
            if self._probing:
                left = self._probe_began_at + PROBE_AWAITED_SECONDS - time.monotonic()
                self._answered.wait_for(lambda: not self._probing, max(left, 0))
            if not self._trouble:
                return
            if self._probing or time.monotonic() < self._next_probe_at:
                raise Unavailable(self._trouble)
            self._probing, self._probe_began_at = True, time.monotonic()

    def _keep(self, connection: VerifiedConnection) -> None:
        if connection.num_emails >= MESSAGES_PER_CONNECTION:
            connection.end()
            return
        connection.used_at = time.monotonic()
        with self._lock:
            self._kept.append(connection)
            if self._closer is None:
                self._close_idle_later()

    def _close_idle_later(self) -> None:
        self._closer = threading.Timer(KEPT_SECONDS, self._close_idle)
        self._closer.daemon = True
        self._closer.start()

    def _close_idle(self) -> None:
        oldest = time.monotonic() - KEPT_SECONDS
        with self._lock:
            idle = [c for c in self._kept if c.used_at <= oldest]
            self._kept = [c for c in self._kept if c.used_at > oldest]
            self._closer = None
            if self._kept:
                self._close_idle_later()
        for connection in idle:
            connection.end()


def _told(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return one_line(f"{code} {words}", REPLY_CHARS_MAX)


def _outcome(error: Exception) -> Refused | Unavailable:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _by_code(code, text)
    if isinstance(error, smtplib.SMTPResponseException):
        # An unfit sender or sign-in is ours to mend: only a verdict on this email is final.
        final = isinstance(error, smtplib.SMTPDataError) or error.smtp_code == 552
        told = _told(error.smtp_code, error.smtp_error)
        return _by_code(error.smtp_code, error.smtp_error) if final else Unavailable(told)
    told = str(error) or type(error).__name__
    return Unavailable(one_line(told, REPLY_CHARS_MAX))


def _by_code(code: int, text: bytes | str) -> Refused | Unavailable:
    permanent = 500 <= code < 600 and code not in _ABOUT_US
    return Refused(_told(code, text)) if permanent else Unavailable(_told(code, text))


_server: MailServer | None = None


def use(server: MailServer | None) -> None:
    """Send every email through this server from here on, in this process."""
    global _server
    if _server is not None:
        _server.close()
    _server = server


def current() -> MailServer:
    """The server in use. Raises RuntimeError before `use`."""
    if _server is None:
        raise RuntimeError("no mail server: use() was not called")
    return _server
