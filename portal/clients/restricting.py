"""Whom a matter is open to, as the form of a matter asks it (FEATURES N8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.clients.models import Matter, MatterGroup
from portal.firm.models import Group

EVERYBODY, ONLY_GROUPS = "everybody", "groups"


@dataclass(frozen=True, slots=True)
class OpenTo:
    """Everybody at the firm, or only these groups, by their public ids. Without a `way` nothing was
    said, which leaves a matter as it stands."""

    way: str | None = EVERYBODY
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, groups: Sequence[Group]) -> Self:
        """As a matter stands that is restricted to these groups; none: open to everybody."""
        chosen = tuple(group.public_id for group in groups)
        return cls(ONLY_GROUPS if chosen else EVERYBODY, chosen)

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """What was sent. A form that says nothing opens no matter."""
        return cls(sent.get("open_to"), tuple(sent.getlist("group")))

    def group_ids(self, choice: Sequence[Group]) -> tuple[tuple[int, ...] | None, dict[str, str]]:
        """The ids of the groups, () for everybody, None where nothing was said; and what is wrong
        by its field."""
        if self.way is None:
            return None, {}
        if self.way == EVERYBODY:
            return (), {}
        if self.way != ONLY_GROUPS:
            return (), {"open_to": _("Choose who may see this matter.")}
        known = {group.public_id: group.id for group in choice}
        if not self.groups:
            return (), {"group": _("Choose at least one group, or everybody at the firm.")}
        if not set(self.groups) <= known.keys():
            return (), {"group": _("One of these groups cannot be chosen any more. Choose again.")}
        return tuple(sorted(known[one] for one in set(self.groups))), {}


def way_options() -> list[dict[str, str]]:
    """The two ways, to choose from."""
    return [
        {"value": EVERYBODY, "label": _("Everybody at the firm")},
        {
            "value": ONLY_GROUPS,
            "label": _("Only these groups"),
            "hint": _("And administrators. Others see nothing of it, its bills and its money."),
        },
    ]


def group_options(choice: Sequence[Group]) -> list[dict[str, str]]:
    """The groups to choose from; an archived one that was chosen says so."""
    return [
        {
            "value": group.public_id,
            "label": _("%(name)s (archived)", name=group.name) if group.archived_at else group.name,
        }
        for group in choice
    ]


def restrict(session: Session, matter: Matter, group_ids: Iterable[int]) -> None:
    """Open the matter to these groups alone; to none of them: to everybody (FEATURES N8)."""
    session.execute(delete(MatterGroup).where(MatterGroup.matter_id == matter.id))
    rows = [MatterGroup(matter_id=matter.id, group_id=one) for one in group_ids]
    session.add_all(rows)
    matter.restricted = bool(rows)
    session.flush()
