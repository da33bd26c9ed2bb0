"""Contacts and matters as staff would add them."""

from typing import Any

from portal.clients.actions import add_contact, add_matter
from portal.clients.details import ContactDetails, EmailDetails, MatterDetails
from portal.clients.models import Contact, Matter
from portal.clients.numbering import next_matter_number
from portal.core import db

BY = "user:tester"


def contact(name: str, *emails: str, **more: Any) -> Contact:
    """A contact with these emails, the first of them primary."""
    with db.transaction() as session:
        details = ContactDetails(name, emails=[EmailDetails(one) for one in emails], **more)
        return add_contact(session, details, by=BY)


def matter(client: Contact, name: str = "Lease", number: str = "", **more: Any) -> Matter:
    """A matter of a client; without a number it gets the next free one."""
    with db.transaction() as session:
        free = number or next_matter_number(session)
        details = MatterDetails(free, name, client.id, **more)
        return add_matter(session, details, by=BY)
