"""When a client agreed: with test deposits that is days before the method is stored."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.methods.models import StoredMethod
from portal.core.audit import AuditEntry

ASKED = "request:"


def agreed_at(session: Session, method: StoredMethod) -> datetime:
    """The moment of consent: of a payment it is that of storing, of a request its last try."""
    if not method.cause.startswith(ASKED):
        return method.stored_at
    subject = f"method-request:{method.cause.removeprefix(ASKED)}"
    found = session.scalar(
        select(AuditEntry.at)
        .where(AuditEntry.subject == subject, AuditEntry.action == "method.agreed")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return found or method.stored_at
