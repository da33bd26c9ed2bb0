"""The composer's form, and the positions that an open page asks by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from portal.core import ids
from portal.web.asked import row_id

# What a database's whole number holds, with room for the next.
_POSITION_MAX = 2**31 - 2
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")


@dataclass(frozen=True, slots=True)
class Written:
    """What a composer sent. `attached` are the keys of what it carries: a browser sends at most
    one. `nonce` names the form."""

    text: str
    attached: list[str]
    nonce: str

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> "Written":
        """The fields of a composer. A form without a name of its own gets one."""
        nonce = form.get("nonce", "")
        return cls(
            text=form.get("text", ""),
            attached=[key for key in form.getlist("attachment") if key],
            nonce=nonce if _NONCE.fullmatch(nonce) else ids.public_id(),
        )


def position(asked: Mapping[str, str], name: str) -> int | None:
    """A place in the feed; none for what is none, or can be none."""
    asked_for = row_id(asked.get(name, ""))
    return asked_for if asked_for is not None and asked_for <= _POSITION_MAX else None
