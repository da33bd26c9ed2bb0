"""A bank account that sent a payment back: its owner's authorization has ended (FEATURES M7, P8).

    void(session, payment, code)         where the return is recorded, in its transaction

It can be charged no more, whoever stored it is told, and what depends on it follows by a job.
Before the money was here, want of funds and the processor's own limits end nothing: Nacha lets such
a withdrawal be tried again (FEATURES P9). What comes back later comes back as a dispute, and its
mandate is void (https://docs.stripe.com/payments/ach-direct-debit#disputed-payments).
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from payments.gateway.results import MethodKind
from payments.methods import emails as _emails  # noqa: F401  they register themselves
from payments.methods import log_words as _log_words  # noqa: F401  they register themselves
from payments.methods.models import StoredMethod
from portal.core import audit, clock, jobs
from portal.outbox.actions import owe

CODE_CHARS_MAX = 60
_TRIED_AGAIN = frozenset(
    {"insufficient_funds", "R01", "R09", "charge_exceeds_source_limit", "processing_error"}
)
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
    The payment's row is locked by the caller. Told twice, it is told once.
    """
    if code in _TRIED_AGAIN and payment.completed_at is None:
        return
    of_payment = or_(
        StoredMethod.id == payment.stored_method_id,
        (StoredMethod.client_id == payment.client_id)
        & (StoredMethod.cause == f"payment:{payment.public_id}"),
    )
    found = session.scalars(
        select(StoredMethod)
        .where(of_payment, StoredMethod.kind == MethodKind.BANK, StoredMethod.void_at.is_(None))
        .order_by(StoredMethod.id)
        .with_for_update(of=StoredMethod)
        .execution_options(populate_existing=True)
    ).all()
    for method in found:
        _end(session, method, code)


def _end(session: Session, method: StoredMethod, code: str) -> None:
    method.void_at, method.void_code = clock.now(), code[:CODE_CHARS_MAX]
    session.flush()
    audit.record(session, "processor", "method.void", f"method:{method.public_id}", code=code)
    if method.deleted_at is not None:
        return  # it was charged no more already, and its owner knows
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
