"""From words to an email on the wire. Nothing that a person typed can become a header.

https://www.rfc-editor.org/rfc/rfc5322 and, for the headers of automatic mail, RFC 3834 and 2919.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser

from portal.outbox.registry import Attachment

SUBJECT_CHARS_MAX = 200
NAME_CHARS_MAX = 100

LINE_CHARS_MAX = 998
_OF_ADDRESSES = {"from", "to", "reply-to"}


class _Wire(policy.EmailPolicy):
    """Leaves an address of plain letters on one line, however long.

    Folding loses the quotation marks of a long name (seen), and then the comma in "Marsh Family
    Trust, …" parts it into two addresses. RFC 5322 allows a line 998 characters.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        whole = name.lower() in _OF_ADDRESSES and str(value).isascii()
        rules = self.clone(max_line_length=LINE_CHARS_MAX) if whole else self
        return super(_Wire, rules).fold_binary(name, value)


# Seven-bit bodies: a server that does not offer 8BITMIME must not spoil an accent.
_WIRE = _Wire(linesep="\r\n", cte_type="7bit")


class Unsendable(Exception):
    """This email can never be sent as it is: the address is none, or a header would break."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an email says, in both forms, ready to be put on the wire."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, and the marks by which mail programs file it and know it again."""

    sender: Address
    recipient: Address
    reply_to: Address
    message_id: str
    list_id: str
    language: str
    date: datetime


def one_line(text: str, chars_max: int) -> str:
    """The text as one plain line: no control characters, line ends or direction marks.

    Nor can it hold an encoded word (RFC 2047), which a reader's program would decode.
    """
    spaced = "".join(" " if c.isspace() else c for c in text)
    kept = (c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    line = " ".join("".join(kept).split()).replace("=?", "= ?")
    return line[:chars_max].strip()


def address(name: str, spec: str) -> Address:
    """One mailbox with a display name. Raises `Unsendable` where `spec` is not exactly one.

    A name that looks like an address is quoted, so it can never become a second recipient.
    """
    local, at, domain = spec.rpartition("@")
    try:
        ascii_spec = f"{local}@{domain.encode('idna').decode('ascii')}"
        made = Address(one_line(name, NAME_CHARS_MAX), addr_spec=ascii_spec)
    except (ValueError, IndexError, MessageError) as wrong:
        raise Unsendable("not an email address that mail can be sent to") from wrong
    if not (at and local and domain) or made.addr_spec != ascii_spec:
        raise Unsendable("not an email address that mail can be sent to")
    return made


def compose(envelope: Envelope, words: Words, attachments: tuple[Attachment, ...]) -> EmailMessage:
    """The whole email. Raises `Unsendable` if its headers would not read back as meant."""
    message = EmailMessage(policy=_WIRE)
    message["From"] = envelope.sender
    message["To"] = envelope.recipient
    message["Reply-To"] = envelope.reply_to
    message["Subject"] = one_line(words.subject, SUBJECT_CHARS_MAX)
    message["Date"] = envelope.date
    message["Message-ID"] = envelope.message_id
    message["List-Id"] = envelope.list_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    for attachment in attachments:
        maintype, _slash, subtype = attachment.content_type.partition("/")
        message.add_attachment(
            attachment.data,
            maintype=maintype,
            subtype=subtype,
            filename=one_line(attachment.filename, NAME_CHARS_MAX),
        )
    message["Content-Language"] = envelope.language  # last: a new part would take it along
    _check(message, envelope)
    return message


def _check(message: EmailMessage, envelope: Envelope) -> None:
    # Folding long names has split addresses in several Python versions (CVE-2025-1795), so what
    # will stand on the wire is read back before it is believed.
    lines = b"".join(_WIRE.fold_binary(name, value) for name, value in message.raw_items())
    read = BytesHeaderParser(policy=policy.SMTP).parsebytes(lines)
    meant = {"From": envelope.sender, "To": envelope.recipient, "Reply-To": envelope.reply_to}
    for header, mailbox in meant.items():
        found = [a.addr_spec for a in read[header].addresses]
        if found != [mailbox.addr_spec] or len(read.get_all(header, [])) != 1:
            raise Unsendable(f"the header {header} would not hold exactly one address")
    if str(read["Message-ID"]).strip() != envelope.message_id:
        raise Unsendable("the Message-ID would be changed on the way")
    if "Bcc" in read or "Cc" in read:
        raise Unsendable("the email would go to somebody else too")
