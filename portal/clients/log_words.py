"""What the actions on contacts and matters are called in the activity log (FEATURES X9).

The log is read by administrators, to whom no matter is closed.
"""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clients.models import Contact, Matter
from portal.core.audit import Kind, describe
from portal.core.words import LAST_CHAR, folded

FOUND_MAX = 10


def _contacts_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Contact.public_id, Contact.name).where(Contact.public_id.in_(public_ids))
    )
    return {row.public_id: row.name for row in rows}


def _contacts_called(session: Session, typed: str) -> Collection[str]:
    start = folded(typed)
    called = (Contact.name_key >= start) & (Contact.name_key < start + LAST_CHAR)
    statement = select(Contact.public_id).where(called).order_by(Contact.name_key)
    return session.scalars(statement.limit(FOUND_MAX)).all()


def _matters_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Matter.public_id, Matter.number, Matter.name).where(Matter.public_id.in_(public_ids))
    )
    return {row.public_id: f"{row.number} {row.name}" for row in rows}


def _matters_numbered(session: Session, typed: str) -> Collection[str]:
    number = typed.split(" ")[0]
    return session.scalars(select(Matter.public_id).where(Matter.number == number)).all()


describe(
    {
        "contact.added": _("Contact added"),
        "contact.edited": _("Contact edited"),
        "contacts.exported": _("Contacts exported"),
        "matter.added": _("Matter added"),
        "matter.edited": _("Matter edited"),
        "matters.exported": _("Matters exported"),
        "rate.removed": _("Custom billing rate removed"),
        "rate.set": _("Custom billing rate set"),
    },
    {
        "contact": Kind(_("Contact"), "contacts.show", _contacts_named, _contacts_called),
        "contacts": Kind(_("Contacts")),
        "matters": Kind(_("Matters")),
        "matter": Kind(_("Matter"), "matters.show", _matters_named, _matters_numbered),
    },
)
