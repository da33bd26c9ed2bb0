"""Reading contacts and matters, and finding them as they are typed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from portal.clients import word_index
from portal.clients.access import Closed
from portal.clients.models import Contact, ContactEmail, Matter, MatterContact, MatterStatus
from portal.core.errors import Missing
from portal.core.words import folded, typed_words
from portal.firm.addresses import lowered

CONTACT, MATTER = "contact", "matter"
KINDS = (CONTACT, MATTER)
CANDIDATES_MAX = 200
SUGGESTED_MAX = 20
STATUS_ORDER = {MatterStatus.OPEN: 0, MatterStatus.PENDING: 1, MatterStatus.CLOSED: 2}


@dataclass(frozen=True, slots=True)
class ClientOption:
    """A contact or a matter as something to choose, in two lines of words.

    "Cleo Marsh" / "client, cleo@demo.test", or "00012 Marsh lease" / "matter of Cleo Marsh".
    For a matter, `contact_id` is its client.
    """

    kind: str
    public_id: str
    contact_id: int
    matter_id: int | None
    label: str
    detail: str

    @property
    def key(self) -> str:
        """What a form sends for it: `contact:<public id>` or `matter:<public id>`."""
        return f"{self.kind}:{self.public_id}"


def contact(session: Session, public_id: str) -> Contact:
    """The contact of an address, with emails and addresses. Raises `Missing`."""
    found = None
    if _possible(public_id):
        found = session.scalar(_contacts().where(Contact.public_id == public_id))
    if found is None:
        raise Missing(_("There is no such contact."))
    return found


def _possible(public_id: str) -> bool:
    """Whether a form's or an address's name can be kept at all: PostgreSQL takes no NUL."""
    return "\0" not in public_id


def contact_by_id(session: Session, contact_id: int) -> Contact:
    """The contact with this number, with emails and addresses. Raises `Missing`."""
    found = session.scalar(_contacts().where(Contact.id == contact_id))
    if found is None:
        raise Missing(_("There is no such contact."))
    return found


def _contacts() -> Select[Contact]:
    return select(Contact).options(selectinload(Contact.emails), selectinload(Contact.addresses))


def matter(session: Session, public_id: str, closed: Closed) -> Matter:
    """The matter of an address, with its client and the user responsible. Raises `Missing`, also
    where it is closed to whoever looks: to them it does not exist (FEATURES N8)."""
    found = None
    if _possible(public_id):
        here = Matter.public_id == public_id
        found = session.scalar(_matters().where(here, *closed.left_out(Matter.id)))
    if found is None:
        raise Missing(_("There is no such matter."))
    return found


def matter_by_id(session: Session, matter_id: int) -> Matter:
    """The matter with this number of ours, with its client and the user responsible. Raises
    `Missing`."""
    found = session.scalar(_matters().where(Matter.id == matter_id))
    if found is None:
        raise Missing(_("There is no such matter."))
    return found


def _matters() -> Select[Matter]:
    return select(Matter).options(selectinload(Matter.client), selectinload(Matter.responsible))


def matters_of(session: Session, client_id: int, closed: Closed) -> list[Matter]:
    """Every matter of a client: open ones first, then pending, then closed; newest first."""
    found = session.scalars(
        select(Matter)
        .where(Matter.client_id == client_id, *closed.left_out(Matter.id))
        .order_by(Matter.id.desc())
    )
    return sorted(found, key=lambda one: STATUS_ORDER[MatterStatus(one.status)])


def related_to(session: Session, matter_id: int) -> list[MatterContact]:
    """The other contacts of a matter and what they are in it, in the order of their names."""
    statement = (
        select(MatterContact)
        .join(Contact, Contact.id == MatterContact.contact_id)
        .options(contains_eager(MatterContact.contact))
        .where(MatterContact.matter_id == matter_id)
        .order_by(Contact.name_key, Contact.id)
    )
    return list(session.scalars(statement))


def parts_in_matters(
    session: Session, contact_id: int, closed: Closed, *, most: int
) -> Sequence[Any]:
    """The newest matters of others that a contact plays a part in, and which: rows of
    `public_id`, `number`, `name`, `status`, `relation` and `client_name`."""
    statement = (
        select(
            Matter.public_id,
            Matter.number,
            Matter.name,
            Matter.status,
            MatterContact.relation,
            Contact.name.label("client_name"),
        )
        .join(Matter, Matter.id == MatterContact.matter_id)
        .join(Contact, Contact.id == Matter.client_id)
        .where(MatterContact.contact_id == contact_id, *closed.left_out(Matter.id))
        .order_by(Matter.id.desc())
        .limit(most)
    )
    return session.execute(statement).all()


def names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The names of these contacts, by id."""
    rows = session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def matter_labels(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Number and name of these matters, as "00012 Marsh lease", by id."""
    rows = session.execute(
        select(Matter.id, Matter.number, Matter.name).where(Matter.id.in_(set(ids)))
    )
    return {row.id: f"{row.number} {row.name}" for row in rows}


def by_email(session: Session, address: str) -> list[Contact]:
    """The contacts that have this email, however it is cased; those first for whom it is the
    primary one. Several may share it (a couple, a company and its owner)."""
    statement = (
        _contacts()
        .join(ContactEmail, ContactEmail.contact_id == Contact.id)
        .where(ContactEmail.address_key == lowered(address))
        .order_by(ContactEmail.is_primary.desc(), Contact.name_key, Contact.id)
        .limit(SUGGESTED_MAX)
    )
    return list(session.scalars(statement))


def by_name(session: Session, name: str) -> list[Contact]:
    """The contacts of this name, whatever its accents, capitals and order ("Marsh, Cleo")."""
    if not (wanted := sorted(set(folded(name).replace(",", " ").split()))):
        return []
    alike = Contact.name_key == folded(name)
    if len(wanted) > 1:
        # One word alone would suggest everybody called Marsh.
        alike |= Contact.id.in_(word_index.contacts_with(typed_words(name)))
    statement = _contacts().where(alike).order_by(Contact.name_key, Contact.id)
    return [
        found
        for found in session.scalars(statement.limit(SUGGESTED_MAX))
        if sorted(set(found.name_key.replace(",", " ").split())) == wanted
    ]


def find_clients(
    session: Session,
    typed: str,
    closed: Closed,
    *,
    limit: int = 20,
    kinds: Collection[str] = KINDS,
) -> list[ClientOption]:
    """Contacts and matters that have a word beginning with each word typed, the likeliest first.

    Accents and capitals do not count. A matter is found by its number, its name and its client's
    name, and stands under its client. Nothing typed finds nothing.
    """
    parts = typed_words(typed)
    if not parts or not kinds:
        return []
    wanted = {"contacts": CONTACT in kinds, "matters": MATTER in kinds}
    hits = session.execute(
        word_index.hits(parts, **wanted, closed=closed, most=CANDIDATES_MAX)
    ).all()
    contacts = {row.contact_id for row in hits if row.matter_id is None}
    matters = {row.matter_id for row in hits if row.matter_id is not None}
    start = folded(typed)
    people = _contact_rows(session, contacts, closed)
    ranked = [(_rank(row, start), _contact_option(row)) for row in people]
    ranked += [(_rank(row, start), _matter_option(row)) for row in _matter_rows(session, matters)]
    return [option for _rank_of_it, option in sorted(ranked, key=lambda one: one[0])][:limit]


def option(
    session: Session, key: str, closed: Closed, *, kinds: Collection[str] = KINDS
) -> ClientOption:
    """What a form's `contact:<public id>` or `matter:<public id>` stands for. Raises `Missing`,
    for a closed matter too."""
    kind, _colon, public_id = key.partition(":")
    if not _possible(public_id):
        raise Missing(_("There is no such client or matter."))
    if kind == CONTACT and kind in kinds:
        chosen = session.scalar(select(Contact.id).where(Contact.public_id == public_id))
        for row in _contact_rows(session, {chosen} if chosen else set(), closed):
            return _contact_option(row)
    if kind == MATTER and kind in kinds:
        here = (Matter.public_id == public_id, *closed.left_out(Matter.id))
        chosen = session.scalar(select(Matter.id).where(*here))
        for row in _matter_rows(session, {chosen} if chosen else set()):
            return _matter_option(row)
    raise Missing(_("There is no such client or matter."))


def _contact_rows(session: Session, ids: Collection[int], closed: Closed) -> Sequence[Any]:
    has_matters = exists().where(Matter.client_id == Contact.id, *closed.left_out(Matter.id))
    statement = (
        select(
            Contact.id,
            Contact.public_id,
            Contact.name,
            Contact.name_key,
            ContactEmail.address,
            has_matters.label("has_matters"),
        )
        .outerjoin(
            ContactEmail,
            (ContactEmail.contact_id == Contact.id) & ContactEmail.is_primary.is_(True),
        )
        .where(Contact.id.in_(ids))
    )
    return session.execute(statement).all()


def _matter_rows(session: Session, ids: Collection[int]) -> Sequence[Any]:
    statement = (
        select(
            Matter.id.label("matter_id"),
            Matter.public_id,
            Matter.number,
            Matter.name,
            Matter.status,
            Matter.client_id,
            Contact.name.label("client_name"),
            Contact.name_key,
        )
        .join(Contact, Contact.id == Matter.client_id)
        .where(Matter.id.in_(ids))
    )
    return session.execute(statement).all()


def _rank(row: Any, start: str) -> tuple[Any, ...]:
    """What is named just so, then names that begin so, then the rest; matters under clients."""
    is_matter = hasattr(row, "matter_id")
    titles = [row.name_key]
    if is_matter:
        titles += [folded(row.number), folded(row.name), folded(f"{row.number} {row.name}")]
    likeness = 2 - any(title.startswith(start) for title in titles) - (start in titles)
    if not is_matter:
        return (likeness, row.name_key, row.id, 0, 0)
    return (likeness, row.name_key, row.client_id, 1 + STATUS_ORDER[row.status], -row.matter_id)


def _contact_option(row: Any) -> ClientOption:
    what = _("client") if row.has_matters else _("contact")
    detail = f"{what}, {row.address}" if row.address else what
    return ClientOption(CONTACT, row.public_id, row.id, None, row.name, detail)


def _matter_option(row: Any) -> ClientOption:
    detail = _("matter of %(client)s", client=row.client_name)
    if row.status != MatterStatus.OPEN:
        state = _("pending") if row.status == MatterStatus.PENDING else _("closed")
        detail = f"{detail}, {state}"
    label = f"{row.number} {row.name}"
    return ClientOption(MATTER, row.public_id, row.client_id, row.matter_id, label, detail)
