"""Our books of payments at the sandbox, held against the processor's own."""

from typing import Any

from sqlalchemy import select

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.ledger.models import AccountKind
from payments.ledger.queries import totals
from payments.transactions.checks import all_problems
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import db
from tests.factories.billing import Client
from tests.factories.processor import objects
from tests.payments.receipts import trust_desk

STRANGERS_CENTS = 50_000
"""What each stranger has in trust, and keeps."""


def account_of(kind: BankAccountKind) -> BankAccount:
    """The firm's first bank account of a kind."""
    with db.read() as session:
        of_kind = select(BankAccount).where(BankAccount.kind == kind).order_by(BankAccount.id)
        return session.scalars(of_kind).first() or BankAccount()


def differences(*strangers: Client) -> list[str]:
    """What is wrong with the books: what check-books says, where they differ from the processor's,
    and whether anybody's trust money was touched that was not theirs."""
    with db.read() as session:
        found = all_problems(session)
        for kind in BankAccountKind:
            account = account_of(kind)
            booked = totals(session, account.id)
            ours = sum(
                booked[one].available_cents
                for one in (AccountKind.PROCESSOR, AccountKind.IN_TRANSIT)
                if one in booked
            )
            theirs = _net_cents(account)
            if ours != theirs:
                found.append(f"{kind}: {ours} cents by our books, {theirs} by the processor's")
    return found + [told for stranger in strangers for told in _touched(stranger)]


def _net_cents(account: BankAccount) -> int:
    """What the processor holds for an account, of payments that are in our books, in cents.

    What it bills to the platform for trust payments is billed apart, and never deposited (M4).
    """
    with db.read() as session:
        coming = session.scalars(
            select(Payment.intent_id).where(Payment.status == Status.AUTHORIZED)
        ).all()
    coming_objects = {
        one["id"]
        for kind in ("charge", "dispute")
        for one in objects(kind)
        if one["payment_intent"] in coming
    }
    entries = objects("balance_transaction", account.processor_account or "")
    return sum(
        one["net"] if one["source"] not in coming_objects else _kept_of_a_dispute(one)
        for one in entries
        if one["type"] != "stripe_fee"
    )


def _kept_of_a_dispute(entry: dict[str, Any]) -> int:
    """Of a payment that is still to come, only what its dispute costs is in our books."""
    return -entry["fee"] if entry["type"] == "adjustment" else 0


def _touched(stranger: Client) -> list[str]:
    trust = account_of(BankAccountKind.TRUST)
    left = trust_desk.stands(AccountKind.CLIENT_TRUST, trust, client_id=stranger.id)
    return [] if left == STRANGERS_CENTS else [f"a stranger has {left} cents in trust"]
