"""Adding and editing contacts and matters, with the words by which they are found."""

from collections.abc import Iterable
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.clients import access, changes, numbering, queries, word_index
from portal.clients.details import (
    AddressDetails,
    ContactDetails,
    EmailDetails,
    MatterDetails,
    Problems,
    RelatedDetails,
    checked_contact,
    checked_matter,
)
from portal.clients.models import (
    Contact,
    Matter,
    MatterContact,
    MatterStatus,
)
from portal.clients.restricting import restrict
from portal.clients.rows import contact_words, lines_of, matter_words, rows_of
from portal.clients.standing import as_shown, matter_details_of
from portal.core import audit, clock, ids
from portal.core.errors import Invalid
from portal.firm.models import User
from portal.firm.queries import firm_day


def add_contact(session: Session, details: ContactDetails, *, by: str) -> Contact:
    """Keep a new contact (FEATURES X2: found by name and email from then on).

    Raises `Problems`, an `Invalid` that names every field that cannot be used.
    """
    checked = checked_contact(details)
    contact = Contact(
        public_id=ids.public_id(), made_at=clock.now(), **lines_of(checked), **rows_of(checked)
    )
    session.add(contact)
    session.flush()
    word_index.keep(session, contact.id, None, contact_words(contact))
    audit.record(session, by, "contact.added", f"contact:{contact.public_id}")
    return contact


def edit_contact(session: Session, contact: Contact, details: ContactDetails, *, by: str) -> None:
    """Change a contact as loaded by `queries.contact`. The log tells which parts were changed;
    saved as it stood, nothing is recorded. Raises `Problems`."""
    checked = checked_contact(details)
    _lock_contact(session, contact)
    before = details_of(contact)
    changed = [part for part in _CONTACT_PARTS if getattr(before, part) != getattr(checked, part)]
    if not changed:
        return
    for part, value in lines_of(checked).items():
        setattr(contact, part, value)
    for part, rows in rows_of(checked).items():
        if part in changed:
            setattr(contact, part, [])
            session.flush()  # the old rows leave before their addresses come again
            setattr(contact, part, rows)
    session.flush()
    word_index.keep(session, contact.id, None, contact_words(contact))
    if "name" in changed:
        for matter in queries.matters_of(session, contact.id, access.NOTHING_CLOSED):
            word_index.keep(session, contact.id, matter.id, matter_words(matter, contact.name))
    audit.record(session, by, "contact.edited", f"contact:{contact.public_id}", changed=changed)
    if "emails" in changed:
        changes.emails_changed(session, contact, by)


_CONTACT_PARTS = ("kind", "name", "phone", "note", "language", "emails", "addresses")


def details_of(contact: Contact) -> ContactDetails:
    """The contact as a form shows it to be edited."""
    return ContactDetails(
        kind=contact.kind,
        name=contact.name,
        phone=contact.phone,
        note=contact.note,
        language=contact.language,
        emails=tuple(EmailDetails(row.address, row.is_primary) for row in contact.emails),
        addresses=tuple(
            AddressDetails(
                label=row.label,
                street=row.street,
                city=row.city,
                region=row.region,
                postal_code=row.postal_code,
                country=row.country,
            )
            for row in contact.addresses
        ),
    )


def add_matter(session: Session, details: MatterDetails, *, by: str) -> Matter:
    """Open a matter for a client. Its number is the firm's own and stands once.

    Raises `Problems` with every field that cannot be used.
    """
    checked = _fitting(session, checked_matter(details), None)
    client = queries.contact_by_id(session, checked.client_id)
    today = firm_day(session)
    matter = Matter(
        public_id=ids.public_id(),
        made_at=clock.now(),
        number=checked.number,
        name=checked.name,
        client=client,
        responsible_id=checked.responsible_id,
        status=checked.status,
        opened_on=checked.opened_on or today,
        closed_on=today if checked.status == MatterStatus.CLOSED else None,
        restricted=bool(checked.open_to),
        related=_related(checked.related),
    )
    session.add(matter)
    _flush_number(session)
    restrict(session, matter, checked.open_to or ())
    word_index.keep(session, client.id, matter.id, matter_words(matter, client.name))
    audit.record(
        session,
        by,
        "matter.added",
        f"matter:{matter.public_id}",
        number=matter.number,
        client=client.public_id,
    )
    return matter


def edit_matter(
    session: Session, matter: Matter, details: MatterDetails, *, by: str, shown: str | None = None
) -> None:
    """Change a matter as loaded by `queries.matter`. Its client stays: bills and money name both.

    Closing it notes the day, opening it again forgets it. `shown` is the mark of the matter as the
    person saw it (`standing.as_shown`); None where nobody was shown a form. Raises `Problems`, and
    `Invalid` where somebody changed it meanwhile: an old form must not open a restricted matter.
    """
    if details.client_id != matter.client_id:
        raise Problems({"client": _("The client of a matter cannot be changed.")})
    _lock_matter(session, matter)
    before = matter_details_of(session, matter)
    if shown is not None and shown != as_shown(before):
        raise Invalid(
            _("Somebody changed this matter meanwhile. Open it again to see it as it stands."),
            "name",
        )
    opened_on = details.opened_on or matter.opened_on
    checked = _fitting(session, checked_matter(replace(details, opened_on=opened_on)), matter.id)
    if checked.open_to is None:
        checked = replace(checked, open_to=before.open_to)
    changed = [part for part in _MATTER_PARTS if getattr(before, part) != getattr(checked, part)]
    if set(before.related) == set(checked.related) and "related" in changed:
        changed.remove("related")  # the same people in another order
    if not changed:
        return
    matter.number, matter.name = checked.number, checked.name
    matter.responsible_id, matter.opened_on = checked.responsible_id, opened_on
    if "status" in changed:
        closing = checked.status == MatterStatus.CLOSED
        matter.status, matter.closed_on = checked.status, firm_day(session) if closing else None
    if "related" in changed:
        _replace_related(session, matter, checked.related)
    if "open_to" in changed:
        restrict(session, matter, checked.open_to or ())
    _flush_number(session)
    session.expire(matter, ["related", "responsible"])
    word_index.keep(session, matter.client_id, matter.id, matter_words(matter, matter.client.name))
    audit.record(session, by, "matter.edited", f"matter:{matter.public_id}", changed=changed)


def _replace_related(session: Session, matter: Matter, rows: Iterable[RelatedDetails]) -> None:
    session.execute(delete(MatterContact).where(MatterContact.matter_id == matter.id))
    for row in _related(rows):
        row.matter_id = matter.id
        session.add(row)


_MATTER_PARTS = ("number", "name", "status", "responsible_id", "opened_on", "related", "open_to")


def _fitting(session: Session, checked: MatterDetails, matter_id: int | None) -> MatterDetails:
    """The matter, its people and number looked up. Raises `Problems`."""
    errors: dict[str, str] = {}
    wanted = {checked.client_id, *(one.contact_id for one in checked.related)}
    known = queries.names(session, wanted)
    if checked.client_id not in known:
        errors["client"] = _("Choose the client of this matter.")
    for place, one in enumerate(checked.related):
        if one.contact_id not in known:
            errors[f"related-{place}"] = _("Choose one of your contacts.")
    if numbering.number_taken(session, checked.number, but=matter_id):
        errors["number"] = _("Another matter has this number. Enter one that is free.")
    responsible = checked.responsible_id
    if responsible is not None and session.get(User, responsible) is None:
        errors["responsible"] = _("Choose somebody who works at the firm.")
    groups = set(checked.open_to or ())
    if groups - {group.id for group in access.groups_to_choose(session, groups)}:
        errors["group"] = _("One of these groups cannot be chosen any more. Choose again.")
    if errors:
        raise Problems(errors)
    return checked


def _lock_contact(session: Session, contact: Contact) -> None:
    """Let two people who save the same contact do so one after the other, on what stands then."""
    # What only names the contact (a message of theirs) need not wait, and so never in a circle.
    held = select(Contact.id).where(Contact.id == contact.id)
    session.execute(held.with_for_update(key_share=True))
    session.expire(contact)
    queries.contact_by_id(session, contact.id)


def _lock_matter(session: Session, matter: Matter) -> None:
    session.execute(select(Matter.id).where(Matter.id == matter.id).with_for_update())
    session.expire(matter)
    queries.matter_by_id(session, matter.id)


def _flush_number(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as taken:  # two people took the proposed number at once
        raise Invalid(
            _("Another matter has this number. Enter one that is free."), "number"
        ) from taken


def _related(rows: Iterable[RelatedDetails]) -> list[MatterContact]:
    return [MatterContact(contact_id=row.contact_id, relation=row.relation) for row in rows]
