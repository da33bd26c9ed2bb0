"""User groups: which there are, who is in them, and what an administrator may change (N7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from portal.core import audit, clock, ids
from portal.core.errors import Invalid, Missing
from portal.firm.lines import one_line
from portal.firm.models import Group, GroupMember, User

NAME_CHARS_MAX = 80
DESCRIPTION_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """What is typed about a group. A group without members is allowed (FEATURES N5)."""

    name: str
    description: str = ""
    members: Sequence[User] = ()
    excluded_from_rates: bool = False


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """One line of the list. `people` counts the members who are active users.

    `excluded_from_rates`: no custom billing rate can be set for it (FEATURES N7, N8).
    """

    public_id: str
    name: str
    description: str
    excluded_from_rates: bool
    people: int


@dataclass(frozen=True, slots=True)
class Opener:
    """A page that asks for a new group: the name it suggests, and where the group goes back to.

    `endpoint` gets the new group's public id as `group`.
    """

    name: Any
    endpoint: str


_openers: dict[str, Opener] = {}


def add_opener(key: str, opener: Opener) -> None:
    """Let a page open **New group** as `?for=<key>` and have the new group brought back (N6)."""
    _openers[key] = opener


def opener(key: str | None) -> Opener | None:
    """The page that asked; None for a key that no page has, so that no address can be forged."""
    return _openers.get(key or "")


def find_groups(session: Session, *, archived: bool) -> list[ListedGroup]:
    """The groups in use, or those archived, by name."""
    people = (
        select(GroupMember.group_id, func.count().label("people"))
        .join(User, User.id == GroupMember.user_id)
        .where(User.disabled_at.is_(None))
        .group_by(GroupMember.group_id)
        .subquery()
    )
    state = Group.archived_at.is_not(None) if archived else Group.archived_at.is_(None)
    rows = session.execute(
        select(
            Group.public_id,
            Group.name,
            Group.description,
            Group.excluded_from_rates,
            func.coalesce(people.c.people, 0),
        )
        .outerjoin(people, people.c.group_id == Group.id)
        .where(state)
        .order_by(Group.name_key, Group.id)
    )
    return [ListedGroup(*row) for row in rows]


def group(session: Session, public_id: str, *, changing: bool = False) -> Group:
    """One group with its members, archived or not; `changing` locks it. Raises `Missing`."""
    asked = select(Group).where(Group.public_id == public_id).options(selectinload(Group.members))
    found = session.scalar(asked.with_for_update() if changing else asked)
    if found is None:
        raise Missing(_("There is no such group."))
    return found


def add_group(session: Session, details: GroupDetails, *, by: str) -> Group:
    """Make a group. Raises `Invalid` with the field that cannot be used."""
    name, description = _checked(session, details, None)
    made = Group(
        public_id=ids.public_id(),
        name=name,
        name_key=name.casefold(),
        description=description,
        excluded_from_rates=details.excluded_from_rates,
        made_at=clock.now(),
        archived_at=None,
        archived_by=None,
        version=1,
        members=list(details.members),
    )
    session.add(made)
    _flush_name(session)
    audit.record(
        session,
        by,
        "group.added",
        _subject(made),
        name=name,
        excluded_from_rates=details.excluded_from_rates,
        members=[user.public_id for user in details.members],
    )
    return made


def edit_group(
    session: Session, kept: Group, details: GroupDetails, *, version: int, by: str
) -> None:
    """Change a group that `group(…, changing=True)` gave. `version` is what the person was shown.

    Raises `Invalid` with the field that cannot be used, or where somebody else changed the group
    meanwhile: an old form must not put a removed member back.
    """
    if kept.version != version:
        raise Invalid(
            _("Somebody changed this group meanwhile. Open it again to see it as it stands."),
            "name",
        )
    name, description = _checked(session, details, kept.id)
    before = {user.public_id for user in kept.members}
    after = {user.public_id for user in details.members}
    parts = [
        ("name", kept.name != name),
        ("description", kept.description != description),
        ("excluded_from_rates", kept.excluded_from_rates != details.excluded_from_rates),
    ]
    kept.name, kept.name_key, kept.description = name, name.casefold(), description
    kept.excluded_from_rates = details.excluded_from_rates
    kept.members = list(details.members)
    kept.version += 1
    _flush_name(session)
    audit.record(
        session,
        by,
        "group.edited",
        _subject(kept),
        changed=[part for part, changed in parts if changed],
        added=sorted(after - before),
        removed=sorted(before - after),
    )


def archive_group(session: Session, kept: Group, *, by: str) -> None:
    """Take a group out of every choice; what it was chosen for says so (FEATURES N5).

    Archiving twice is once.
    """
    if kept.archived_at is None:
        kept.archived_at, kept.archived_by = clock.now(), by
        _note(session, kept, "group.archived", by)


def unarchive_group(session: Session, kept: Group, *, by: str) -> None:
    """Let a group be chosen again. Doing it twice is once."""
    if kept.archived_at is not None:
        kept.archived_at, kept.archived_by = None, None
        _note(session, kept, "group.unarchived", by)


def _note(session: Session, kept: Group, action: str, by: str) -> None:
    kept.version += 1
    session.flush()
    audit.record(session, by, action, _subject(kept))


def _subject(kept: Group) -> str:
    return f"group:{kept.public_id}"


def _checked(session: Session, details: GroupDetails, but: int | None) -> tuple[str, str]:
    name = one_line("name", details.name, NAME_CHARS_MAX)
    if not name:
        raise Invalid(_("Enter a name."), "name")
    key = name.casefold()
    other = session.scalar(select(Group).where(Group.name_key == key, Group.id != (but or 0)))
    if other is not None and other.archived_at is not None:
        raise Invalid(
            _("An archived group has this name. Unarchive it, or enter another name."), "name"
        )
    if other is not None:
        raise _name_taken()
    return name, one_line("description", details.description, DESCRIPTION_CHARS_MAX)


def _name_taken() -> Invalid:
    return Invalid(_("Another group has this name. Enter another one."), "name")


def _flush_name(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as taken:  # two people took the name at once
        raise _name_taken() from taken
