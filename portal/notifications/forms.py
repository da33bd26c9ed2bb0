"""**Permission levels or user groups**: one radio group, of which exactly one is chosen (N3)."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.core.errors import Invalid, Missing
from portal.firm import groups
from portal.firm.models import Level
from portal.notifications import queries
from portal.notifications.models import Target
from portal.notifications.queries import Chosen

FIELD = "target"
NO_ONE = "no-one"
HINTED_NAMES_MAX = 8


def value_of(chosen: Chosen) -> str:
    """The radio that stands for a choice; none stands for an archived group."""
    if chosen.group is not None:
        return "" if chosen.group.archived_at else group_value(chosen.group.public_id)
    return f"level:{chosen.level}" if chosen.level else NO_ONE


def group_value(public_id: str) -> str:
    """The radio of a group."""
    return f"group:{public_id}"


def read_choice(session: Session, sent: MultiDict[str, str]) -> Chosen:
    """The one target that was sent. Raises `Invalid` for none, several, or one that is unknown."""
    values = sent.getlist(FIELD)
    if not values:
        raise Invalid(_("Choose who is emailed about payments."), FIELD)
    if len(values) > 1:
        raise Invalid(_("Choose exactly one: no one, one level, or one group."), FIELD)
    kind, _colon, name = values[0].partition(":")
    if values[0] == NO_ONE:
        return Chosen(Target.NO_ONE)
    if kind == "level" and name in list(Level):
        return Chosen(Target.LEVEL, Level(name))
    if kind == "group":
        try:
            return Chosen(Target.GROUP, group=groups.group(session, name, changing=True))
        except Missing as unknown:
            raise Invalid(str(unknown), FIELD) from unknown
    raise Invalid(_("Choose one from the list."), FIELD)


def options(session: Session) -> list[dict[str, Any]]:
    """No one, the three levels, then the groups in use; each says whom it would email."""
    levels = queries.people_by_level(session)
    members = queries.people_by_group(session)
    named = [
        (Level.ADMINISTRATOR, _("Administrator")),
        (Level.BILLING, _("Billing")),
        (Level.ACCOUNTS, _("Accounts")),
    ]
    return [
        {
            "value": NO_ONE,
            "label": _("No one"),
            "hint": _("Nobody of your firm is emailed. Alerts stay on screen."),
        },
        *(
            {"value": f"level:{level}", "label": label, "hint": _hint(levels.get(level, []))}
            for level, label in named
        ),
        *(
            {
                "value": group_value(group.public_id),
                "label": group.name,
                "hint": _hint(members.get(group.public_id, [])),
            }
            for group in groups.find_groups(session, archived=False)
        ),
    ]


def will_be_emailed(names: Sequence[str], shown_max: int | None = None) -> str:
    """ "2 people will be emailed: Ada Harlow, Ben Okafor" (FEATURES N5)."""
    shown = ", ".join(names[:shown_max])
    left = len(names) - len(names[:shown_max])
    if left:
        shown = _("%(names)s and %(count)s more", names=shown, count=left)
    return ngettext(
        "%(num)s person will be emailed: %(names)s",
        "%(num)s people will be emailed: %(names)s",
        len(names),
        names=shown,
    )


def _hint(names: Sequence[str]) -> str:
    return will_be_emailed(names, HINTED_NAMES_MAX) if names else _("Empty: nobody to email.")
