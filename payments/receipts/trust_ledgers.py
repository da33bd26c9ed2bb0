"""Which of a client's trust ledgers may pay a bill, with what, and what a transfer would leave.

A matter's trust money pays only that matter's share of the bill; what is held at client level pays
any share of it, in the order of the bill's lines (FEATURES S9). What the page shows and what is
booked come from here.

What is available is what stands in the ledger, less what a refund under way holds, and less what
came by eCheck and is on hold (FEATURES M8). It is also never more than the trust account holds
that has been collected, at its bank and at the processor: money that is only on its way pays
nothing. Payouts from the processor to the bank are not booked as they happen, so the books cannot
tell which of it has reached the bank itself. A transfer of more than they hold there is therefore
shown as such before it is confirmed (`beyond_bank_cents`) and kept in the activity log
(docs/decisions/0001).
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.billing.models import Bill
from payments.billing.queries import OpenShare, open_shares
from payments.ledger import queries as books
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts import holds
from payments.receipts.holds import Portion
from portal.clients.access import Closed
from portal.clients.models import Matter
from portal.core import clock


@dataclass(frozen=True, slots=True)
class TrustLedger:
    """Money held in one trust account for a client, or for one matter of theirs. All in cents.

    `available_cents` may be used now, `on_hold_cents` is in the ledger and may not (M8);
    `payable_cents` is what it may pay of one bill; `at_bank_cents` is what the whole trust account
    holds at the bank by the books.
    """

    account: BankAccount
    matter_id: int | None
    matter_public_id: str
    matter: str
    available_cents: int
    payable_cents: int
    at_bank_cents: int
    on_hold_cents: int

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.account.public_id}:{self.matter_public_id}"

    @property
    def most_cents(self) -> int:
        """The most that it can pay of the bill."""
        return min(self.available_cents, self.payable_cents)


@dataclass(frozen=True, slots=True)
class Choice:
    """The ledgers that may pay a bill, those with most for it first, and what is held elsewhere.

    `elsewhere_cents` is held for matters of which nothing is open on this bill; `on_hold` is what
    could pay it later, soonest first (M8).
    """

    ledgers: Sequence[TrustLedger]
    elsewhere_cents: int
    on_hold: Sequence[Portion]

    def named(self, key: str) -> TrustLedger | None:
        """The ledger that a form names; none where it is not one of these."""
        return next((one for one in self.ledgers if one.key == key), None)


@dataclass(frozen=True, slots=True)
class TrustPlan:
    """What a transfer would do, both sides, in cents."""

    bill_id: int
    owed_before_cents: int
    ledger: TrustLedger
    amount_cents: int

    @property
    def owed_after_cents(self) -> int:
        """What would still be owed on the bill."""
        return self.owed_before_cents - self.amount_cents

    @property
    def left_cents(self) -> int:
        """What would be left in the trust ledger."""
        return self.ledger.available_cents - self.amount_cents

    @property
    def beyond_bank_cents(self) -> int:
        """How much of it the books do not know to have reached the bank yet."""
        return max(0, self.amount_cents - max(0, self.ledger.at_bank_cents))

    @property
    def fingerprint(self) -> str:
        """A short mark of all that is shown: the form sends it back, another has another."""
        one = self.ledger
        told = (self.bill_id, self.owed_before_cents, one.key, one.available_cents)
        told += (one.payable_cents, self.amount_cents, self.beyond_bank_cents)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def choice(session: Session, bill: Bill, closed: Closed) -> Choice:
    """The trust ledgers of the bill's client that may pay it. Whoever pays has locked the bill.

    Nothing where the bill is not open, or where payments under way are reserved for all of it.
    Ledgers of matters that are closed to whoever looks are left out.
    """
    shares = open_shares(
        session,
        client_id=bill.client_id,
        currency=bill.currency,
        closed=closed,
        bill_ids=[bill.id],
    )
    found: list[TrustLedger] = []
    waiting: list[Portion] = []
    elsewhere = 0
    held = _held(session, bill, closed)
    on_hold = holds.by_ledger(session, [bill.client_id], clock.now())
    of_accounts = _collected(session, {account.id: account for account, *_one in held}.values())
    for account, matter_id, public_id, label, cents in held:
        payable = _payable(shares, matter_id)
        if not payable:
            elsewhere += cents
            continue
        portions = on_hold.get((account.id, bill.client_id, matter_id), ())
        waiting += portions
        kept = sum(portion.cents for portion in portions)
        bank, collected = of_accounts[account.id]
        if (available := min(cents - kept, collected)) > 0:
            found.append(
                TrustLedger(account, matter_id, public_id, label, available, payable, bank, kept)
            )
    found.sort(key=lambda one: (-one.most_cents, one.key))
    waiting.sort(key=lambda portion: (portion.until, portion.cause))
    return Choice(found, elsewhere, waiting)


def _payable(shares: Sequence[OpenShare], matter_id: int | None) -> int:
    left = sum(share.left_cents for share in shares if matter_id in (None, share.matter_id))
    return min(left, shares[0].bill_open_cents) if shares else 0


def _held(
    session: Session, bill: Bill, closed: Closed
) -> list[tuple[BankAccount, int | None, str, str, int]]:
    cents = LedgerBalance.posted_cents - LedgerBalance.held_cents
    rows = session.execute(
        select(BankAccount, Matter.id, Matter.public_id, Matter.number, Matter.name, cents)
        .join(LedgerAccount, LedgerAccount.bank_account_id == BankAccount.id)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .outerjoin(Matter, Matter.id == LedgerAccount.matter_id)
        .where(
            LedgerAccount.client_id == bill.client_id,
            LedgerAccount.kind == AccountKind.CLIENT_TRUST,
            LedgerAccount.currency == bill.currency,
            cents > 0,
            *closed.left_out(LedgerAccount.matter_id),
        )
        .order_by(LedgerAccount.id)
    )
    return [
        (account, matter_id, public_id or "", f"{number} {name}" if matter_id else "", int(left))
        for account, matter_id, public_id, number, name, left in rows
    ]


def _collected(session: Session, accounts: Collection[BankAccount]) -> dict[int, tuple[int, int]]:
    """What each trust account holds at the bank, and with that what the processor holds for it, by
    id. One query, however many ledgers of these accounts there are."""

    def key(kind: AccountKind, account: BankAccount) -> AccountKey:
        return AccountKey(kind, account.id, account.currency)

    kinds = (AccountKind.BANK, AccountKind.PROCESSOR)
    kept = books.balances(session, [key(kind, one) for one in accounts for kind in kinds])
    found: dict[int, tuple[int, int]] = {}
    for one in accounts:
        bank, processor = (kept[key(kind, one)] for kind in kinds)
        found[one.id] = bank.posted_cents, bank.available_cents + processor.available_cents
    return found


def held_in_trust_cents(session: Session, client_id: int, currency: str) -> int:
    """All that is held in trust for a client, in every trust account and at every level."""
    rows = session.scalars(
        select(LedgerBalance.posted_cents)
        .join(LedgerAccount, LedgerAccount.id == LedgerBalance.account_id)
        .where(
            LedgerAccount.client_id == client_id,
            LedgerAccount.kind == AccountKind.CLIENT_TRUST,
            LedgerAccount.currency == currency,
        )
    )
    return sum(int(cents) for cents in rows)
