"""Reading the firm's bank accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from portal.core import config
from portal.core.audit import AuditEntry
from portal.core.errors import Missing

IN_ORDER = (BankAccount.kind, BankAccount.name)
"""Operating accounts first, then trust; by name."""

PROCESSOR = "processor"
"""What the log calls the firm's own account at the processor."""


@dataclass(frozen=True, slots=True)
class ProcessorChecked:
    """What the processor last said of the firm's own account, and when (business time).

    `problems` are sentences for staff; none means that it can take money in `currency`.
    """

    at: datetime
    currency: str
    problems: tuple[str, ...]


def bank_accounts(session: Session) -> list[BankAccount]:
    """Every bank account of the firm, in order."""
    return list(session.scalars(select(BankAccount).order_by(*IN_ORDER)))


def bank_account(session: Session, public_id: str) -> BankAccount:
    """One bank account. Raises `Missing`."""
    account = session.scalar(select(BankAccount).where(BankAccount.public_id == public_id))
    if account is None:
        raise Missing("There is no such bank account.")
    return account


def locked(session: Session, public_id: str) -> BankAccount:
    """The same, its row locked against another change of it. Raises `Missing`."""
    account = session.scalar(
        select(BankAccount)
        .where(BankAccount.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if account is None:
        raise Missing("There is no such bank account.")
    return account


def mode() -> str:
    """Which Stripe is asked: the built-in sandbox, Stripe's test mode, or the live one."""
    settings = config.current()
    return "sandbox" if settings.sandbox else "live" if settings.live else "test"


def answered(session: Session) -> AuditEntry | None:
    """The line of the log that has the last answer about the firm's own account, in any mode.

    Its detail names the `mode` it was asked in and the `account`, the id that the processor told.
    """
    return session.scalar(
        select(AuditEntry)
        .where(AuditEntry.subject == PROCESSOR, AuditEntry.action == "processor.checked")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def last_processor_check(session: Session) -> ProcessorChecked | None:
    """The newest answer about the firm's own account; None while the Stripe of this `mode` was
    never asked: what the sandbox or the test mode said tells nothing of live keys.
    """
    told = answered(session)
    if told is None or told.detail.get("mode") != mode():
        return None
    own = session.scalar(
        select(BankAccount)
        .where(BankAccount.processor_account.is_(None), BankAccount.checked_at.is_not(None))
        .order_by(BankAccount.checked_at.desc())
        .limit(1)
    )
    detail = told.detail
    answers = [ProcessorChecked(told.at, detail["currency"], tuple(detail["problems"]))]
    if own is not None and own.checked_at is not None:
        problems = tuple(own.checked_problems)
        answers.append(ProcessorChecked(own.checked_at, own.currency, problems))
    return max(answers, key=lambda one: one.at)


def unanswered_at(session: Session) -> datetime | None:
    """When the processor was last asked about the firm's own account, if it gave no answer then."""
    last = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.subject == PROCESSOR)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return last.at if last is not None and last.action == "processor.unanswered" else None
