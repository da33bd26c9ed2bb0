"""Storing a payment method, and deleting it again (FEATURES P5, P8).

    customer_of(client_id, account) -> str                 before `create_payment`, no transaction
    store(session, stored, Consented(...)) -> StoredMethod  where the confirmed payment is observed
    delete(session, method_id, by="payer") -> bool          whoever deletes it
    look(account, processor_method_id)                      the processor says that it is detached

`stored` is `GatewayPayment.stored`: None until the processor keeps the method, so there is nothing
to store before. A payment asks for storing by `NewPayment.customer_id` (from `customer_of`) and
`confirm_payment(store=True)`. Whether a payment may store at all is for its token to say: secure
links never do (FEATURES L2).
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.gateway.current import gateway
from payments.gateway.errors import NotFound, Unavailable
from payments.gateway.results import GatewayMethod, ProcessorAccount
from payments.methods import emails as _emails  # noqa: F401  they register themselves
from payments.methods import log_words as _log_words  # noqa: F401  they register themselves
from payments.methods import queries
from payments.methods.models import ProcessorCustomer, StoredMethod
from portal.clients.models import Contact
from portal.core import audit, clock, db, jobs
from portal.core.ids import public_id
from portal.core.tokens import new_token
from portal.outbox.actions import owe

DETACH = "methods.detach"
ASK_AGAIN = timedelta(minutes=1)
AGENT_CHARS_MAX = 300

_CUSTOMERS = cast(Table, ProcessorCustomer.__table__)
_METHODS = cast(Table, StoredMethod.__table__)
_DIALECTS = (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
_KEEP_CUSTOMER = {
    dialect: insert(_CUSTOMERS).on_conflict_do_nothing(
        index_elements=["client_id", "bank_account_id"]
    )
    for dialect, insert in _DIALECTS
}
_STORE = {
    dialect: insert(_METHODS)
    .on_conflict_do_nothing(index_elements=["bank_account_id", "processor_method_id"])
    .returning(_METHODS.c.id)
    for dialect, insert in _DIALECTS
}

_LOCKED = (
    select(StoredMethod)
    .where(StoredMethod.id == bindparam("method"))
    .with_for_update(of=StoredMethod)
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class Consented:
    """Whose method it is, what was agreed to, by whom, and where they are told.

    `label` is the method as the review page showed it ("Visa •••• 4242"), `text` the words of the
    store box as shown. `cause` is the payment, as "payment:<public id>".
    """

    client_id: int
    bank_account_id: int
    cause: str
    label: str
    text: str
    ip_address: str
    user_agent: str
    name: str
    address: str
    language: str


def customer_of(client_id: int, account: BankAccount) -> str:
    """The processor's customer for a client on the account that receives the money; made once.

    Two short transactions with the processor between them, so never called inside one. Two at once
    end with the same customer. Raises the gateway's errors.
    """
    known, client = _known_customer(client_id, account.id)
    if known is not None:
        return known
    at, key = ProcessorAccount(account.processor_account), f"{client}:{account.public_id}"
    try:
        made = gateway().ensure_customer(at, key)
    except Unavailable:
        # While another request works on the same key, Stripe turns ours away.
        known, _client = _known_customer(client_id, account.id)
        if known is None:
            raise
        return known
    values = {
        "client_id": client_id,
        "bank_account_id": account.id,
        "customer_id": made,
        "made_at": clock.now(),
    }
    with db.transaction() as session:
        db.insert_row(session, _KEEP_CUSTOMER, values)
        return _customer(session, client_id, account.id) or made


def _known_customer(client_id: int, bank_account_id: int) -> tuple[str | None, str]:
    """The customer, if there is one already, and the client's public id."""
    with db.read() as session:
        client = session.get_one(Contact, client_id)
        return _customer(session, client_id, bank_account_id), client.public_id


def _customer(session: Session, client_id: int, bank_account_id: int) -> str | None:
    return session.scalar(
        select(ProcessorCustomer.customer_id).where(
            ProcessorCustomer.client_id == client_id,
            ProcessorCustomer.bank_account_id == bank_account_id,
        )
    )


def store(session: Session, stored: GatewayMethod, consented: Consented) -> StoredMethod:
    """Note that the processor keeps a method, with the consent, and owe the email about it.

    However often the payment is observed, one row and one email. A method that was deleted since
    stays deleted.
    """
    method_id = db.insert_row(session, _STORE, _row(stored, consented)).scalar_one_or_none()
    if method_id is None:
        return session.scalars(
            select(StoredMethod).where(
                StoredMethod.bank_account_id == consented.bank_account_id,
                StoredMethod.processor_method_id == stored.method_id,
            )
        ).one()
    method = queries.by_id(session, method_id)
    client = session.get_one(Contact, consented.client_id)
    audit.record(
        session,
        "payer",
        "method.stored",
        f"method:{method.public_id}",
        client=client.public_id,
        consent_sha256=hashlib.sha256(consented.text.encode()).hexdigest(),
    )
    _tell(session, "method-stored-client", method)
    return method


def _row(stored: GatewayMethod, consented: Consented) -> dict[str, object]:
    return {
        "public_id": public_id(),
        "delete_token": new_token(),
        "client_id": consented.client_id,
        "bank_account_id": consented.bank_account_id,
        "processor_method_id": stored.method_id,
        "kind": stored.preview.kind,
        "label": consented.label,
        "last4": stored.preview.last4,
        "expires_month": stored.expires_month,
        "expires_year": stored.expires_year,
        "cause": consented.cause,
        "name": consented.name,
        "address": consented.address,
        "language": consented.language,
        "consent_text": consented.text,
        "consent_ip": consented.ip_address,
        "consent_agent": consented.user_agent[:AGENT_CHARS_MAX],
        "stored_at": clock.now(),
    }


def delete(session: Session, method_id: int, *, by: str) -> bool:
    """End the consent at once and owe the rest: the processor forgets the method, an email says so.

    False where it was deleted already; of two at once, one deletes. `by` is an actor of the log.
    """
    method = session.scalars(_LOCKED, {"method": method_id}).one()
    if method.deleted_at is not None:
        return False
    method.deleted_at, method.deleted_by = clock.now(), by
    session.flush()
    audit.record(session, by, "method.deleted", f"method:{method.public_id}")
    jobs.enqueue(session, DETACH, unique_key=f"{DETACH}:{method.id}", method_id=method.id)
    _tell(session, "method-deleted-client", method)
    return True


def look(account: ProcessorAccount, processor_method_id: str) -> None:
    """Mark as deleted what the processor keeps no more: somebody detached it there.

    Called outside any transaction. Raises `Unavailable`.
    """
    at = BankAccount.processor_account.is_not_distinct_from(account.account_id)
    with db.read() as session:
        found = session.scalars(
            select(StoredMethod.id)
            .join(BankAccount, BankAccount.id == StoredMethod.bank_account_id)
            .where(StoredMethod.processor_method_id == processor_method_id, at)
            .where(StoredMethod.deleted_at.is_(None))
        ).all()
    if not found or _is_kept(account, processor_method_id):
        return
    with db.transaction() as session:
        for method_id in found:
            delete(session, method_id, by="processor")


def _is_kept(account: ProcessorAccount, processor_method_id: str) -> bool:
    try:
        return gateway().get_method(account, processor_method_id).customer_id != ""
    except NotFound:
        return False


def _tell(session: Session, kind: str, method: StoredMethod) -> None:
    owe(
        session,
        kind,
        audience="address",
        once=f"{kind}:{method.public_id}",
        method_id=method.id,
        name=method.name,
        address=method.address,
        language=method.language,
    )


@jobs.handler(DETACH)
def detach(method_id: int) -> None:
    """Have the processor forget a deleted method. While it cannot be reached the job comes back."""
    with db.read() as session:
        method = queries.by_id(session, method_id)
    if method.deleted_at is None or method.detached_at is not None:
        return
    account = ProcessorAccount(method.bank_account.processor_account)
    try:
        gateway().detach_method(account, method.processor_method_id)
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + ASK_AGAIN) from unavailable
    with db.transaction() as session:
        session.execute(
            update(StoredMethod)
            .where(StoredMethod.id == method_id, StoredMethod.detached_at.is_(None))
            .values(detached_at=clock.now())
        )
