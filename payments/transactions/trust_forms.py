"""What the firm's people type about money that they moved into a trust account, or out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from portal.web import asked

TYPED_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class MovedForm:
    """A day and the bank's reference, as typed."""

    moved_on: str = ""
    reference: str = ""

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> Self:
        """What was sent. Nothing in it can make reading it fail."""
        return cls(
            *(asked.words(sent, name, TYPED_CHARS_MAX) for name in ("moved_on", "reference"))
        )

    @property
    def day(self) -> date | None:
        """The day in the firm's zone; none for what is no day."""
        return asked.day(self.moved_on)
