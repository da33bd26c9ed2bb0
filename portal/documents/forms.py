"""What is asked of a list of documents, and typed about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from portal.documents.listing import BY_NAME, NEWEST, Cursor, Wanted
from portal.web.asked import words

TYPED_CHARS_MAX = 200
PUBLIC_ID_CHARS_MAX = 32
NOWHERE = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents of a matter were asked for: those of a folder (by public id), or those whose
    names hold the words typed. Nothing in an address can make the page fail."""

    folder: str = NOWHERE
    typed: str = ""
    wanted: Wanted = field(default_factory=Wanted)

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string."""
        wanted = Wanted(
            NEWEST if asked.get("sort") == NEWEST else BY_NAME,
            after=Cursor.read(asked.get("after", "")),
            before=Cursor.read(asked.get("before", "")),
        )
        return cls(public_id_in(asked, "folder"), words(asked, "q", TYPED_CHARS_MAX), wanted)

    def query(self, **changed: str | None) -> dict[str, str]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        sort = self.wanted.sort if self.wanted.sort != BY_NAME else ""
        asked = {"folder": self.folder, "q": self.typed, "sort": sort, **changed}
        return {name: value for name, value in asked.items() if value}

    @property
    def turned(self) -> bool:
        """Whether this is not the first page."""
        return bool(self.wanted.after or self.wanted.before)


def public_id_in(sent: Mapping[str, str], name: str) -> str:
    """A public id in an address or a form; empty for what cannot be one."""
    value = sent.get(name, "")
    return value if value.isalnum() and len(value) <= PUBLIC_ID_CHARS_MAX else ""
