"""Which contact a row of a file means: by the other system's id, by email, by name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clients.models import Contact, ContactEmail
from portal.clients.queries import names as names_of
from portal.clients.rows import name_key
from portal.firm.addresses import lowered
from portal.imports.remembering import known

KIND = "contacts"
"""Under which name imported contacts are remembered."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a row names a contact. Whatever of it is given must fit."""

    id: str = ""
    email: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.id or self.email or self.name)


@dataclass(frozen=True, slots=True)
class Found:
    """The one contact that is meant; or in a sentence why none is."""

    contact_id: int = 0
    name: str = ""
    why: str = ""

    def __bool__(self) -> bool:
        return bool(self.contact_id)


def by_ids(session: Session, ids: Iterable[str]) -> dict[str, int]:
    """The contacts that these ids stand for: those of the other system first, then our own, as our
    own export writes them."""
    wanted = {one for one in ids if one and "\0" not in one}
    ours = session.execute(
        select(Contact.public_id, Contact.id).where(Contact.public_id.in_(wanted))
    )
    return {row.public_id: row.id for row in ours} | known(session, KIND, wanted)


def find(session: Session, wanted: Sequence[Wanted]) -> list[Found]:
    """Whom each of these means, in their order; the same few queries for however many."""
    ids = by_ids(session, {one.id for one in wanted})
    named = _named(session, {name_key(one.name) for one in wanted if one.name})
    mailed = _mailed(session, {lowered(one.email) for one in wanted if one.email})
    names = names_of(session, [*ids.values(), *(one for some in mailed.values() for one in some)])
    names |= {one: name for some in named.values() for one, name in some.items()}
    return [_only(one, ids, named, mailed, names) for one in wanted]


def _only(
    one: Wanted,
    ids: dict[str, int],
    named: dict[str, dict[int, str]],
    mailed: dict[str, set[int]],
    names: dict[int, str],
) -> Found:
    fit: set[int] | None = None
    for given, found in (
        (one.id, {ids[one.id]} if one.id in ids else set()),
        (one.email, mailed.get(lowered(one.email), set())),
        (one.name, set(named.get(name_key(one.name), {}))),
    ):
        if given:
            fit = found if fit is None else fit & found
    if fit is None:
        return Found(why=_("Say which contact this is: by an id, an email or a name."))
    told = ", ".join(part for part in (one.id, one.email, one.name) if part)[:200]
    if not fit:
        return Found(why=_("There is no contact “%(named)s”. Import contacts first.", named=told))
    if len(fit) > 1:
        return Found(
            why=_(
                "Several contacts are called “%(named)s”. Give an id or an email too.", named=told
            )
        )
    (contact_id,) = fit
    return Found(contact_id, names[contact_id])


def _named(session: Session, keys: set[str]) -> dict[str, dict[int, str]]:
    rows = session.execute(
        select(Contact.name_key, Contact.id, Contact.name).where(Contact.name_key.in_(keys))
    )
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for row in rows:
        found[row.name_key][row.id] = row.name
    return found


def _mailed(session: Session, keys: set[str]) -> dict[str, set[int]]:
    rows = session.execute(
        select(ContactEmail.address_key, ContactEmail.contact_id).where(
            ContactEmail.address_key.in_(keys)
        )
    )
    found: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        found[row.address_key].add(row.contact_id)
    return found
