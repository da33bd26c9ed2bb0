"""What whoever stores a payment method is told. Subjects name no matter (FEATURES M13)."""

from typing import Any

from sqlalchemy.orm import Session

from payments.methods import queries
from payments.methods.requests import RequestState, state_of
from portal.core import config
from portal.outbox.registry import Email, Recipient, email

STREAM = "payments"


@email("method-stored-client", stream=STREAM)
def method_stored_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """What is stored, what the firm may do with it, and the link to delete it (FEATURES P5)."""
    return Email("method-stored-client", _context(session, args))


@email("method-deleted-client", stream=STREAM)
def method_deleted_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """That the firm can charge it no more (FEATURES P8)."""
    return Email("method-deleted-client", _context(session, args))


@email("method-void-client", stream=STREAM)
def method_void_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """That a bank account can be charged no more, since its bank sent a payment back (M7)."""
    return Email("method-void-client", _context(session, args))


@email("method-request-client", stream=STREAM)
def method_request_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """The firm asks for a payment method, by a link that works for 29 days (FEATURES P8)."""
    return Email("method-request-client", _asked(session, args))


@email("method-deposits-client", stream=STREAM)
def method_deposits_client(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """How to confirm the small test deposits (FEATURES P4)."""
    return Email("method-deposits-client", _asked(session, args))


@email("method-not-stored-client", stream=STREAM)
def method_not_stored_client(
    session: Session, args: dict[str, Any], _recipient: Recipient
) -> Email:
    """The test deposits were never confirmed, so nothing is stored."""
    return Email("method-not-stored-client", _asked(session, args))


def _asked(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    request = queries.request_by_id(session, args["request_id"])
    address = f"{config.current().base_url}/payment-methods/store/{request.token}"
    closed = state_of(request) not in (RequestState.OPEN, RequestState.CHECKING)
    return {"asked": request, "store_url": address, "closed": closed}


def _context(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    method = queries.by_id(session, args["method_id"])
    address = f"{config.current().base_url}/payment-methods/{method.delete_token}"
    return {"method": method, "method_url": address}
