"""Changing the firm's bank accounts, and asking the processor how they stand."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts import fields, mixing, preflight
from payments.accounts.models import BankAccount
from payments.accounts.preflight import DISCONNECTED
from payments.accounts.queries import PROCESSOR, answered, mode
from payments.gateway.current import gateway
from payments.gateway.errors import GatewayError
from payments.gateway.results import AccountCheck, ProcessorAccount
from payments.money.amounts import Money
from portal.core import audit, clock, db, ids, jobs
from portal.core.errors import Conflict, Invalid, Missing
from portal.core.words import folded
from portal.firm.models import Firm
from portal.notifications.actions import raise_alert, seen_to
from portal.notifications.alert_links import leads_to

# What the processor charges at least and at most:
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
LINK_MIN_CENTS_LEAST = 50
LINK_MAX_CENTS_MOST = 99_999_999

DESCRIBED = ("name", "public_label", "statement_suffix")

CHECK_CONNECTION = "accounts.check_connection"

leads_to(DISCONNECTED, _lazy("Open the bank account"), "bank_accounts.show")


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
    Raises `Invalid` with the field, also for a processor account of the other kind of money
    (FEATURES M3); `Conflict` where the name is taken.
    """
    account = BankAccount(
        public_id=ids.public_id(),
        name=fields.line("name", name),
        public_label=fields.line("public_label", public_label),
        kind=fields.kind_of(kind),
        currency=Money(0, currency).currency,
        processor_account=fields.processor_account_of(processor_account),
        statement_suffix=fields.suffix(statement_suffix),
        link_min_cents=100,
        link_max_cents=10_000_000,
        checked_at=None,
        checked_problems=[],
    )
    _one_at_a_time(session)
    _refuse_taken_name(session, account.name)
    _refuse_mixing(session, account)
    session.add(account)
    session.flush()
    jobs.enqueue(session, CHECK_CONNECTION, account_id=account.id)
    audit.record(session, by, "bank_account.added", f"bank_account:{account.public_id}", kind=kind)
    return account


def describe(
    session: Session,
    account: BankAccount,
    *,
    name: str,
    public_label: str,
    statement_suffix: str,
    by: str,
) -> None:
    """Change what staff and payers call a bank account, and how it stands on card statements.

    Its kind and its currency never change: they decided in which books its money stands. Raises
    `Invalid` with the field, `Conflict` where another account has the name.
    """
    before = {field: getattr(account, field) for field in DESCRIBED}
    after = {
        "name": fields.line("name", name),
        "public_label": fields.line("public_label", public_label),
        "statement_suffix": fields.suffix(statement_suffix),
    }
    if after == before:
        return
    _one_at_a_time(session)
    _refuse_taken_name(session, after["name"], but=account)
    for field, value in after.items():
        setattr(account, field, value)
    session.flush()
    subject = f"bank_account:{account.public_id}"
    audit.record(session, by, "bank_account.described", subject, before=before, after=after)


def _one_at_a_time(session: Session) -> None:
    """Of two tabs that add or rename an account, the second sees what the first has done."""
    session.execute(select(Firm.id).where(Firm.id == 1).with_for_update())


def _refuse_taken_name(session: Session, name: str, but: BankAccount | None = None) -> None:
    """Names that differ in capitals or accents alone are one name to whoever reads them."""
    held = session.execute(select(BankAccount.id, BankAccount.name))
    others = {folded(other) for holder, other in held if but is None or holder != but.id}
    if folded(name) in others:
        raise Conflict(_("There is a bank account with this name already."))


def _refuse_mixing(session: Session, account: BankAccount) -> None:
    if (problem := mixing.problem_of(session, account)) is not None:
        raise Invalid(problem, "processor_account")


def owe_check(session: Session, processor_account: str | None) -> None:
    """Have every bank account behind an account at the processor (None: the firm's own) checked."""
    behind = BankAccount.processor_account.is_not_distinct_from(processor_account)
    for account_id in session.scalars(select(BankAccount.id).where(behind)):
        jobs.enqueue(session, CHECK_CONNECTION, account_id=account_id)


def check_connection(account_id: int) -> AccountCheck:
    """Ask the processor whether an account can take money now, and keep the answer.

    The answer decides whether the account shows a payment link (FEATURES L3), unless the other
    kind of money turns out to be paid through the same Stripe account (FEATURES M3), or trust money
    would not be safe there and nobody has overridden that (`preflight`, FEATURES M4).

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
        if account.processor_account is None and _tells_news(session, found):
            _keep_own(session, found, account.currency, "processor")
        else:
            _keep(session, account_id, found)
    return found


def check_processor(currency: str, *, by: str) -> AccountCheck:
    """Ask the processor about the firm's own account, before there is a bank account to ask for.

    The log keeps the answer (`queries.last_processor_check`), and the bank accounts that it pays
    into get it too. The call is made outside any transaction. Raises `GatewayError` where there
    was no answer (the log says so, and what was known stays), and `NestedTransaction`.
    """
    db.refuse_inside_transaction()
    try:
        found = gateway().check_account(ProcessorAccount(None), currency)
    except GatewayError:
        with db.transaction() as session:
            audit.record(session, by, "processor.unanswered", PROCESSOR)
        raise
    with db.transaction() as session:
        _keep_own(session, found, currency, by)
    return found


def _tells_news(session: Session, found: AccountCheck) -> bool:
    """Whether the log does not have yet whose account the keys open, or in which mode."""
    last = answered(session)
    if last is None or last.detail.get("mode") != mode():
        return True
    return bool(found.account_id) and last.detail.get("account") != found.account_id


def _keep_own(session: Session, found: AccountCheck, currency: str, by: str) -> None:
    """Keep an answer about the firm's own account: for the log, and for what it pays into."""
    audit.record(
        session,
        by,
        "processor.checked",
        PROCESSOR,
        country=found.country,
        currency=found.currency or currency,
        problems=list(found.problems),
        account=found.account_id or mixing.own_account(session),
        mode=mode(),
    )
    own = mixing.paid_through(session, None), BankAccount.currency == currency
    for account_id in list(session.scalars(select(BankAccount.id).where(*own).order_by("id"))):
        _keep(session, account_id, found)


def _keep(session: Session, account_id: int, found: AccountCheck) -> None:
    account = session.get_one(BankAccount, account_id, with_for_update=True)
    was_connected, overridden = account.connected, account.override_of is not None
    account.checked_at = clock.now()
    mixed = mixing.problem_of(session, account)
    unsafe = preflight.keep(session, account, found)
    account.checked_problems = [*found.problems, *([] if mixed is None else [mixed]), *unsafe]
    session.flush()
    if account.connected != was_connected:
        _tell_change(session, account, ended=overridden and account.override_of is None)


def _tell_change(session: Session, account: BankAccount, *, ended: bool) -> None:
    """Log that an account takes payments now, or no longer, which is an alert until it does again.

    `ended`: its override has just ended (FEATURES M4).
    """
    subject = f"bank_account:{account.public_id}"
    action = "bank_account.connected" if account.connected else "bank_account.disconnected"
    audit.record(session, "processor", action, subject, problems=account.checked_problems)
    if account.connected:
        seen_to(session, DISCONNECTED, subject, by="processor")
        return
    said = {"account": account.name, "problems": " ".join(account.checked_problems)}
    sentence = _("%(account)s can take no payments: %(problems)s", **said)
    if ended:
        sentence = _(
            "%(account)s can take no payments. Stripe has answered otherwise than when its "
            "preflight was overridden, so the override has ended: %(problems)s",
            **said,
        )
    raise_alert(session, DISCONNECTED, subject, sentence)


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
