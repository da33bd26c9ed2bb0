"""Contacts and matters as lines of CSV (**Export**, FEATURES X7): the columns in which they are
imported, so that such a file can be read back. A contact's id is our own."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.clients import importing_contact_fields, importing_matter_fields
from portal.clients.models import (
    Contact,
    ContactAddress,
    ContactEmail,
    ContactKind,
    MatterContact,
    MatterGroup,
    MatterStatus,
)
from portal.core import db
from portal.firm.models import Group
from portal.imports.kinds import Field
from portal.web import csv_lines

Cells = Mapping[str, str]
_LANGUAGES = {"en": "English", "fr": "French", "es": "Spanish"}
"""As a file of contacts names them, whatever the language of the pages."""


def contact_lines(steps: Iterable[Sequence[Contact]]) -> Iterator[str]:
    """The file, some lines at a time. A further address stands in a row of its own."""
    rows = (row for step in steps for contact in step for row in _of_contact(contact))
    return _lines(importing_contact_fields.FIELDS, rows)


def _of_contact(contact: Contact) -> Iterator[Cells]:
    emails = sorted(contact.emails, key=lambda one: not one.is_primary)
    addresses = [_address(one) for one in contact.addresses]
    yield {
        "id": contact.public_id,
        "kind": _("Company") if contact.kind == ContactKind.COMPANY else _("Person"),
        "name": contact.name,
        "email": "; ".join(one.address for one in emails),
        "phone": contact.phone,
        "language": _LANGUAGES.get((contact.language or "")[:2], ""),
        "note": contact.note,
        **(addresses[0] if addresses else {}),
    }
    yield from ({"id": contact.public_id, **one} for one in addresses[1:])


def _address(one: ContactAddress) -> Cells:
    return {
        "address_label": one.label,
        "street": one.street,
        "city": one.city,
        "region": one.region,
        "postal_code": one.postal_code,
        "country": one.country,
    }


def matter_lines(steps: Iterable[Sequence[Row[Any]]]) -> Iterator[str]:
    """The file, some lines at a time. A further related contact stands in a row of its own."""
    return _lines(importing_matter_fields.FIELDS, _of_matters(steps))


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around some matters, by their ids; emails by the public id of the client."""

    emails: Mapping[str, str]
    groups: Mapping[int, list[str]]
    related: Mapping[int, list[Cells]]


def _of_matters(steps: Iterable[Sequence[Row[Any]]]) -> Iterator[Cells]:
    statuses = {
        MatterStatus.OPEN: _("Open"),
        MatterStatus.PENDING: _("Pending"),
        MatterStatus.CLOSED: _("Closed"),
    }
    for step in steps:
        with db.read() as session:
            around = _around(session, step)
        for row in step:
            related = around.related.get(row.id, [{}])
            yield {
                "number": row.number,
                "name": row.name,
                "client": row.client_name,
                "client_id": row.client_public_id,
                "client_email": around.emails.get(row.client_public_id, ""),
                "responsible": row.responsible_email or "",
                "status": statuses[MatterStatus(row.status)],
                "opened": _day(row.opened_on),
                "closed": _day(row.closed_on),
                "groups": "; ".join(around.groups.get(row.id, [])),
                **related[0],
            }
            yield from ({"number": row.number, **one} for one in related[1:])


def _around(session: Session, step: Sequence[Row[Any]]) -> _Around:
    ids = [row.id for row in step]
    clients = {row.client_public_id for row in step}
    return _Around(_emails(session, clients), _groups(session, ids), _related(session, ids))


def _emails(session: Session, clients: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Contact.public_id, ContactEmail.address)
        .join(ContactEmail, ContactEmail.contact_id == Contact.id)
        .where(Contact.public_id.in_(clients), ContactEmail.is_primary.is_(True))
    )
    return {row.public_id: row.address for row in rows}


def _groups(session: Session, ids: Collection[int]) -> Mapping[int, list[str]]:
    rows = session.execute(
        select(MatterGroup.matter_id, Group.name)
        .join(Group, Group.id == MatterGroup.group_id)
        .where(MatterGroup.matter_id.in_(ids))
        .order_by(Group.name_key)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        found[row.matter_id].append(row.name)
    return found


def _related(session: Session, ids: Collection[int]) -> Mapping[int, list[Cells]]:
    rows = session.execute(
        select(MatterContact.matter_id, MatterContact.relation, Contact.name)
        .join(Contact, Contact.id == MatterContact.contact_id)
        .where(MatterContact.matter_id.in_(ids))
        .order_by(Contact.name_key, Contact.id)
    )
    found: dict[int, list[Cells]] = defaultdict(list)
    for row in rows:
        found[row.matter_id].append({"related": row.name, "relation": row.relation})
    return found


def _lines(fields: Sequence[Field], rows: Iterable[Cells]) -> Iterator[str]:
    cells = ([row.get(field.name, "") for field in fields] for row in rows)
    return csv_lines.lines([str(field.label) for field in fields], cells)


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""
