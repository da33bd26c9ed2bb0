"""The receipt of a payment as PDF."""

from sqlalchemy.orm import Session

from payments.billing.pdf import drawn
from payments.receipts.documents import ReceiptFacts, payment_receipt_document


def payment_receipt_pdf(session: Session, facts: ReceiptFacts, *, language: str) -> bytes:
    """The receipt of one payment in this language (as `fr_CA`); its file name is the document's."""
    return drawn(session, payment_receipt_document(session, facts, language=language))
