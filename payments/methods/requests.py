"""Asking a client to store a method, by a link that works for 29 days (FEATURES P8).

    ask(session, Asked(...)) -> MethodRequest   voids an older one for the account, owes the email
withdraw(session, request_id, by=...) -> bool
state_of(request) -> RequestState
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from payments.accounts.models import BankAccount
from payments.accounts.settings import online_payments
from payments.billing.details import cleaned
from payments.billing.sending import language_of
from payments.methods.models import MethodRequest
from portal.clients.models import Contact
from portal.core import audit, clock, jobs
from portal.core.errors import Conflict, Invalid
from portal.core.ids import public_id
from portal.core.tokens import new_token
from portal.firm.brand import brand
from portal.outbox.actions import owe
from portal.outbox.registry import same_address

OPEN_FOR = timedelta(days=29)
MESSAGE_CHARS_MAX = 1_000
CLOSE = "methods.close_setup"
_LOCKED_CLIENT = (
    select(Contact)
    .where(Contact.id == bindparam("client"))
    .options(selectinload(Contact.emails))
    .with_for_update(of=Contact, key_share=True)
)


class RequestState(StrEnum):
    """Where a request stands. *Checking*: the client has sent a method, and its bank has not
    answered yet, or test deposits are to be confirmed."""

    OPEN = "open"
    CHECKING = "checking"
    STORED = "stored"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a user of the firm makes it. `address` is one of the client's own."""

    client_id: int
    bank_account_id: int
    address: str
    message: str
    by: str


def state_of(request: MethodRequest) -> RequestState:
    """Where it stands now, by business time."""
    if request.method_id is not None:
        return RequestState.STORED
    if request.withdrawn_at is not None:
        return RequestState.WITHDRAWN
    if request.setup_id is not None:
        return RequestState.CHECKING
    return RequestState.EXPIRED if clock.now() >= request.expires_at else RequestState.OPEN


def ask(session: Session, asked: Asked) -> MethodRequest:
    """Make the request and owe its email. An older open one for the same account ends with it.

    Raises `Invalid` for an address that is not the client's or a message that is too long, and
    `Conflict` where the account takes no money online now (FEATURES P1).
    """
    # Two people who ask at once come after each other, so that one request stays open.
    client = session.scalars(_LOCKED_CLIENT, {"client": asked.client_id}).one()
    account = session.get_one(BankAccount, asked.bank_account_id)
    _refuse_closed(session, account)
    message = _readable(asked.message)
    for older in _open(session, asked):
        withdraw(session, older, by=asked.by)
    moment = clock.now()
    request = MethodRequest(
        public_id=public_id(),
        token=new_token(),
        client_id=client.id,
        bank_account_id=account.id,
        name=client.name,
        address=_own_address(client, asked.address),
        language=language_of(client, brand(session)),
        message=message,
        made_at=moment,
        made_by=asked.by,
        expires_at=moment + OPEN_FOR,
    )
    session.add(request)
    session.flush()
    audit.record(
        session,
        asked.by,
        "method.requested",
        f"method-request:{request.public_id}",
        client=client.public_id,
        account=account.public_id,
    )
    tell(session, "method-request-client", request, once=request.public_id)
    return request


def _readable(typed: str) -> str:
    message = cleaned(typed)
    if len(message) > MESSAGE_CHARS_MAX:
        raise Invalid(
            _("The message is too long: at most %(count)s characters.", count=MESSAGE_CHARS_MAX),
            "message",
        )
    return message


def _refuse_closed(session: Session, account: BankAccount) -> None:
    if not online_payments(session).online:
        raise Conflict(_("Online payments are turned off, so nothing can be stored now."))
    if not account.connected:
        raise Conflict(_("%(account)s is not connected to Stripe.", account=account.name))


def _own_address(client: Contact, typed: str) -> str:
    for email in client.emails:
        if same_address(email.address) == same_address(typed):
            return email.address
    raise Invalid(_("Choose one of the client's email addresses."), "address")


def _open(session: Session, asked: Asked) -> list[int]:
    return list(
        session.scalars(
            select(MethodRequest.id).where(
                MethodRequest.client_id == asked.client_id,
                MethodRequest.bank_account_id == asked.bank_account_id,
                MethodRequest.withdrawn_at.is_(None),
                MethodRequest.method_id.is_(None),
            )
        )
    )


def withdraw(session: Session, request_id: int, *, by: str) -> bool:
    """End a request: its link stores nothing from now on, also not what its bank still checks.

    False where it was withdrawn before. Raises `Conflict` where a method is stored already.
    """
    request = locked(session, request_id)
    if request.method_id is not None:
        raise Conflict(_("The client has stored a method by this request already."))
    if request.withdrawn_at is not None:
        return False
    request.withdrawn_at = clock.now()
    session.flush()
    audit.record(session, by, "method.request_withdrawn", f"method-request:{request.public_id}")
    if request.setup_id is not None:
        owe_closing(session, request.bank_account_id, request.setup_id)
    return True


def owe_closing(session: Session, bank_account_id: int, setup_id: str) -> None:
    """Owe that the processor cancels a setup, whose secret a browser may still hold."""
    jobs.enqueue(session, CLOSE, bank_account_id=bank_account_id, setup_id=setup_id)


def locked(session: Session, request_id: int) -> MethodRequest:
    """The request as it is now, kept from others until the transaction ends."""
    return session.scalars(
        select(MethodRequest)
        .where(MethodRequest.id == request_id)
        .with_for_update(of=MethodRequest)
        .execution_options(populate_existing=True)
    ).one()


def tell(session: Session, kind: str, request: MethodRequest, *, once: str) -> None:
    """Owe an email to the address that was asked."""
    owe(
        session,
        kind,
        audience="address",
        once=f"{kind}:{once}",
        request_id=request.id,
        name=request.name,
        address=request.address,
        language=request.language,
    )
