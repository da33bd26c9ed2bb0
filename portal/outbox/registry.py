"""Which function writes which email, and which names an audience. Features fill it on import."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.orm import Session

BUILT_IN_AUDIENCE = "address"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told: display name, email address, language with its region (`en_US`)."""

    name: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that rides in an email."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Email:
    """What an email says: the folder under `templates/emails/` and what its three files need.

    `reply_to` is an address; without one, answers go to the firm.
    """

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None


EmailFunction = Callable[[Session, dict[str, Any], Recipient], Email]
AudienceFunction = Callable[[Session, dict[str, Any]], list[Recipient]]
E = TypeVar("E", bound=EmailFunction)
A = TypeVar("A", bound=AudienceFunction)


@dataclass(frozen=True, slots=True)
class Writer:
    """A registered email: its function, and the stream that mail programs file it under."""

    write: EmailFunction
    stream: str


EMAILS: dict[str, Writer] = {}
AUDIENCES: dict[str, AudienceFunction] = {}


def email(kind: str, *, stream: str = "notices") -> Callable[[E], E]:
    """Register the function that writes notices of this kind.

    It gets a reading session, the notice's args and the recipient, each time the email is tried.
    `stream` becomes the List-Id, so that a reader can file alike emails together.
    """

    def register(function: E) -> E:
        if kind in EMAILS:
            raise ValueError(f"two emails for notice kind {kind}")
        EMAILS[kind] = Writer(function, stream)
        return function

    return register


def audience(name: str) -> Callable[[A], A]:
    """Register the function that says who belongs to an audience at the moment of sending."""

    def register(function: A) -> A:
        if name in AUDIENCES:
            raise ValueError(f"two audiences named {name}")
        AUDIENCES[name] = function
        return function

    return register


@audience(BUILT_IN_AUDIENCE)
def _one_address(_session: Session, args: dict[str, Any]) -> list[Recipient]:
    return [Recipient(args["name"], args["address"], args["language"])]


def same_address(spec: str) -> str:
    """The form in which two spellings of one address are equal."""
    return spec.strip().casefold()


def recipients(session: Session, name: str, args: dict[str, Any]) -> list[Recipient]:
    """Who belongs to an audience now, each address once whatever its capitals (FEATURES N4).

    Raises KeyError for an audience that nobody registered.
    """
    found: dict[str, Recipient] = {}
    for recipient in AUDIENCES[name](session, args):
        found.setdefault(same_address(recipient.address), recipient)
    return list(found.values())
