"""The language in which the firm writes to a client (FEATURES B3)."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.clients.models import Contact
from portal.core import audit


def remember_language(session: Session, contact: Contact, language: str, *, by: str) -> None:
    """Keep the language (as `es_US`) that a client has used, where none is known yet.

    What somebody at the firm has set stays as it is.
    """
    unknown = (Contact.id == contact.id, Contact.language.is_(None))
    kept = session.execute(
        update(Contact).where(*unknown).values(language=language).returning(Contact.id)
    )
    if kept.first() is not None:
        named = f"contact:{contact.public_id}"
        audit.record(session, by, "contact.edited", named, changed=["language"])


def choose_language(session: Session, contact_id: int, language: str, *, by: str) -> None:
    """Keep the language that a client has chosen themselves, whatever stood there before."""
    differs = (Contact.id == contact_id, Contact.language.is_distinct_from(language))
    kept = session.scalar(
        update(Contact)
        .where(*differs)
        .values(language=language)
        .returning(Contact.public_id)
        .execution_options(synchronize_session=False)
    )
    if kept is not None:
        audit.record(session, by, "contact.edited", f"contact:{kept}", changed=["language"])
