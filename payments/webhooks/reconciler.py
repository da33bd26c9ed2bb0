"""The reconciler: the same books without a single webhook (FEATURES M11)."""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from sqlalchemy import exists, or_, select

from payments.accounts.models import BankAccount
from payments.gateway.current import gateway
from payments.gateway.errors import GatewayError
from payments.gateway.results import ProcessorAccount
from payments.methods import resolving as setups
from payments.methods.models import MethodRequest
from payments.transactions.attempts import owe_resolving
from payments.transactions.models import Payment
from payments.transactions.open_ends import open_ends, owe_unsent
from payments.transactions.resolving import look
from payments.transactions.states import OPEN, UNANSWERED, Status
from payments.webhooks.actions import take_in
from payments.webhooks.models import ReadUpTo
from portal.core import clock, db, jobs

RECONCILE = "webhooks.reconcile"
EVERY = timedelta(hours=1)
OVERLAP = timedelta(hours=1)
FIRST_LOOK_BACK = timedelta(days=7)
READ_AGAIN_AFTER = timedelta(hours=6)
EVENTS_PER_TRANSACTION = 200

log = structlog.get_logger("reconciler")


@jobs.recurring(RECONCILE, every=EVERY)
def reconcile() -> None:
    """Read every account's events since the last time, and every payment that is open too long."""
    failed: list[Exception] = []
    for account in _accounts():
        try:
            read_events(account)
        except GatewayError as trouble:
            # One account out of reach must not hide the others; it is read from where it stood.
            log.warning("events could not be read", account=account or "own", reason=str(trouble))
        except Exception as broken:
            failed.append(broken)
    read_open_payments(failed)
    read_money_coming_back(failed)
    read_open_setups(failed)
    if failed:
        # Whatever one account or payment broke, all others have been read first.
        raise ExceptionGroup("some of it could not be reconciled", failed)


def _accounts() -> list[str]:
    with db.read() as session:
        paid = exists().where(Payment.bank_account_id == BankAccount.id)
        keeps = exists().where(MethodRequest.bank_account_id == BankAccount.id)
        rows = session.execute(select(BankAccount, or_(paid, keeps).label("used"))).all()
        # One without a payment may have had its first since the backup that these books are from.
        asked = [account for account, used in rows if used or account.connected]
        return sorted({account.processor_account or "" for account in asked})


def read_events(account: str) -> int:
    """Take in what one account (empty: the firm's own) has to tell; answers how much was new."""
    began = clock.now()
    with db.read() as session:
        cursor = session.get(ReadUpTo, account)
    since = cursor.at - OVERLAP if cursor is not None else began - FIRST_LOOK_BACK
    events = list(gateway().list_events(ProcessorAccount(account or None), since))
    new = 0
    for first in range(0, len(events), EVENTS_PER_TRANSACTION):
        with db.transaction() as session:
            for event in events[first : first + EVENTS_PER_TRANSACTION]:
                new += take_in(session, event, "reconciler") is not None
    with db.transaction() as session:
        session.merge(ReadUpTo(account=account, at=began))
    return new


def read_open_payments(failed: list[Exception]) -> int:
    """Read again every payment that has been open for over six hours; answers how many.

    What breaks on one of them is added to `failed`, and the next is read.
    """
    before = clock.now() - READ_AGAIN_AFTER
    with db.read() as session:
        open_ids = list(
            session.scalars(
                select(Payment.id).where(Payment.status.in_(OPEN), Payment.made_at < before)
            )
        )
    for payment_id, status in _read_again(open_ids, failed):
        if status in UNANSWERED:
            # Reading alone ends no abandoned attempt, and its resolving job may have been given up.
            owe_resolving(payment_id)
    return len(open_ids)


def read_money_coming_back(failed: list[Exception]) -> int:
    """Read again every payment with a refund under way or an open dispute; answers how many (M6,
    M7). Refunds that were asked for and never made are owed again."""
    owe_unsent(clock.now() - OVERLAP)
    with db.read() as session:
        ids = open_ends(session)
    return len(list(_read_again(ids, failed)))


def _read_again(ids: list[int], failed: list[Exception]) -> Iterator[tuple[int, Status]]:
    for payment_id in ids:
        try:
            yield payment_id, look(payment_id, "reconciler")
        except GatewayError as trouble:
            log.warning("a payment could not be read", payment=payment_id, reason=str(trouble))
        except Exception as broken:
            failed.append(broken)


def read_open_setups(failed: list[Exception]) -> int:
    """Read again every method that is being stored on request; answers how many (FEATURES P8)."""
    under_way = setups.under_way()
    for request_id in under_way:
        try:
            setups.look(request_id)
        except GatewayError as trouble:
            log.warning("a setup could not be read", request=request_id, reason=str(trouble))
        except Exception as broken:
            failed.append(broken)
        else:
            # Reading alone ends no abandoned try, and its resolving job may have been given up.
            setups.owe_resolving(request_id)
    return len(under_way)
