"""Changing the firm's bank accounts, and asking the processor how they stand."""

import re

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.gateway.current import gateway
from payments.gateway.results import AccountCheck, ProcessorAccount
from payments.money.amounts import Money
from portal.core import audit, clock, db, ids, jobs
from portal.core.errors import Conflict, Invalid, Missing
from portal.notifications.actions import raise_alert

# What the processor charges at least and at most:
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
LINK_MIN_CENTS_LEAST = 50
LINK_MAX_CENTS_MOST = 99_999_999

NAME_CHARS_MAX = 80
STATEMENT_SUFFIX = re.compile(r"[A-Za-z0-9 .,&/-]{0,22}")
PROCESSOR_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{1,59}")

CHECK_CONNECTION = "accounts.check_connection"


def add_account(
    session: Session,
    *,
    name: str,
    public_label: str,
    kind: str,
    currency: str,
    processor_account: str | None = None,
    statement_suffix: str = "",
    by: str = "system",
) -> BankAccount:
    """Keep one more bank account of the firm; its connection is checked by a job at once.

    `processor_account` is None for the firm's own account at the processor. The statement suffix
    stands on the payer's card statement, so it names no client and no matter (FEATURES M13).
    Raises `Invalid` with the field, `Conflict` where the name is taken.
    """
    account = BankAccount(
        public_id=ids.public_id(),
        name=_line("name", name),
        public_label=_line("public_label", public_label),
        kind=_kind(kind),
        currency=Money(0, currency).currency,
        processor_account=_processor_account(processor_account),
        statement_suffix=_suffix(statement_suffix),
        link_min_cents=100,
        link_max_cents=10_000_000,
        checked_at=None,
        checked_problems=[],
    )
    if session.scalar(select(BankAccount.id).where(BankAccount.name == account.name)):
        raise Conflict(_("There is a bank account with this name already."))
    session.add(account)
    session.flush()
    jobs.enqueue(session, CHECK_CONNECTION, account_id=account.id)
    audit.record(session, by, "bank_account.added", f"bank_account:{account.public_id}", kind=kind)
    return account


def _kind(kind: str) -> AccountKind:
    if kind not in list(AccountKind):
        raise Invalid(_("Choose trust or operating."), "kind")
    return AccountKind(kind)


def _line(field: str, typed: str) -> str:
    text = re.sub(r"[\s\x00-\x1f\x7f]+", " ", typed).strip()
    if not text or len(text) > NAME_CHARS_MAX:
        raise Invalid(_("Use 1 to %(most)s characters.", most=NAME_CHARS_MAX), field)
    return text


def _processor_account(typed: str | None) -> str | None:
    if typed is not None and not PROCESSOR_ACCOUNT.fullmatch(typed):
        raise Invalid(_("A Stripe account begins with acct_."), "processor_account")
    return typed


def _suffix(typed: str) -> str:
    if not STATEMENT_SUFFIX.fullmatch(typed):
        raise Invalid(_("Use at most 22 plain letters and digits."), "statement_suffix")
    return typed


def check_connection(account_id: int) -> AccountCheck:
    """Ask the processor whether an account can take money now, and keep the answer.

    The answer decides whether the account shows a payment link (FEATURES L3). The preflight of a
    trust account (fee payer, payout account, negative debits: FEATURES M4) is to be asked here
    too, and to add its own problems; until then the connection alone decides.

    The call is made outside any transaction. Raises `Missing`, `Unavailable` (nothing is changed:
    what was known yesterday stays), and `NestedTransaction` inside a transaction.
    """
    db.refuse_inside_transaction()
    with db.read() as session:
        account = session.get(BankAccount, account_id)
    if account is None:
        raise Missing("There is no such bank account.")
    found = gateway().check_account(ProcessorAccount(account.processor_account), account.currency)
    with db.transaction() as session:
        _keep(session, account_id, found)
    return found


def _keep(session: Session, account_id: int, found: AccountCheck) -> None:
    account = session.get_one(BankAccount, account_id, with_for_update=True)
    was_connected = account.connected
    account.checked_at = clock.now()
    account.checked_problems = list(found.problems)
    session.flush()
    if account.connected != was_connected:
        audit.record(
            session,
            "processor",
            "bank_account.connected" if account.connected else "bank_account.disconnected",
            f"bank_account:{account.public_id}",
            problems=list(found.problems),
        )
    if was_connected and not account.connected:
        raise_alert(
            session,
            "bank_account.disconnected",
            f"bank_account:{account.public_id}",
            _(
                "%(account)s can take no payments: %(problems)s",
                account=account.name,
                problems=" ".join(found.problems),
            ),
        )


def set_link_limits(
    session: Session, account: BankAccount, *, min_cents: int, max_cents: int, by: str
) -> None:
    """Set the least and the most, in cents, that payers of the account link pay (FEATURES L4).

    Raises `Invalid` beside `link_min` or `link_max`.
    """
    least = Money(LINK_MIN_CENTS_LEAST, account.currency).plain()
    most = Money(LINK_MAX_CENTS_MOST, account.currency).plain()
    if min_cents < LINK_MIN_CENTS_LEAST:
        raise Invalid(_("The least can be no lower than %(amount)s.", amount=least), "link_min")
    if max_cents > LINK_MAX_CENTS_MOST:
        raise Invalid(_("The most can be no higher than %(amount)s.", amount=most), "link_max")
    if max_cents < min_cents:
        raise Invalid(_("The most must not be lower than the least."), "link_max")
    before = (account.link_min_cents, account.link_max_cents)
    account.link_min_cents, account.link_max_cents = min_cents, max_cents
    session.flush()
    audit.record(
        session,
        by,
        "bank_account.link_limits_set",
        f"bank_account:{account.public_id}",
        before=before,
        after=(min_cents, max_cents),
    )
