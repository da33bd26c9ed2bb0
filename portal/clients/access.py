"""Matters restricted to groups: what is closed to one viewer (FEATURES N8).

A restricted matter is open to the members of its groups, archived or not, and to administrators,
as a firm could otherwise lock itself out (docs/decisions/0007-restricted-matters.md). To everybody
else the matter and all that belongs to it do not exist. Every reading of matters, and of what
belongs to them, takes what is `closed` as an argument, so that no page can forget to ask.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, exists, literal, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from werkzeug.local import LocalProxy

from portal.clients.models import Matter, MatterGroup
from portal.firm.models import Group, GroupMember
from portal.web.permissions import ADMINISTRATOR

Clause = ColumnElement[bool]
MatterId = ColumnElement[Any] | InstrumentedAttribute[Any]

# Its own name in every statement, and the index's own words: so the partial index finds the few
# restricted matters on both databases.
_MATTER = aliased(Matter, name="closed_matter")
_RESTRICTED = literal_column("closed_matter.restricted")


class Viewer(Protocol):
    """Whoever looks: a signed-in user (`portal.firm.sessions.SignedIn`)."""

    @property
    def id(self) -> int:
        """The user's id."""
        ...

    @property
    def levels(self) -> frozenset[str]:
        """The levels that the user holds."""
        ...


@dataclass(frozen=True, slots=True)
class Closed:
    """The matters that are closed to a viewer; `ids` is none where there are none at all."""

    ids: Select[int] | None

    def __bool__(self) -> bool:
        return self.ids is not None

    def left_out(self, matter_id: MatterId) -> list[Clause]:
        """What a reading adds to its clauses: that this matter is none of the closed ones. What
        belongs to no matter (money at client level) stays."""
        if self.ids is None:
            return []
        return [matter_id.is_(None) | matter_id.not_in(self.ids)]

    def among(self, matter_id: MatterId) -> Clause:
        """That this matter is one of the closed ones."""
        return literal(value=False) if self.ids is None else matter_id.in_(self.ids)


NOTHING_CLOSED = Closed(None)
"""For work that nobody looks at: jobs, the books, and the words by which matters are found."""


def closed_to(session: Session, viewer: Viewer | LocalProxy[Any]) -> Closed:
    """What is closed to this viewer. Nothing for an administrator; for others one short SELECT
    first, so that a firm without restricted matters pays for nothing more."""
    if ADMINISTRATOR in viewer.levels:
        return NOTHING_CLOSED
    ids = _ids(viewer.id)
    return Closed(ids) if session.scalar(select(exists(ids))) else NOTHING_CLOSED


def _ids(user_id: int) -> Select[int]:
    opened = (
        select(MatterGroup.matter_id)
        .join(GroupMember, GroupMember.group_id == MatterGroup.group_id)
        .where(GroupMember.user_id == user_id)
        .correlate(None)
    )
    return select(_MATTER.id).where(_RESTRICTED, _MATTER.id.not_in(opened)).correlate(None)


NOT_FOR_ALL = Closed(_ids(0))
"""Every restricted matter: what may not be named where everybody at the firm reads (an alert)."""


def groups_of(session: Session, matter_id: int) -> list[Group]:
    """The groups that a matter is restricted to, archived ones too, by name."""
    return list(
        session.scalars(
            select(Group)
            .join(MatterGroup, MatterGroup.group_id == Group.id)
            .where(MatterGroup.matter_id == matter_id)
            .order_by(Group.name_key, Group.id)
        )
    )


def groups_to_choose(session: Session, chosen: Iterable[int] = ()) -> list[Group]:
    """The groups in use, by name, and those archived ones that are chosen already."""
    return list(
        session.scalars(
            select(Group)
            .where(Group.archived_at.is_(None) | Group.id.in_(set(chosen)))
            .order_by(Group.name_key, Group.id)
        )
    )
