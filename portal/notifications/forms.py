"""**Permission levels or user groups**: one radio group, of which exactly one is chosen (N3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.core.errors import Invalid, Missing
from portal.firm import groups
from portal.firm.groups import ListedGroup
from portal.firm.models import Level
from portal.notifications import queries
from portal.notifications.models import Target
from portal.notifications.queries import Chosen, Told

FIELD = "target"
NO_ONE, GROUP = "no-one", "group"
HINTED_NAMES_MAX = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form stands at: a radio, and what is selected in the list of groups beside it."""

    target: str = ""
    group: str = ""

    @classmethod
    def of(cls, chosen: Chosen) -> Self:
        """The choice in force; none stands for an archived group."""
        if chosen.group is not None:
            return cls() if chosen.group.archived_at else cls(GROUP, chosen.group.public_id)
        return cls(f"level:{chosen.level}" if chosen.level else NO_ONE)

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """The one target that was sent. Raises `Invalid` for none, and for two at once.

        A group that was selected anew beside another radio is a second target; the one that the
        list stood at before (`group_shown`) is what is left of the choice before.
        """
        targets, selected = sent.getlist(FIELD), sent.getlist(GROUP)
        if not targets:
            raise Invalid(_("Choose who is emailed about payments."), FIELD)
        group = selected[0] if selected else ""
        anew = targets[0] != GROUP and group not in ("", sent.get("group_shown", ""))
        if len(targets) > 1 or len(selected) > 1 or anew:
            raise Invalid(_("Choose exactly one: no one, one level, or one group."), FIELD)
        return cls(targets[0], group if targets[0] == GROUP else "")

    def chosen(self, session: Session, *, changing: bool = False) -> Chosen:
        """The target that it stands for. Raises `Invalid` for one that there is not."""
        kind, _colon, name = self.target.partition(":")
        if self.target == NO_ONE:
            return Chosen(Target.NO_ONE)
        if kind == "level" and name in list(Level):
            return Chosen(Target.LEVEL, Level(name))
        if self.target != GROUP:
            raise Invalid(_("Choose one from the list."), FIELD)
        if not self.group:
            raise Invalid(_("Choose the group in the list beside it."), GROUP)
        name = self.group.replace("\0", "?")  # PostgreSQL takes no NUL
        try:
            found = groups.group(session, name, changing=changing)
        except Missing as unknown:
            raise Invalid(str(unknown), GROUP) from unknown
        return Chosen(Target.GROUP, group=found)


def level_options(session: Session) -> list[dict[str, Any]]:
    """No one and the three levels; each says whom it would email."""
    told = queries.people_by_level(session, HINTED_NAMES_MAX)
    named = [
        (Level.ADMINISTRATOR, _("Administrator")),
        (Level.BILLING, _("Billing")),
        (Level.ACCOUNTS, _("Accounts")),
    ]
    no_one = _("Nobody of your firm is emailed. Alerts stay on screen.")
    return [
        {"value": NO_ONE, "label": _("No one"), "hint": no_one},
        *(
            {"value": f"level:{level}", "label": label, "hint": _hint(told.get(level))}
            for level, label in named
        ),
    ]


def group_options(found: Sequence[ListedGroup]) -> list[dict[str, str]]:
    """The groups in use, each with how many it would email."""
    return [
        {"value": "", "label": _("Choose a group")},
        *(
            {
                "value": group.public_id,
                "label": ngettext(
                    "%(name)s (%(num)s person)",
                    "%(name)s (%(num)s people)",
                    group.people,
                    name=group.name,
                ),
            }
            for group in found
        ),
    ]


def will_be_emailed(told: Told) -> str:
    """ "2 people will be emailed: Ada Harlow, Ben Okafor" (FEATURES N5)."""
    shown = ", ".join(told.names)
    left = told.count - len(told.names)
    if left:
        shown = _("%(names)s and %(count)s more", names=shown, count=left)
    return ngettext(
        "%(num)s person will be emailed: %(names)s",
        "%(num)s people will be emailed: %(names)s",
        told.count,
        names=shown,
    )


def _hint(told: Told | None) -> str:
    return will_be_emailed(told) if told else _("Empty: nobody to email.")
