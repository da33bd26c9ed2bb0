"""The emails that the product's own mailbox has kept."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

# A busy machine is slow; what has come already is not waited for.
SECONDS_MAX = 90


@dataclass(frozen=True)
class Letter:
    """One email: who got it, its subject, and its plain text."""

    to: str
    subject: str
    text: str


def read(raw: bytes) -> Letter:
    """The email in these bytes."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    (address,) = message["To"].addresses
    body = message.get_body(preferencelist=("plain",))
    assert body is not None
    return Letter(address.addr_spec, str(message["Subject"]), body.get_content())


def about(var: Path, reference: str) -> list[Letter]:
    """The kept emails that name this payment, oldest first."""
    kept = [read(path.read_bytes()) for path in sorted((var / "mail").glob("*.eml"))]
    return [letter for letter in kept if reference in letter.subject + letter.text]


def wait_for(look: Callable[[], list[Letter]], count: int) -> list[Letter]:
    """What `look` finds, once it is so many emails. Fails with what was there if it never is."""
    deadline = time.monotonic() + SECONDS_MAX
    found = look()
    while len(found) < count and time.monotonic() < deadline:
        time.sleep(0.2)
        found = look()
    assert len(found) == count, [(letter.to, letter.subject) for letter in found]
    return found
