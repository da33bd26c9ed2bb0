"""What every document of the firm begins with: its face, the reader, the paper and the formats."""

from dataclasses import dataclass

from babel import Locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing import paper
from payments.billing.paper import Formats, Paper, Reader
from payments.billing.settings import billing_settings
from portal.clients.models import Contact, ContactAddress
from portal.firm.brand import Brand, brand
from portal.firm.letterhead import Letterhead, letterhead
from portal.firm.models import Country
from portal.web.reading import formats


@dataclass(frozen=True, slots=True)
class Sheet:
    """An empty sheet of the firm's paper for one reader."""

    face: Brand
    firm: Letterhead
    language: str
    paper: Paper
    formats: Formats

    def foot(self, title: str) -> str:
        """What stands at the foot of each page, beside its number."""
        return f"{self.face.legal_name} · {title}"

    @property
    def closing(self) -> str:
        """Whom to ask."""
        return paper.closing(self.firm)


def sheet(session: Session, *, language: str, currency: str) -> Sheet:
    """The firm's paper: Letter in the US; in Canada as the firm has set it."""
    face = brand(session)
    a4 = face.country == Country.CA and billing_settings(session).paper == "a4"
    return Sheet(
        face=face,
        firm=letterhead(face),
        language=language,
        paper="a4" if a4 else "us-letter",
        formats=Formats(formats(language, face.country), currency),
    )


def client_as_reader(session: Session, client_id: int, blank: Sheet, label: str) -> Reader:
    """The client by name, with the first of their postal addresses."""
    name = session.scalars(select(Contact.name).where(Contact.id == client_id)).one()
    found = session.scalar(
        select(ContactAddress)
        .where(ContactAddress.contact_id == client_id)
        .order_by(ContactAddress.position)
        .limit(1)
    )
    lines = _postal_lines(found, blank) if found is not None else ()
    return Reader(label, name, lines)


def _postal_lines(address: ContactAddress, blank: Sheet) -> tuple[str, ...]:
    place = " ".join(part for part in (address.region, address.postal_code) if part)
    town = ", ".join(part for part in (address.city, place) if part)
    abroad = address.country != blank.face.country
    territories = Locale.parse(blank.formats.locale).territories
    country = territories.get(address.country, address.country) if abroad else ""
    return tuple(line for line in (*address.street.splitlines(), town, country) if line)


def matter_words(number: str, name: str) -> str:
    """A matter as a document names it."""
    return f"{number} · {name}"
