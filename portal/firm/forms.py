"""What is typed about users and groups, and which users a list is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.core.errors import Invalid
from portal.firm import users
from portal.firm.directory import Standing
from portal.firm.groups import GroupDetails
from portal.firm.models import Group, Level, User
from portal.firm.users import UserDetails
from portal.web.asked import place, words
from portal.web.pagination import TOP, Place

PERSON = "person"


@dataclass(frozen=True, slots=True)
class GroupForm:
    """A group as typed. `unsaved`: a member came or went or is looked for, so that the form is only
    drawn again.

    `typed` is what somebody is looked for by, `members` are public ids in the order shown,
    `version` is that of the group as it was shown.
    """

    name: str = ""
    description: str = ""
    members: tuple[str, ...] = ()
    typed: str = ""
    version: int = 0
    excluded_from_rates: bool = False
    unsaved: bool = False
    searched: bool = False

    @classmethod
    def of(cls, group: Group) -> Self:
        """A group ready to be edited."""
        return cls(
            group.name,
            group.description,
            tuple(user.public_id for user in group.members),
            version=group.version,
            excluded_from_rates=group.excluded_from_rates,
        )

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """What was sent. **Enter** in the search box looks for what was typed and saves nothing."""
        removed, added = sent.get("remove_member"), sent.get("add_member")
        typed = words(sent, PERSON)
        entered = "by_enter" in sent and typed != sent.get("person_shown", "")
        searched = "search_member" in sent or entered
        members = [one for one in [*sent.getlist("member"), added] if one and one != removed]
        members = [one.replace("\0", "?") for one in members]  # PostgreSQL takes no NUL
        return cls(
            sent.get("name", ""),
            sent.get("description", ""),
            tuple(dict.fromkeys(members)),
            "" if added else typed,
            sent.get("version", 0, type=int),
            "excluded_from_rates" in sent,
            searched or removed is not None or added is not None,
            searched,
        )

    def known(self, users: Sequence[User]) -> list[User]:
        """The members, in the order shown; ids of nobody are left out."""
        by_id = {user.public_id: user for user in users}
        return [by_id[one] for one in self.members if one in by_id]

    def details(self, users: Sequence[User], before: Sequence[User] = ()) -> GroupDetails:
        """What is to be kept. Raises `Invalid` for somebody who does not work at the firm.

        `before` are the members so far: a disabled user may stay, but cannot be added.
        """
        members = self.known(users)
        kept = {user.id for user in before}
        added = [user for user in members if user.id not in kept]
        if len(members) != len(self.members) or any(user.disabled_at for user in added):
            raise Invalid(_("Choose somebody who works at the firm."), PERSON)
        return GroupDetails(self.name, self.description, members, self.excluded_from_rates)


@dataclass(frozen=True, slots=True)
class UserForm:
    """A user as typed, to be invited or edited. `levels` are names as they were sent.

    `shown` is the mark of the user as the form was drawn (`users.as_shown`).
    """

    name: str = ""
    email: str = ""
    job_title: str = ""
    levels: tuple[str, ...] = ()
    shown: str = ""

    @classmethod
    def of(cls, user: User) -> Self:
        """A user ready to be edited."""
        levels = tuple(row.level for row in user.levels)
        return cls(user.name, user.email, user.job_title, levels, users.as_shown(user))

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """What was sent."""
        return cls(
            sent.get("name", ""),
            sent.get("email", ""),
            sent.get("job_title", ""),
            tuple(sent.getlist("levels")),
            sent.get("shown", ""),
        )

    def details(self) -> UserDetails:
        """What is to be kept. Raises `Invalid` for a level that does not exist."""
        return UserDetails(self.name, self.job_title, users.levels_of(self.levels))


def level_options() -> list[dict[str, Any]]:
    """The levels to choose from, each with what it is for."""
    words = {
        Level.ADMINISTRATOR: _("Everything, and all settings."),
        Level.BILLING: _("Writes, approves and sends bills."),
        Level.ACCOUNTS: _("Links and records payments, and keeps the books."),
    }
    return [
        {"value": level.value, "label": label, "hint": words[level]}
        for level, label in level_names().items()
    ]


def level_names() -> dict[Level, str]:
    """The levels by the names that people see."""
    return {
        Level.ADMINISTRATOR: _("Administrator"),
        Level.BILLING: _("Billing"),
        Level.ACCOUNTS: _("Accounts"),
    }


@dataclass(frozen=True, slots=True)
class UserFilters:
    """Which users were asked for, as the address of the page says."""

    typed: str = ""
    standing: Standing = Standing.ACTIVE
    place: Place = TOP

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        typed = words(asked, "q")
        wanted = asked.get("state")
        standing = next((one for one in Standing if one == wanted), Standing.ACTIVE)
        return cls(typed, standing, place(asked))

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        asked: dict[str, str | int | None] = {"q": self.typed, "state": self.standing, **changed}
        if asked["state"] == Standing.ACTIVE:
            asked["state"] = None
        return {name: value for name, value in asked.items() if value}
