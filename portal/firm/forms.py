"""The form of a user group, as typed: members come and go by submit buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.core.errors import Invalid
from portal.firm.groups import GroupDetails
from portal.firm.models import Group, User

PERSON = "person"


@dataclass(frozen=True, slots=True)
class GroupForm:
    """A group as typed. `unsaved`: a member came or went, so that the form is only drawn again.

    `person` is who is picked in the list, `members` are public ids in the order shown, `version`
    is that of the group as it was shown.
    """

    name: str = ""
    description: str = ""
    members: tuple[str, ...] = ()
    person: str = ""
    version: int = 0
    unsaved: bool = False

    @classmethod
    def of(cls, group: Group) -> Self:
        """A group ready to be edited."""
        members = tuple(user.public_id for user in group.members)
        return cls(group.name, group.description, members, version=group.version)

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """What was sent. Whoever is picked in the list joins by **Add** and by **Save group**."""
        person = sent.get(PERSON, "")
        removed = sent.get("remove_member")
        joining = [] if removed is not None or not person else [person]
        members = [one for one in [*sent.getlist("member"), *joining] if one != removed]
        return cls(
            sent.get("name", ""),
            sent.get("description", ""),
            tuple(dict.fromkeys(members)),
            person if removed is not None else "",
            sent.get("version", 0, type=int),
            removed is not None or "add_member" in sent,
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
        return GroupDetails(self.name, self.description, members)
