"""A mail server in memory: what was sent, to whom, and the links in it."""

import re
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from portal.core import db
from portal.core.config import MailSettings
from portal.outbox.smtp import MailServer
from tests.support.page import words

ADDRESS = re.compile(r"https?://[^\s<>\"]+")
# It connects to nobody: a context of its own would read the machine's certificates each time.
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class Sent:
    """One email as its reader has it."""

    message: EmailMessage

    @property
    def to(self) -> str:
        """The one address that it went to."""
        (address,) = self.message["To"].addresses
        return str(address.addr_spec)

    @property
    def subject(self) -> str:
        """The subject line."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain text."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML."""
        return self._part("html")

    @property
    def links(self) -> list[str]:
        """Every address in the plain text."""
        return ADDRESS.findall(self.text)

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else ""

    def __contains__(self, sentence: str) -> bool:
        return sentence in words(self.text)


class Outbox(MailServer):
    """Takes every email and keeps it. Like the real one, it refuses to work in a transaction."""

    def __init__(self) -> None:
        super().__init__(MailSettings("memory", 25, None, None, False, None), tls=UNUSED)
        self.emails: list[Sent] = []

    def send(self, message: EmailMessage) -> str:
        """Keep one email."""
        db.refuse_inside_transaction()
        self.emails.append(Sent(message))
        return "250 OK"

    def to(self, address: str) -> list[Sent]:
        """What this person got, oldest first."""
        return [email for email in self.emails if email.to == address]

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """(to, subject) of every email, oldest first."""
        return [(email.to, email.subject) for email in self.emails]

    def clear(self) -> None:
        """Forget what came so far."""
        self.emails.clear()
