"""Somebody who does something in a portal: a user of the firm or a client."""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement

from portal.clients.models import Contact


class SignedIn(Protocol):
    """A signed-in user of the firm (`portal.firm.sessions.SignedIn`)."""

    @property
    def id(self) -> int: ...
    @property
    def actor(self) -> str: ...
    @property
    def name(self) -> str: ...


class SignedInClient(Protocol):
    """A signed-in client (`portal.access.sessions.SignedInClient`)."""

    @property
    def contact_id(self) -> int: ...
    @property
    def actor(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Person:
    """Exactly one of a user and a contact. `actor` is their name in the activity log."""

    user_id: int | None
    contact_id: int | None
    actor: str
    name: str

    @property
    def is_client(self) -> bool:
        """Whether this is a client rather than somebody of the firm."""
        return self.contact_id is not None

    @property
    def columns(self) -> dict[str, int | None]:
        """The two columns by which every table of a portal names a person."""
        return {"user_id": self.user_id, "contact_id": self.contact_id}

    def is_named_by(self, table: Any) -> ColumnElement[bool]:
        """That a row of this table names this person."""
        if self.contact_id is not None:
            return table.contact_id == self.contact_id
        return table.user_id == self.user_id


def person_of_user(user: SignedIn) -> Person:
    """The signed-in user as somebody who acts in a portal."""
    return Person(user.id, None, user.actor, user.name)


def person_of_client(client: SignedInClient) -> Person:
    """The signed-in client as somebody who acts in a portal."""
    return Person(None, client.contact_id, client.actor, client.name)


def person_of_contact(contact: Contact) -> Person:
    """A contact as somebody who acts, or is named, in a portal."""
    return Person(None, contact.id, f"contact:{contact.public_id}", contact.name)
