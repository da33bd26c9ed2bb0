"""Storing a method that the firm has asked for. No money moves (FEATURES P8).

    store_asked(Agreed(...)) -> Told          **Store this method**, outside any transaction

A try is one setup at the processor. Its id is committed with the words that were agreed to before
it is confirmed, and no other try of the request begins until the processor has said how it ended:
so what is stored is what its words say, and it is stored once.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from payments.gateway.current import gateway
from payments.gateway.errors import Declined, InvalidRequest, NotFound, Unavailable
from payments.gateway.results import Consent, MethodKind, NewSetup, ProcessorAccount
from payments.methods.actions import AGENT_CHARS_MAX, customer_of
from payments.methods.requests import RequestState, locked, state_of
from payments.methods.tries import Ending, Told, free, observe, request_of, resolve_at
from portal.core import audit, clock, db

RESOLVE_SOON = timedelta(minutes=2)
BROKEN = "processing_error"
OUT_OF_REACH = "processor_unavailable"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the client saw on the review page and agreed to by pressing **Store this method**.

    `nonce` is the review's: pressed twice, it is one try. `text` are the words as shown.
    """

    request_id: int
    nonce: str
    confirmation_token: str
    kind: MethodKind
    label: str
    text: str
    ip_address: str
    user_agent: str
    return_url: str


def store_asked(agreed: Agreed) -> Told:
    """Make the setup, commit its id with the consent, confirm it, record what came of it."""
    request = request_of(agreed.request_id)
    account = ProcessorAccount(request.bank_account.processor_account)
    try:
        customer = customer_of(request.client_id, request.bank_account)
        new = NewSetup(agreed.nonce, request.public_id, customer, (agreed.kind,))
        made = gateway().create_setup(account, new)
    except Unavailable:
        return Told(Ending.REFUSED, OUT_OF_REACH)  # a setup that nobody confirmed keeps nothing
    except (InvalidRequest, NotFound):
        return Told(Ending.REFUSED, BROKEN)
    taken = _claim(agreed, made.setup_id)
    if taken is not None:
        return taken
    bank = agreed.kind is MethodKind.BANK
    try:
        shown = gateway().confirm_setup(
            account,
            made.setup_id,
            confirmation_token=agreed.confirmation_token,
            consent=Consent(agreed.ip_address, agreed.user_agent) if bank else None,
            return_url=agreed.return_url,
        )
    except Declined as declined:
        return _refused(agreed.request_id, made.setup_id, declined.code)
    except (InvalidRequest, NotFound):
        return _refused(agreed.request_id, made.setup_id, BROKEN)
    except Unavailable as unavailable:
        if not unavailable.outcome_unknown:
            return _refused(agreed.request_id, made.setup_id, OUT_OF_REACH)
        return Told(Ending.CHECKING)
    with db.transaction() as session:
        return observe(session, agreed.request_id, shown)


def _claim(agreed: Agreed, setup_id: str) -> Told | None:
    """Note what was agreed to, before the processor hears of it. None where the try may go on."""
    with db.transaction() as session:
        request = locked(session, agreed.request_id)
        state = state_of(request)
        if state is RequestState.STORED:
            return Told(Ending.STORED)
        if request.setup_id == setup_id and state is RequestState.CHECKING:
            return None  # the same review, pressed twice: the processor answers both alike
        if state is RequestState.CHECKING:
            return Told(Ending.CHECKING)
        if state is not RequestState.OPEN:
            return Told(Ending.CLOSED)
        request.setup_id = setup_id
        request.label, request.consent_text = agreed.label, agreed.text
        request.consent_ip = agreed.ip_address
        request.consent_agent = agreed.user_agent[:AGENT_CHARS_MAX]
        session.flush()
        audit.record(
            session,
            "payer",
            "method.agreed",
            f"method-request:{request.public_id}",
            consent_sha256=hashlib.sha256(agreed.text.encode()).hexdigest(),
        )
        resolve_at(session, request.id, clock.now() + RESOLVE_SOON)
    return None


def _refused(request_id: int, setup_id: str, code: str) -> Told:
    """The try is over and kept nothing: the request is free for another."""
    with db.transaction() as session:
        request = locked(session, request_id)
        if request.method_id is not None:
            return Told(Ending.STORED)
        if request.setup_id == setup_id:
            free(session, request)
    return Told(Ending.REFUSED, code)
