"""What somebody chose in the dialog that links a payment, as it stands in an address or a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from portal.web.asked import words

OTHER = "other"
NOBODY = "nobody"
TYPED_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class LinkForm:
    """`to` is the radio chosen: `contact:…`, `matter:…`, somebody `other` by typing, or `nobody`.

    `apply` is ticked until somebody unticks it (FEATURES S3). `expected` is the mark of the
    preview that was confirmed, `standing` the link that was shown. Nothing in a request can make
    reading it fail.
    """

    to: str
    apply: bool
    expected: str
    standing: str
    reason: str

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The form in a query string or a body."""

        def said(name: str) -> str:
            return words(asked, name, TYPED_CHARS_MAX)

        untouched = "choice" not in asked and "apply" not in asked
        return cls(
            to=said("to"),
            apply=untouched or said("apply") == "yes",
            expected=said("expected"),
            standing=said("standing"),
            reason=said("reason"),
        )

    @property
    def by_typing(self) -> bool:
        """Whether the combobox says who it is, and not one of the suggestions."""
        return self.to in {"", OTHER}
