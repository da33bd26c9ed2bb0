"""The firm's face on paper: what stands at the head of every document (FEATURES B2)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core.typesetting import as_svg
from portal.firm.brand import Brand
from portal.firm.queries import logo_png


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Name, address and colours of the firm; `logo_width` is in CSS pixels, 0 without a logo.

    `colour_text` is the firm's colour where it is read as text on white paper.
    """

    name: str
    lines: tuple[str, ...]
    phone: str
    email: str
    colour: str
    colour_text: str
    logo_width: int


def letterhead(face: Brand) -> Letterhead:
    """The head of a document in this face."""
    address = (line.strip() for line in face.address.splitlines())
    return Letterhead(
        name=face.legal_name,
        lines=tuple(line for line in (*address, face.phone, face.email) if line),
        phone=face.phone,
        email=face.email,
        colour=face.colour,
        colour_text=face.brand_text_light,
        logo_width=face.logo_width if face.logo_url else 0,
    )


def logo_svg(session: Session, face: Brand) -> str | None:
    """The firm's logo, ready to be typeset; None where it has none."""
    png = logo_png(session) if face.logo_url else None
    return as_svg(png, face.logo_width, face.logo_height) if png is not None else None
