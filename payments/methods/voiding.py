"""A bank account that sent a payment back: its owner's authorization has ended (FEATURES M7, P8).

    void(session, payment, code)         where the return is recorded, in its transaction

It can be charged no more, whoever stored it is told, and what depends on it follows by a job.
Before the money was here, want of funds and the processor's own limits end nothing: Nacha lets such
a withdrawal be tried again (FEATURES P9). What comes back later comes back as a dispute, and its
mandate is void (https://docs.stripe.com/payments/ach-direct-debit#disputed-payments).
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from payments.gateway.results import MethodKind
from payments.methods import emails as _emails  # noqa: F401  they register themselves
from payments.methods import log_words as _log_words  # noqa: F401  they register themselves
from payments.methods.models import StoredMethod
from payments.methods.returns import FUNDS
from portal.core import audit, clock, db, jobs
from portal.outbox.actions import owe

VOID = "methods.void"
CODE_CHARS_MAX = 60
_STANDS = (StoredMethod.kind == MethodKind.BANK, StoredMethod.void_at.is_(None))
_TRIED_AGAIN = FUNDS | {"charge_exceeds_source_limit", "processing_error"}
_followed: list[str] = []


class Returned(Protocol):
    """What is to be known of the payment that came back."""

    @property
    def public_id(self) -> str: ...
    @property
    def client_id(self) -> int | None: ...
    @property
    def stored_method_id(self) -> int | None: ...
    @property
    def completed_at(self) -> datetime | None: ...


def follow(job_kind: str) -> None:
    """Owe a job of this kind, with `method_id`, whenever a stored bank account becomes void."""
    if job_kind not in _followed:
        _followed.append(job_kind)


def void(session: Session, payment: Returned, code: str) -> None:
    """End what the client authorized, for the bank account that this payment was taken from: the
    stored one that was charged, or the one that was stored with it.

    `code` is the bank's or the processor's ("R10", "debit_not_authorized", "" where none was told).
    Told twice, it is told once. One that is being charged at this very moment is void a moment
    later, by a job: whoever charges holds the method before the bills, and here they are held.
    """
    if code in _TRIED_AGAIN and payment.completed_at is None:
        return
    of_payment = or_(
        StoredMethod.id == payment.stored_method_id,
        and_(
            StoredMethod.client_id == payment.client_id,
            StoredMethod.cause == f"payment:{payment.public_id}",
        ),
    )
    found = session.scalars(
        select(StoredMethod.id).where(of_payment, *_STANDS).order_by(StoredMethod.id)
    )
    for method_id in found.all():
        if not _end(session, method_id, code, waits=False):
            jobs.enqueue(session, VOID, method_id=method_id, code=code)


@jobs.handler(VOID)
def void_later(method_id: int, code: str) -> None:
    """The same for a method that was being charged when its payment came back."""
    with db.transaction() as session:
        _end(session, method_id, code, waits=True)


def _end(session: Session, method_id: int, code: str, *, waits: bool) -> bool:
    """False where somebody else holds the method, and this does not wait for them."""
    method = session.scalar(
        select(StoredMethod)
        .where(StoredMethod.id == method_id, *_STANDS)
        .with_for_update(of=StoredMethod, skip_locked=not waits)
        .execution_options(populate_existing=True)
    )
    if method is None:
        return waits
    method.void_at, method.void_code = clock.now(), code[:CODE_CHARS_MAX]
    session.flush()
    audit.record(session, "processor", "method.void", f"method:{method.public_id}", code=code)
    if method.deleted_at is None:  # else it was charged no more already, and its owner knows
        _tell(session, method)
    return True


def _tell(session: Session, method: StoredMethod) -> None:
    owe(
        session,
        "method-void-client",
        audience="address",
        once=f"method-void-client:{method.public_id}",
        method_id=method.id,
        name=method.name,
        address=method.address,
        language=method.language,
    )
    for kind in _followed:
        jobs.enqueue(session, kind, method_id=method.id)
