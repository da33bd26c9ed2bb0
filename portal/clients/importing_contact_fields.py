"""The columns of a file of contacts, in which they are imported and exported (FEATURES X7)."""

from collections.abc import Mapping

from babel import Locale
from flask_babel import lazy_gettext

from portal.clients.details import COUNTRIES
from portal.clients.models import ContactKind
from portal.imports.cells import word
from portal.imports.kinds import Field

FIELDS = (
    Field(
        "id",
        lazy_gettext("Their id"),
        ("contact id", "client id", "uid", "external id", "number", "contact number"),
        hint=lazy_gettext(
            "What the other system calls the contact. With it, the same file read twice adds "
            "nobody twice, and matters and bills find their clients."
        ),
    ),
    Field(
        "kind",
        lazy_gettext("Person or company"),
        ("type", "contact type", "entity type"),
        hint=lazy_gettext(
            "“Person” or “Company”. Without it: a person, unless only the company has a name."
        ),
    ),
    Field(
        "name",
        lazy_gettext("Name"),
        ("full name", "contact name", "client name", "display name", "contact", "client"),
        required=True,
        instead=("last_name", "company"),
    ),
    Field("first_name", lazy_gettext("First name"), ("given name", "first", "forename")),
    Field("last_name", lazy_gettext("Last name"), ("surname", "family name", "last")),
    Field(
        "company",
        lazy_gettext("Company"),
        ("company name", "organization", "organisation", "business name", "firm"),
        hint=lazy_gettext("Used as the name where no other is given."),
    ),
    Field(
        "email",
        lazy_gettext("Emails"),
        ("email", "email address", "primary email", "e-mail", "email addresses", "mail"),
        hint=lazy_gettext("Several are divided by semicolons; the first is the primary one."),
    ),
    Field(
        "phone",
        lazy_gettext("Phone"),
        ("phone number", "telephone", "primary phone", "primary phone number", "mobile", "tel"),
    ),
    Field(
        "language",
        lazy_gettext("Language"),
        ("preferred language", "locale"),
        hint=lazy_gettext("English, French or Spanish."),
    ),
    Field(
        "address_label",
        lazy_gettext("Which address"),
        ("address type", "address name", "address label"),
        hint=lazy_gettext("Such as “Home”. A further row with the same id adds another address."),
    ),
    Field(
        "street",
        lazy_gettext("Street"),
        ("address", "street address", "address line 1", "address 1", "mailing address"),
    ),
    Field("city", lazy_gettext("City"), ("town", "locality")),
    Field("region", lazy_gettext("State or province"), ("state", "province", "region")),
    Field(
        "postal_code",
        lazy_gettext("Postal code"),
        ("zip", "zip code", "postcode", "zip/postal code", "postal/zip code"),
    ),
    Field(
        "country",
        lazy_gettext("Country"),
        ("country code", "country name"),
        hint=lazy_gettext("Its English name or two letters. Without it, the firm’s own."),
    ),
    Field("note", lazy_gettext("Note"), ("notes", "comment", "comments", "description")),
)

SAMPLES: tuple[Mapping[str, str], ...] = (
    {
        "id": "C-1001", "kind": "Person", "name": "Marguerite Duval",
        "email": "marguerite@example.com; m.duval@work.example", "phone": "(916) 555-0110",
        "language": "French", "address_label": "Home", "street": "2210 H Street, Apt 4",
        "city": "Sacramento", "region": "CA", "postal_code": "95816", "country": "US",
        "note": "Call after 4 pm.",
    },
    {
        "id": "C-1001", "address_label": "Office", "street": "1 Embarcadero West",
        "city": "Oakland", "region": "CA", "postal_code": "94607", "country": "US",
    },
    {
        "id": "C-1002", "kind": "Company", "name": "Sunrise Bakery LLC",
        "email": "accounts@example.org", "phone": "(916) 555-0116",
    },
)  # fmt: skip

ONCE = ("kind", "name", "first_name", "last_name", "company", "phone", "language", "note")
"""What further rows of a contact repeat or leave empty; emails and addresses add up."""

ADDRESS = ("address_label", "street", "city", "region", "postal_code")

KINDS = {
    **dict.fromkeys(("person", "individual", "p", "human"), ContactKind.PERSON),
    **dict.fromkeys(
        ("company", "organization", "organisation", "business", "entity", "c", "corporation"),
        ContactKind.COMPANY,
    ),
}
LANGUAGES = {"english": "en", "french": "fr", "francais": "fr", "spanish": "es", "espanol": "es"}
COUNTRY_NAMES = {
    word(str(name)): code
    for code, name in Locale("en", "US").territories.items()
    if code in COUNTRIES
} | {"usa": "US", "unitedstatesofamerica": "US", "uk": "GB", "greatbritain": "GB"}

FIELD_OF = {
    "kind": "kind",
    "name": "name",
    "phone": "phone",
    "language": "language",
    "note": "note",
    "label": "address_label",
    "street": "street",
    "city": "city",
    "region": "region",
    "postal_code": "postal_code",
    "country": "country",
    "email": "email",
}
"""The column of what a form calls so."""
