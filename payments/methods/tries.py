"""One try to store a method that the firm has asked for, and what the processor shows of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from payments.gateway.results import GatewaySetup, IntentStatus
from payments.methods.actions import Consented, store
from payments.methods.asked_when import ASKED
from payments.methods.models import MethodRequest
from payments.methods.requests import locked, owe_closing, tell
from portal.core import db, jobs

RESOLVE = "methods.resolve_request"
FORGET = "methods.forget"
DEPOSITS_FAILED = "payment_method_microdeposit"


class Ending(StrEnum):
    """What came of a try, or of looking at one."""

    STORED = "stored"
    REFUSED = "refused"
    ASKS = "asks"  # the client's bank has a question, now
    DEPOSITS = "deposits"  # small test deposits are to be confirmed
    CHECKING = "checking"
    CLOSED = "closed"  # the request was used, withdrawn or has expired meanwhile


@dataclass(frozen=True, slots=True)
class Told:
    """How it stands, with what the client's page needs next."""

    ending: Ending
    code: str = ""
    client_secret: str = ""
    verify_url: str = ""


def request_of(request_id: int) -> MethodRequest:
    """The request with its bank account, as it is now."""
    with db.read() as session:
        return session.scalars(
            select(MethodRequest)
            .where(MethodRequest.id == request_id)
            .options(joinedload(MethodRequest.bank_account))
        ).one()


def observe(session: Session, request_id: int, shown: GatewaySetup) -> Told:
    """Record what the processor shows of a request's try; the same thing twice changes nothing.

    What is kept there for a request that was withdrawn meanwhile is forgotten again.
    """
    request = locked(session, request_id)
    if request.method_id is not None:
        return Told(Ending.STORED)
    if request.setup_id != shown.setup_id:
        return Told(Ending.CLOSED)
    if shown.stored is not None:
        return _keep(session, request, shown)
    if request.withdrawn_at is not None:
        return Told(Ending.CLOSED)
    if shown.status is IntentStatus.NEEDS_ACTION:
        return _waits_for(session, request, shown)
    if shown.status is IntentStatus.CANCELED or shown.failure is not None:
        code = shown.failure.code if shown.failure else "abandoned"
        if code.startswith(DEPOSITS_FAILED):  # days later: nobody is waiting before the page
            tell(session, "method-not-stored-client", request, once=shown.setup_id)
        free(session, request)
        return Told(Ending.REFUSED, code)
    return Told(Ending.CHECKING)


def _keep(session: Session, request: MethodRequest, shown: GatewaySetup) -> Told:
    stored = shown.stored
    assert stored is not None
    if request.withdrawn_at is not None:
        jobs.enqueue(
            session,
            FORGET,
            unique_key=f"{FORGET}:{shown.setup_id}",
            bank_account_id=request.bank_account_id,
            processor_method_id=stored.method_id,
        )
        return Told(Ending.CLOSED)
    consented = Consented(
        client_id=request.client_id,
        bank_account_id=request.bank_account_id,
        cause=f"{ASKED}{request.public_id}",
        label=request.label,
        text=request.consent_text,
        ip_address=request.consent_ip,
        user_agent=request.consent_agent,
        name=request.name,
        address=request.address,
        language=request.language,
    )
    request.method_id = store(session, stored, consented).id
    session.flush()
    return Told(Ending.STORED)


def _waits_for(session: Session, request: MethodRequest, shown: GatewaySetup) -> Told:
    if shown.action != "verify_deposits":
        return Told(Ending.ASKS, client_secret=shown.client_secret)
    tell(session, "method-deposits-client", request, once=shown.setup_id)
    return Told(Ending.DEPOSITS, verify_url=shown.verify_url)


def free(session: Session, request: MethodRequest) -> None:
    """The try is over and kept nothing: another one may begin."""
    if request.setup_id is not None:
        owe_closing(session, request.bank_account_id, request.setup_id)
    request.setup_id = None
    request.label = request.consent_text = request.consent_ip = request.consent_agent = ""
    session.flush()


def resolve_at(session: Session, request_id: int, due_at: datetime) -> None:
    """Owe that somebody finds out what became of the try."""
    key = f"{RESOLVE}:{request_id}"
    jobs.enqueue(session, RESOLVE, due_at=due_at, unique_key=key, request_id=request_id)
