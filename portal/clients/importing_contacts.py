"""Contacts from a file of another system (FEATURES X7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.clients import importing_references as references
from portal.clients.details import (
    COUNTRIES,
    AddressDetails,
    ContactDetails,
    EmailDetails,
    Problems,
    checked_contact,
)
from portal.clients.importing_contact_fields import (
    ADDRESS,
    COUNTRY_NAMES,
    FIELD_OF,
    FIELDS,
    KINDS,
    LANGUAGES,
    ONCE,
    SAMPLES,
)
from portal.clients.models import ClientWord, Contact, ContactEmail, ContactKind
from portal.clients.rows import contact_words, lines_of, name_key, rows_of
from portal.core import audit, clock, ids
from portal.firm.actions import OFFERED
from portal.firm.addresses import lowered
from portal.firm.models import Country
from portal.firm.queries import firm
from portal.imports.cells import listed, word
from portal.imports.finding import Findings
from portal.imports.kinds import (
    Options,
    Outcome,
    Ready,
    Refused,
    Row,
    Skipped,
    Thing,
    register,
)
from portal.imports.models import ImportRun
from portal.imports.remembering import KEY_CHARS_MAX, remember


class Contacts:
    """People and companies; emails and addresses of one may stand in several rows of the same
    id. Who is here already stays as they are: known by their id, else by name, email and phone."""

    name = references.KIND
    label = lazy_gettext("Contacts")
    intro = lazy_gettext("A row is a person or a company.")
    fields = FIELDS
    options = ()
    groups_by = "id"
    whole = False
    list_endpoint = "contacts.index"
    samples = SAMPLES

    def counted(self, count: int, shown: str) -> str:
        """So many contacts."""
        return ngettext("%(count)s contact", "%(count)s contacts", count, count=shown)

    def key(self, thing: Thing) -> str:
        """Their id; without one, what tells two people of a list apart."""
        if thing["id"]:
            return f"id {thing['id']}"
        return "\n".join(_likeness(_name(thing), _first_email(thing), thing["phone"]))

    def read(
        self,
        session: Session,
        things: Sequence[Thing],
        options: Options,  # noqa: ARG002
    ) -> Sequence[Outcome]:
        """Who would be added, who is here already, and who cannot be kept as they stand."""
        settings = firm(session)
        country = Country(settings.country) if settings else Country.US
        known = references.by_ids(session, (thing["id"] for thing in things))
        alike = _alike(session, things)
        return [_outcome(thing, country, known, alike) for thing in things]

    def write(self, session: Session, ready: Sequence[Ready], by: str, run: ImportRun) -> None:
        """Add them, with the words by which they are found and a line of the log each."""
        now = clock.now()
        added = [
            Contact(
                public_id=ids.public_id(), made_at=now, **lines_of(one.value), **rows_of(one.value)
            )
            for one in ready
        ]
        session.add_all(added)
        session.flush()
        words = [
            {"word": found, "contact_id": contact.id, "matter_id": None}
            for contact in added
            for found in sorted(contact_words(contact))
        ]
        if words:
            session.execute(insert(ClientWord), words)
        pairs = zip(ready, added, strict=True)
        theirs = {one.thing["id"]: contact.id for one, contact in pairs if one.thing["id"]}
        remember(session, self.name, theirs)
        named = ((f"contact:{one.public_id}", {"import": run.public_id}) for one in added)
        audit.record_many(session, by, "contact.added", named)


def _outcome(
    thing: Thing, country: Country, known: Mapping[str, int], alike: Mapping[Any, int]
) -> Outcome:
    here = known.get(thing["id"])
    if here is not None:
        return Skipped(thing)
    reading = _Reading(thing, country)
    if reading.problems:
        return Refused(thing, reading.problems)
    here = alike.get(_likeness(_name(thing), _first_email(thing), thing["phone"]))
    if here is not None:
        return Skipped(thing, thing["id"], here)
    return Ready(thing, reading.details)


class _Reading(Findings):
    """The contact that a thing tells of, checked, and what is wrong with it by row and field."""

    def __init__(self, thing: Thing, country: Country) -> None:
        super().__init__(thing, ONCE, {})
        self.details: ContactDetails | None = None
        self._country = country
        if len(thing["id"]) > KEY_CHARS_MAX:
            self._wrong("id", _("This id is too long."))
        once: dict[str, tuple[Row, str]] = {}
        for row in thing.rows:
            for one in listed(row.cells["email"]):
                once.setdefault(lowered(one), (row, one))
        emails = list(once.values())
        addresses = [row for row in thing.rows if any(row.cells[name] for name in ADDRESS)]
        details = ContactDetails(
            name=_name(thing),
            kind=self._kind(),
            emails=[EmailDetails(one) for _row, one in emails],
            phone=thing["phone"],
            addresses=[self._address(row) for row in addresses],
            note=thing["note"],
            language=self._language(),
        )
        try:
            self.details = checked_contact(details)
        except Problems as wrong:
            places = {"email": [row for row, _one in emails]}
            for name, sentence in wrong.errors.items():
                part, _dash, place = name.partition("-")
                rows = places.get(part, addresses)
                self._wrong(FIELD_OF[part], sentence, rows[int(place)] if place else None)

    def _kind(self) -> str:
        said = self._thing["kind"]
        if not said:
            only_company = _name(self._thing) == self._thing["company"] != ""
            return ContactKind.COMPANY if only_company else ContactKind.PERSON
        kind = KINDS.get(word(said))
        if kind is None:
            self._wrong("kind", _("Write “Person” or “Company”."))
        return kind or ContactKind.PERSON

    def _language(self) -> str | None:
        said = word(self._thing["language"])
        if not said:
            return None
        short = LANGUAGES.get(said, said[:2] if len(said) in (2, 4) else said)
        offered = {one[:2]: one for one in OFFERED[self._country]}
        if short not in offered:
            self._wrong("language", _("Write “English”, “French” or “Spanish”."))
        return offered.get(short)

    def _address(self, row: Row) -> AddressDetails:
        said = row.cells["country"]
        code = said.upper() if said.upper() in COUNTRIES else COUNTRY_NAMES.get(word(said))
        if said and code is None:
            self._wrong("country", _("There is no such country. Write its two letters."), row)
        return AddressDetails(
            label=row.cells["address_label"],
            street=row.cells["street"],
            city=row.cells["city"],
            region=row.cells["region"],
            postal_code=row.cells["postal_code"],
            country=code or self._country,
        )


def _name(thing: Thing) -> str:
    parts = f"{thing['first_name']} {thing['last_name']}".strip()
    return thing["name"] or parts or thing["company"]


def _first_email(thing: Thing) -> str:
    return next((one for row in thing.rows for one in listed(row.cells["email"])), "")


def _likeness(name: str, email: str, phone: str) -> tuple[str, str, str]:
    """What tells two contacts apart who have no id: their name and email, or without an email
    their phone."""
    digits = "".join(char for char in phone if char.isdigit())
    return name_key(name), lowered(email), "" if email else digits


def _alike(session: Session, things: Sequence[Thing]) -> dict[tuple[str, str, str], int]:
    """The contacts that are here under these names, by every way to tell them apart."""
    keys = {name_key(_name(thing)) for thing in things}
    rows = session.execute(
        select(Contact.id, Contact.name, Contact.phone, ContactEmail.address)
        .outerjoin(ContactEmail, ContactEmail.contact_id == Contact.id)
        .where(Contact.name_key.in_(keys))
    )
    found: dict[tuple[str, str, str], int] = {}
    for row in rows:
        found.setdefault(_likeness(row.name, row.address or "", row.phone), row.id)
    return found


register(Contacts())
