"""Reading stored payment methods."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from payments.methods.models import MethodRequest, StoredMethod

TOKEN_CHARS_MAX = 64
PUBLIC_ID_CHARS_MAX = 32


def _whole() -> Select[StoredMethod]:
    return select(StoredMethod).options(
        joinedload(StoredMethod.bank_account), joinedload(StoredMethod.client)
    )


def by_id(session: Session, method_id: int) -> StoredMethod:
    """One that must be there, with its bank account."""
    return session.scalars(_whole().where(StoredMethod.id == method_id)).one()


def by_delete_token(session: Session, token: str) -> StoredMethod | None:
    """The method that an emailed address belongs to, deleted or not; None for any other address."""
    if len(token) > TOKEN_CHARS_MAX:
        return None
    return session.scalar(_whole().where(StoredMethod.delete_token == token))


def methods_of(session: Session, client_id: int) -> list[StoredMethod]:
    """A client's methods, newest first, those deleted too: what was agreed to stays to be seen."""
    found = _whole().where(StoredMethod.client_id == client_id).order_by(StoredMethod.id.desc())
    return list(session.scalars(found))


def by_public_id(session: Session, public_id: str) -> StoredMethod | None:
    """One by the name that pages give it; None for any other."""
    if len(public_id) > PUBLIC_ID_CHARS_MAX:
        return None
    return session.scalar(_whole().where(StoredMethod.public_id == public_id))


def _requests() -> Select[MethodRequest]:
    return select(MethodRequest).options(
        joinedload(MethodRequest.bank_account),
        joinedload(MethodRequest.method),
        joinedload(MethodRequest.client),
    )


def request_by_id(session: Session, request_id: int) -> MethodRequest:
    """A request that must be there, with its bank account and its method."""
    return session.scalars(_requests().where(MethodRequest.id == request_id)).one()


def request_by_token(session: Session, token: str) -> MethodRequest | None:
    """The request that an emailed address belongs to; None for any other address."""
    if len(token) > TOKEN_CHARS_MAX:
        return None
    return session.scalar(_requests().where(MethodRequest.token == token))


def request_by_public_id(session: Session, public_id: str) -> MethodRequest | None:
    """A request by the name that pages give it; None for any other."""
    if len(public_id) > PUBLIC_ID_CHARS_MAX:
        return None
    return session.scalar(_requests().where(MethodRequest.public_id == public_id))


def requests_to(session: Session, client_id: int) -> list[MethodRequest]:
    """What a client was asked, newest first, ended requests too."""
    found = _requests().where(MethodRequest.client_id == client_id)
    return list(session.scalars(found.order_by(MethodRequest.id.desc())))
