"""Bills and trust requests as PDF, drawn once for what they say and then kept."""

from dataclasses import asdict

from sqlalchemy.orm import Session

from payments.billing.documents import bill_document, trust_request_document
from payments.billing.models import Bill
from payments.billing.paper import Document
from payments.billing.requested import TrustRequest
from portal.core.typesetting import typeset
from portal.firm.brand import brand
from portal.firm.letterhead import logo_svg


def bill_pdf(session: Session, bill: Bill, *, language: str, pay_url: str | None) -> bytes:
    """A bill as PDF in this language (as `fr_CA`); `pay_url` stands on it as text and QR code."""
    return drawn(session, bill_document(session, bill, language=language, pay_url=pay_url))


def trust_request_pdf(
    session: Session, trust_request: TrustRequest, *, language: str, pay_url: str | None
) -> bytes:
    """A trust request as PDF, as `bill_pdf`."""
    return drawn(
        session,
        trust_request_document(session, trust_request, language=language, pay_url=pay_url),
    )


def drawn(session: Session, document: Document) -> bytes:
    """Any document as PDF. Drawn anew only when it says something else, or the face has changed."""
    images = {"qr": document.pay.code} if document.pay is not None else {}
    logo = logo_svg(session, brand(session))
    if logo is not None:
        images["logo"] = logo
    lang, _, region = document.language.partition("_")
    return typeset("document", {**asdict(document), "lang": lang, "region": region}, images)
