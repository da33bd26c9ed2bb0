"""The sandbox's mail server: takes every email and keeps it as a file, to be read on a page."""

import asyncio
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.core import clock
from portal.core.config import MailSettings

FOLDER = "mail"
SHOWN_MAX = 200
MESSAGE_BYTES_MAX = 160 * 1024 * 1024
_NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}\.eml")


@dataclass(frozen=True, slots=True)
class SinkMessage:
    """One kept email as a list shows it. `received_at` is wall time."""

    name: str
    received_at: datetime
    to: str
    sender: str
    subject: str
    language: str


@dataclass(frozen=True, slots=True)
class KeptEmail:
    """One kept email in full: its headers as they came, and both of its forms."""

    summary: SinkMessage
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[str, ...]


class _Keeper:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        data = content if isinstance(content, bytes) else content.encode()
        stamp = clock.wall_time().strftime("%Y%m%dT%H%M%S%f")
        name = f"{stamp}-{secrets.token_hex(4)}.eml"
        unfinished = self._folder / f".{name}.part"
        unfinished.write_bytes(data)
        os.replace(unfinished, self._folder / name)  # a reader never sees half an email
        return f"250 OK kept as {name}"


@contextmanager
def running(var: Path, *, sender: str | None = None) -> Iterator[MailSettings]:
    """A mail server on a free port of this machine; yields the settings that reach it."""
    folder = var / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    controller = _FreePort(_Keeper(folder), data_size_limit=MESSAGE_BYTES_MAX)
    controller.start()
    try:
        yield MailSettings("127.0.0.1", controller.port, None, None, False, sender)
    finally:
        controller.stop()


class _FreePort(Controller):
    """A controller that asks the system for a port and then says which one it got."""

    def __init__(self, handler: _Keeper, *, data_size_limit: int) -> None:
        super().__init__(
            handler,
            hostname="127.0.0.1",
            port=0,
            server_hostname="localhost",  # asking the resolver can take seconds
            data_size_limit=data_size_limit,
        )

    def _trigger_server(self) -> None:
        # aiosmtpd connects once to finish starting, to the port as given: 0 would fail.
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def messages(var: Path, limit: int = SHOWN_MAX) -> list[SinkMessage]:
    """The newest kept emails, newest first."""
    folder = var / FOLDER
    if not folder.is_dir():
        return []
    names = sorted((p.name for p in folder.iterdir() if _NAME.fullmatch(p.name)), reverse=True)
    parser = BytesHeaderParser(policy=policy.default)
    found = []
    for name in names[:limit]:
        with (folder / name).open("rb") as file:
            found.append(_summary(name, parser.parse(file)))
    return found


def message(var: Path, name: str) -> KeptEmail | None:
    """One kept email; None if there is none of that name. Other names than ours open nothing."""
    path = var / FOLDER / name
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    read = message_from_bytes(path.read_bytes(), policy=policy.default)
    return KeptEmail(
        summary=_summary(name, read),
        headers=tuple((key, str(value)) for key, value in read.items()),
        text=_body(read, "plain"),
        html=_body(read, "html"),
        attachments=tuple(part.get_filename() or "" for part in read.iter_attachments()),
    )


def _summary(name: str, headers: EmailMessage) -> SinkMessage:
    received = datetime.strptime(name.split("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    said = {key: str(headers.get(key, "")) for key in ("To", "From", "Subject")}
    language = str(headers.get("Content-Language", ""))
    return SinkMessage(name, received, said["To"], said["From"], said["Subject"], language)


def _body(read: EmailMessage, kind: str) -> str:
    part = read.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""
