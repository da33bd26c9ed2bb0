"""Finding out at the processor what became of a try to store a method (FEATURES P8, M11)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.gateway.current import gateway
from payments.gateway.errors import InvalidRequest, NotFound, Unavailable
from payments.gateway.results import UNCONFIRMED, GatewaySetup, IntentStatus, ProcessorAccount
from payments.methods.actions import ASK_AGAIN
from payments.methods.models import MethodRequest
from payments.methods.requests import CLOSE
from payments.methods.tries import FORGET, RESOLVE, Ending, Told, observe, request_of, resolve_at
from portal.core import clock, db, jobs

LOOK_AGAIN_EVERY = timedelta(hours=6)
AUTHENTICATION_MAX = timedelta(minutes=30)


def how_it_stands(request: MethodRequest) -> Told:
    """The processor's word on a try that has not ended. It is read, and nothing is changed."""
    account = ProcessorAccount(request.bank_account.processor_account)
    try:
        shown = gateway().get_setup(account, request.setup_id or "")
    except (Unavailable, InvalidRequest, NotFound):
        return Told(Ending.CHECKING)
    if shown.status is not IntentStatus.NEEDS_ACTION:
        return Told(Ending.CHECKING)
    if shown.action == "verify_deposits":
        return Told(Ending.DEPOSITS, verify_url=shown.verify_url)
    return Told(Ending.ASKS, client_secret=shown.client_secret)


def look(request_id: int) -> Told:
    """Read a request's try at the processor and record it. Raises the gateway's errors."""
    request = request_of(request_id)
    if request.setup_id is None:
        return Told(Ending.STORED if request.method_id is not None else Ending.CLOSED)
    account = ProcessorAccount(request.bank_account.processor_account)
    shown = gateway().get_setup(account, request.setup_id)
    with db.transaction() as session:
        return observe(session, request_id, shown)


def look_at_setup(account: ProcessorAccount, setup_id: str) -> None:
    """Record a setup that the processor reported, if it is one of ours. Raises `Unavailable`."""
    at = BankAccount.processor_account.is_not_distinct_from(account.account_id)
    with db.read() as session:
        found = session.scalar(
            select(MethodRequest.id)
            .join(BankAccount, BankAccount.id == MethodRequest.bank_account_id)
            .where(MethodRequest.setup_id == setup_id, at)
        )
    if found is not None:
        look(found)


def under_way() -> list[int]:
    """The requests whose try has not ended, for the reconciler."""
    with db.read() as session:
        return list(
            session.scalars(
                select(MethodRequest.id).where(
                    MethodRequest.setup_id.is_not(None), MethodRequest.method_id.is_(None)
                )
            )
        )


def owe_resolving(request_id: int) -> None:
    """Have the resolving job look at a try that has not ended, also where it was given up."""
    with db.transaction() as session:
        row = session.get_one(MethodRequest, request_id)
        if row.setup_id is not None and row.method_id is None:
            resolve_at(session, request_id, clock.now())


def call_off(request_id: int) -> Told:
    """End a try that waits for the client, so that another method can be chosen.

    Only the processor's word frees the request: one that it kept meanwhile is stored. Raises the
    gateway's errors.
    """
    request = request_of(request_id)
    if request.setup_id is None:
        return Told(Ending.CLOSED)
    account = ProcessorAccount(request.bank_account.processor_account)
    shown = gateway().cancel_setup(account, request.setup_id)
    with db.transaction() as session:
        return observe(session, request_id, shown)


@jobs.handler(RESOLVE)
def resolve(request_id: int) -> None:
    """Find out what became of a try whose answer nobody recorded, until it has ended.

    One that nobody confirmed is canceled, and one whose bank has waited for half an hour for the
    client's answer. Test deposits take days, so they are looked at every six hours.
    """
    request = request_of(request_id)
    if request.setup_id is None or request.method_id is not None:
        return
    account = ProcessorAccount(request.bank_account.processor_account)
    try:
        shown = gateway().get_setup(account, request.setup_id)
        if _abandoned(shown):
            shown = gateway().cancel_setup(account, request.setup_id)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    except (InvalidRequest, NotFound) as refused:
        raise jobs.Again(clock.now() + LOOK_AGAIN_EVERY) from refused
    with db.transaction() as session:
        told = observe(session, request_id, shown)
    if told.ending is Ending.DEPOSITS:
        raise jobs.Again(clock.now() + LOOK_AGAIN_EVERY)
    if told.ending in (Ending.CHECKING, Ending.ASKS):
        raise jobs.Again(clock.now() + ASK_AGAIN)


def _abandoned(shown: GatewaySetup) -> bool:
    if shown.status in UNCONFIRMED and shown.failure is None:
        return True
    asks = shown.status is IntentStatus.NEEDS_ACTION and shown.action != "verify_deposits"
    return asks and clock.now() - shown.created_at >= AUTHENTICATION_MAX


@jobs.handler(CLOSE)
def close_setup(bank_account_id: int, setup_id: str) -> None:
    """Cancel a setup at the processor that is not wanted any more, or forget what it has kept."""
    with db.read() as session:
        account = _processor_account(session, bank_account_id)
    try:
        shown = gateway().cancel_setup(account, setup_id)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    except (InvalidRequest, NotFound):
        return  # it cannot be confirmed any more either
    if shown.stored is not None:
        forget(bank_account_id, shown.stored.method_id)


@jobs.handler(FORGET)
def forget(bank_account_id: int, processor_method_id: str) -> None:
    """Have the processor forget what it kept for a request that was withdrawn."""
    with db.read() as session:
        account = _processor_account(session, bank_account_id)
    try:
        gateway().detach_method(account, processor_method_id)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable


def _processor_account(session: Session, bank_account_id: int) -> ProcessorAccount:
    return ProcessorAccount(session.get_one(BankAccount, bank_account_id).processor_account)
