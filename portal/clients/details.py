"""What somebody types about a contact or a matter, checked and refused in sentences."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from babel import Locale
from flask_babel import gettext as _

from portal.clients.models import ContactKind, MatterStatus
from portal.core.errors import Invalid
from portal.firm.actions import OFFERED
from portal.firm.addresses import checked_email

EMAILS_MAX = 20
ADDRESSES_MAX = 10
RELATED_MAX = 30
NOTE_CHARS_MAX = 5_000
_NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
COUNTRIES = frozenset(
    code
    for code in map(str, Locale("en", "US").territories)
    if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
)
EARLIEST_YEAR = 1900
LANGUAGES = frozenset(language for offered in OFFERED.values() for language in offered)

# Controls, format marks (the bidi ones among them), surrogates and private use.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_JOINERS = frozenset("\u200c\u200d")  # needed to write Persian and several Indian scripts


class Problems(Invalid):
    """Everything that is wrong with a form: `errors` has a sentence for each field.

    As an `Invalid` it stands for the first of them.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        first, sentence = next(iter(errors.items()))
        super().__init__(sentence, first)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class EmailDetails:
    """One email of a contact. Mail goes to the primary one; unmarked, the first is primary."""

    address: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class AddressDetails:
    """One postal address. `label` says which one it is ("Home"); `country` is two letters."""

    street: str
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = "US"
    label: str = ""


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """A person or a company, as typed. Emails and addresses with nothing in them are left out.

    `language` is a locale like `es_US`; none while nobody knows which one they read (FEATURES B3).
    """

    name: str
    kind: str = ContactKind.PERSON
    emails: Sequence[EmailDetails] = ()
    phone: str = ""
    addresses: Sequence[AddressDetails] = ()
    note: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RelatedDetails:
    """Another contact of a matter and what they are in it ("Opposing counsel")."""

    contact_id: int
    relation: str


@dataclass(frozen=True, slots=True)
class MatterDetails:
    """A matter, as typed. Without `opened_on` it was opened today, in the firm's zone.

    `open_to` are the ids of the groups that it is restricted to, () for everybody (FEATURES N8);
    None leaves that as it stands, and a new matter open to everybody.
    """

    number: str
    name: str
    client_id: int
    status: str = MatterStatus.OPEN
    responsible_id: int | None = None
    opened_on: date | None = None
    related: Sequence[RelatedDetails] = field(default_factory=tuple)
    open_to: tuple[int, ...] | None = None


def checked_contact(details: ContactDetails) -> ContactDetails:
    """The contact as it may be kept: trimmed, empty rows gone, one email primary.

    Raises `Problems` by the fields `kind`, `name`, `phone`, `language`, `note`, `email-<n>`,
    `street-<n>`, `city-<n>` and so on, n counting from 0.
    """
    checks = _Checks()
    if details.kind not in list(ContactKind):
        checks.errors["kind"] = _("Choose a person or a company.")
    if details.language not in (None, *LANGUAGES):
        checks.errors["language"] = _("Choose a language from the list.")
    checked = ContactDetails(
        kind=details.kind,
        name=checks.line("name", details.name, 120, _("Enter the name.")),
        phone=checks.line("phone", details.phone, 40),
        note=checks.text("note", details.note, NOTE_CHARS_MAX),
        emails=checks.emails(details.emails),
        addresses=checks.addresses(details.addresses),
        language=details.language,
    )
    checks.done()
    return checked


def checked_matter(details: MatterDetails) -> MatterDetails:
    """The matter as it may be kept. Raises `Problems` by `number`, `name`, `matter-status`,
    `opened_on`, `related-<n>` and `relation-<n>`. Whether its people exist is not looked at."""
    checks = _Checks()
    if details.status not in list(MatterStatus):
        checks.errors["matter-status"] = _("Choose open, pending or closed.")
    if details.opened_on is not None and details.opened_on.year < EARLIEST_YEAR:
        checks.errors["opened_on"] = _("Enter the day on which the matter was opened.")
    checked = replace(
        details,
        number=checks.line("number", details.number, 30, _("Enter a number for the matter.")),
        name=checks.line("name", details.name, 160, _("Enter what the matter is about.")),
        related=checks.related(details.related, details.client_id),
    )
    checks.done()
    return checked


class _Checks:
    """Looks at one field after the other and gathers what is wrong."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def done(self) -> None:
        if self.errors:
            raise Problems(self.errors)

    def line(self, name: str, typed: str, chars_max: int, missing: str | None = None) -> str:
        """One line of text, its spaces single."""
        return self.text(name, " ".join(typed.split()), chars_max, missing)

    def text(self, name: str, typed: str, chars_max: int, missing: str | None = None) -> str:
        """Text of several lines."""
        text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n")).strip()
        if not text and missing:
            self.errors[name] = missing
        elif len(text) > chars_max:
            self.errors[name] = _(
                "This is too long: at most %(count)s characters.", count=chars_max
            )
        elif any(_hidden(char) for char in text):
            self.errors[name] = _("This holds hidden characters. Please type it again by hand.")
        return text

    def emails(self, typed: Sequence[EmailDetails]) -> tuple[EmailDetails, ...]:
        kept: dict[str, EmailDetails] = {}
        for place, email in enumerate(typed):
            address = email.address.replace("\0", "").strip()
            if not address:
                continue
            name = f"email-{place}"
            try:
                key = checked_email(address, name)
            except Invalid as wrong:
                self.errors[name] = str(wrong)
                continue
            if key in kept:
                self.errors[name] = _("This contact has this address already.")
            elif len(kept) == EMAILS_MAX:
                self.errors[name] = _("Keep at most %(count)s emails.", count=EMAILS_MAX)
            # Its own capitals stay where plain letters allow no second reading.
            kept.setdefault(key, replace(email, address=address if address.isascii() else key))
        marked = next(
            (key for key, email in kept.items() if email.is_primary), next(iter(kept), "")
        )
        return tuple(replace(email, is_primary=key == marked) for key, email in kept.items())

    def addresses(self, typed: Sequence[AddressDetails]) -> tuple[AddressDetails, ...]:
        kept: list[AddressDetails] = []
        for place, one in enumerate(typed):
            address = AddressDetails(
                label=self.line(f"label-{place}", one.label, 40),
                street=self.line(f"street-{place}", one.street, 200),
                city=self.line(f"city-{place}", one.city, 80),
                region=self.line(f"region-{place}", one.region, 60),
                postal_code=self.line(f"postal_code-{place}", one.postal_code, 20),
                country=one.country,
            )
            if not (address.street or address.city or address.region or address.postal_code):
                continue
            if not address.street:
                self.errors.setdefault(f"street-{place}", _("Enter the street and number."))
            if address.country not in COUNTRIES:
                self.errors[f"country-{place}"] = _("Choose a country from the list.")
            if len(kept) == ADDRESSES_MAX:
                self.errors[f"street-{place}"] = _(
                    "Keep at most %(count)s addresses.", count=ADDRESSES_MAX
                )
            kept.append(address)
        return tuple(kept)

    def related(
        self, typed: Sequence[RelatedDetails], client_id: int
    ) -> tuple[RelatedDetails, ...]:
        kept: dict[int, RelatedDetails] = {}
        for place, one in enumerate(typed):
            if one.contact_id == client_id:
                self.errors[f"related-{place}"] = _("The client of the matter is named above.")
            elif one.contact_id in kept or len(kept) == RELATED_MAX:
                self.errors[f"related-{place}"] = _("This contact is in the list already.")
            relation = self.line(
                f"relation-{place}", one.relation, 60, _("Enter what they are in this matter.")
            )
            kept.setdefault(one.contact_id, RelatedDetails(one.contact_id, relation))
        return tuple(kept.values())


def _hidden(char: str) -> bool:
    return char != "\n" and char not in _JOINERS and unicodedata.category(char) in _HIDDEN
