"""The filters of Contacts and Matters as they stand in the address of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _

from portal.clients.models import ContactKind, MatterStatus
from portal.firm.models import User
from portal.web.asked import place, words
from portal.web.pagination import TOP, Place

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ContactFilters:
    """Which contacts were asked for. What cannot be understood is left out, and `ignored` says
    so."""

    typed: str = ""
    kind: ContactKind | None = None
    place: Place = TOP
    ignored: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        kind = next((one for one in ContactKind if one == asked.get("kind")), None)
        ignored = asked.get("kind") and kind is None
        told = (_("There is no such kind of contact, so all are shown."),) if ignored else ()
        return cls(words(asked, "q"), kind, place(asked), told)

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        return _given({"q": self.typed, "kind": self.kind, **changed})


@dataclass(frozen=True, slots=True)
class MatterFilters:
    """Which matters were asked for. `responsible` is a user's public id, or "nobody"."""

    typed: str = ""
    status: MatterStatus | None = None
    responsible: str = ""
    responsible_id: int | None = None
    place: Place = TOP
    ignored: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: Mapping[str, str], users: Sequence[User]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        ignored: list[str] = []
        status = next((one for one in MatterStatus if one == asked.get("status")), None)
        if asked.get("status") and status is None:
            ignored.append(_("There is no such status, so every status is shown."))
        ids = {NOBODY: 0, **{user.public_id: user.id for user in users}}
        responsible = asked.get("responsible", "")
        if responsible and responsible not in ids:
            ignored.append(_("Nobody here is called that, so everybody's matters are shown."))
            responsible = ""
        return cls(
            words(asked, "q"),
            status,
            responsible,
            ids.get(responsible),
            place(asked),
            tuple(ignored),
        )

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        return _given(
            {"q": self.typed, "status": self.status, "responsible": self.responsible, **changed}
        )


def _given(asked: Mapping[str, str | int | None]) -> dict[str, str | int]:
    return {name: value for name, value in asked.items() if value}
