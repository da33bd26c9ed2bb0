"""Matters from a file of another system (FEATURES X7)."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.clients.access import groups_to_choose
from portal.clients.details import MatterDetails, Problems, RelatedDetails, checked_matter
from portal.clients.importing_matter_fields import FIELD_OF, FIELDS, ONCE, SAMPLES, STATUSES
from portal.clients.importing_references import Found, Wanted, find
from portal.clients.models import ClientWord, Matter, MatterContact, MatterGroup, MatterStatus
from portal.clients.rows import matter_words
from portal.core import audit, clock, ids
from portal.core.words import folded
from portal.firm.addresses import lowered
from portal.firm.queries import firm_day, users
from portal.imports.cells import listed, word
from portal.imports.finding import Findings
from portal.imports.kinds import (
    DAY_ORDER,
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


@dataclass(frozen=True, slots=True)
class _House:
    """What of the firm rows may name: who works here, its groups, and which day it is."""

    users: Mapping[str, int]
    groups: Mapping[str, int]
    today: date


@dataclass(frozen=True, slots=True)
class _ToOpen:
    """A matter as it will be kept."""

    details: MatterDetails
    client_name: str
    opened_on: date
    closed_on: date | None


class Matters:
    """Matters by their numbers. One that is here already stays as it is."""

    name = "matters"
    label = lazy_gettext("Matters")
    intro = lazy_gettext("A row is a matter. Its client must be among your contacts before.")
    fields = FIELDS
    options = (DAY_ORDER,)
    groups_by = "number"
    whole = False
    list_endpoint = "matters.index"
    samples = SAMPLES

    def counted(self, count: int, shown: str) -> str:
        """So many matters."""
        return ngettext("%(count)s matter", "%(count)s matters", count, count=shown)

    def key(self, thing: Thing) -> str:
        """Its number, which stands once."""
        return _number(thing)

    def read(
        self, session: Session, things: Sequence[Thing], options: Options
    ) -> Sequence[Outcome]:
        """Which would be opened, which are here already, and which cannot be as they stand."""
        house = _house(session)
        here = _here(session, things)
        asked = [row for thing in things for row in thing.rows]
        clients = find(session, [_client(thing) for thing in things])
        others = find(session, [_other(row) for row in asked])
        related = {row.number: found for row, found in zip(asked, others, strict=True)}
        return [
            _Reading(thing, client, related, house, options).outcome(here)
            for thing, client in zip(things, clients, strict=True)
        ]

    def write(self, session: Session, ready: Sequence[Ready], by: str, run: ImportRun) -> None:
        """Open them, with the words by which they are found and a line of the log each."""
        now = clock.now()
        opening: list[_ToOpen] = [one.value for one in ready]
        added = [
            Matter(
                public_id=ids.public_id(),
                made_at=now,
                number=one.details.number,
                name=one.details.name,
                client_id=one.details.client_id,
                responsible_id=one.details.responsible_id,
                status=one.details.status,
                opened_on=one.opened_on,
                closed_on=one.closed_on,
                restricted=bool(one.details.open_to),
            )
            for one in opening
        ]
        session.add_all(added)
        session.flush()
        _write_rows(session, opening, added)
        named = (
            (f"matter:{one.public_id}", {"number": one.number, "import": run.public_id})
            for one in added
        )
        audit.record_many(session, by, "matter.added", named)


def _write_rows(session: Session, opening: Sequence[_ToOpen], added: Sequence[Matter]) -> None:
    """What hangs on the matters: related contacts, groups, and words."""
    both = list(zip(opening, added, strict=True))
    related = [
        {"matter_id": matter.id, "contact_id": other.contact_id, "relation": other.relation}
        for one, matter in both
        for other in one.details.related
    ]
    groups = [
        {"matter_id": matter.id, "group_id": group_id}
        for one, matter in both
        for group_id in one.details.open_to or ()
    ]
    words = [
        {"word": found, "contact_id": matter.client_id, "matter_id": matter.id}
        for one, matter in both
        for found in sorted(matter_words(matter, one.client_name))
    ]
    for table, rows in ((MatterContact, related), (MatterGroup, groups), (ClientWord, words)):
        if rows:
            session.execute(insert(table), rows)


class _Reading(Findings):
    """The matter that a thing tells of, and what is wrong with it by row and field."""

    def __init__(
        self,
        thing: Thing,
        client: Found,
        related: Mapping[int, Found],
        house: _House,
        options: Options,
    ) -> None:
        super().__init__(thing, ONCE, options)
        self._client, self._related, self._house = client, related, house

    def outcome(self, here: Mapping[str, int]) -> Outcome:
        """What becomes of it; `here` are the clients of the matters that are here, by number."""
        thing = self._thing
        clients_here = here.get(_number(thing))
        if not self._client:
            self._wrong("client", self._client.why)
        elif clients_here == self._client.contact_id:
            return Skipped(thing)
        elif clients_here is not None:
            self._wrong("number", _("A matter of another client has this number."))
        opening = self._read()
        return Refused(thing, self.problems) if self.problems else Ready(thing, opening)

    def _read(self) -> _ToOpen:
        thing = self._thing
        status = STATUSES.get(word(thing["status"])) if thing["status"] else MatterStatus.OPEN
        opened_on = self._day("opened") or self._house.today
        closed_on = self._day("closed")
        if status is None:
            self._wrong("status", _("Write “Open”, “Pending” or “Closed”."))
        if closed_on is not None and closed_on < opened_on:
            self._wrong("closed", _("It cannot be closed before it was opened."))
        others = [row for row in thing.rows if row.cells["related"]]
        details = MatterDetails(
            number=thing["number"],
            name=thing["name"],
            client_id=self._client.contact_id,
            status=status or MatterStatus.OPEN,
            responsible_id=self._responsible(),
            opened_on=opened_on,
            related=[
                RelatedDetails(self._related[row.number].contact_id, row.cells["relation"])
                for row in others
            ],
            open_to=self._groups(),
        )
        details = self._checked(details, others)
        if details.status != MatterStatus.CLOSED:
            closed_on = None
        else:
            closed_on = closed_on or max(opened_on, self._house.today)
        return _ToOpen(details, self._client.name, opened_on, closed_on)

    def _checked(self, details: MatterDetails, others: Sequence[Row]) -> MatterDetails:
        missing = [row for row in others if not self._related[row.number]]
        for row in missing:
            self._wrong("related", self._related[row.number].why, row)
        if missing:
            details, others = replace(details, related=()), ()
        try:
            return checked_matter(details)
        except Problems as wrong:
            for name, sentence in wrong.errors.items():
                part, _dash, place = name.partition("-")
                of_row = part in {"related", "relation"}
                row = others[int(place)] if of_row else None
                self._wrong(FIELD_OF.get(name, part), sentence, row)
            return details

    def _responsible(self) -> int | None:
        said = self._thing["responsible"]
        found = self._house.users.get(lowered(said)) or self._house.users.get(folded(said))
        if said and found is None:
            self._wrong("responsible", _("Nobody who works at the firm has this email or name."))
        return found

    def _groups(self) -> tuple[int, ...]:
        said = listed(self._thing["groups"])
        if any(folded(one) not in self._house.groups for one in said):
            self._wrong("groups", _("There is no such group. Add it in Settings first."))
        return tuple(sorted({self._house.groups.get(folded(one), 0) for one in said}))


def _client(thing: Thing) -> Wanted:
    return Wanted(thing["client_id"], thing["client_email"], thing["client"])


def _other(row: Row) -> Wanted:
    """A related contact: by an id, an email or a name, whichever the cell holds."""
    said = row.cells["related"]
    return Wanted(email=said) if "@" in said else Wanted(name=said)


def _house(session: Session) -> _House:
    people = users(session)
    return _House(
        users={folded(one.name): one.id for one in people} | {one.email: one.id for one in people},
        groups={folded(one.name): one.id for one in groups_to_choose(session)},
        today=firm_day(session),
    )


def _here(session: Session, things: Sequence[Thing]) -> dict[str, int]:
    numbers = {_number(thing) for thing in things}
    rows = session.execute(
        select(Matter.number, Matter.client_id).where(Matter.number.in_(numbers))
    )
    return {row.number: row.client_id for row in rows}


def _number(thing: Thing) -> str:
    return unicodedata.normalize("NFC", " ".join(thing["number"].split()))


register(Matters())
