"""The form of **Settings → Branding**, as typed and as it comes back after a refusal."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Self

from werkzeug.datastructures import FileStorage, MultiDict

from portal.firm import branding
from portal.firm.actions import FirmDetails
from portal.firm.logos import FILE_BYTES_MAX, Logo, checked_logo
from portal.firm.models import Firm

_TYPED = (
    "legal_name",
    "short_name",
    "jurisdiction",
    "locale",
    "timezone",
    "colour",
    "phone",
    "email",
    "address",
)


@dataclass(frozen=True, slots=True)
class BrandingForm:
    """A face as typed. `logo` is what stands after **Publish**: the new one, else the present one.

    A logo that was brought along with a mistake elsewhere comes back in the form as `waiting`, so
    that nobody has to look for the file again. `version` is that of the firm as it was shown.
    """

    details: FirmDetails
    logo: Logo | None
    version: int
    waiting: Logo | None = None
    remove_logo: bool = False

    @classmethod
    def of(cls, firm: Firm) -> Self:
        """What is published, ready to be edited."""
        return cls(branding.details_of(firm), branding.logo_of(firm), firm.version)

    @classmethod
    def read(cls, sent: MultiDict[str, str], firm: Firm, waiting: Logo | None = None) -> Self:
        """What was typed. A new logo wins over **Remove the logo**."""
        typed = {name: sent.get(name, "") for name in _TYPED}
        remove = "remove_logo" in sent and waiting is None
        return cls(
            FirmDetails(**typed, country=firm.country, languages=tuple(sent.getlist("languages"))),
            waiting or (None if remove else branding.logo_of(firm)),
            sent.get("version", 0, type=int),
            waiting,
            remove,
        )

    @property
    def waiting_text(self) -> str:
        """The new logo as the form carries it."""
        return b64encode(self.waiting.png).decode() if self.waiting else ""


def brought_logo(sent: MultiDict[str, str], files: Mapping[str, FileStorage]) -> Logo | None:
    """The logo that came with the form: the file chosen now, else the one that waits in it.

    Raises `Invalid` with a sentence for whoever chose it. What waits is checked like a file: the
    form has been in somebody's hands.
    """
    file = files.get("logo")
    if file is not None and file.filename:
        with closing(file):  # a large one lies on the disk
            return checked_logo(file.stream.read(FILE_BYTES_MAX + 1))
    try:
        kept = b64decode(sent.get("waiting", ""), validate=True)
    except (binascii.Error, ValueError):
        return None
    return checked_logo(kept) if kept else None
