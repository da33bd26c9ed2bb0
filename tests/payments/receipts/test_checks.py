"""check-books says so when bills, receipts, allocations and the ledger do not fit each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete, update

from payments.billing.models import Bill, BillShare
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry, transfer
from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts.models import Allocation, Receipt
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.firm.actions import set_up_firm
from tests.payments.transactions.conftest import Till, add_accounts
from tests.payments.transactions.practice import Practice, open_practice, problems
from tests.support.cast import FIRM


@dataclass
class Books:
    """A bill over two matters, paid in part by a linked payment; a cheque in trust."""

    practice: Practice
    bill: Bill
    receipt: Receipt
    cheque: Receipt


@pytest.fixture
def books(database: Database, settings: Settings) -> Books:
    """True books, to be spoiled."""
    config.use(settings)
    with db.transaction() as session:
        set_up_firm(session, FIRM)
    practice = open_practice(Till(add_accounts()))
    bill = practice.bill(practice.cleo, (0, 6_000), (1, 4_000))
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=7_000)
    receipt = practice.link(payment_id, practice.target(practice.cleo))
    cheque = practice.cheque(practice.cleo, 9_000, kind="trust", apply=False)
    assert problems() == []
    return Books(practice, bill, receipt, cheque)


def spoil(*statements: Any) -> None:
    with db.transaction() as session:
        for statement in statements:
            session.execute(statement)


def of_kind(kind: AccountKind) -> Any:
    return LedgerBalance.account_id.in_(
        LedgerAccount.__table__.select()
        .with_only_columns(LedgerAccount.id)
        .where(LedgerAccount.kind == kind)
    )


def _applied_of_bill(books: Books) -> None:
    spoil(update(Bill).where(Bill.id == books.bill.id).values(applied_cents=6_999))


def _shares_swapped(books: Books) -> None:
    first, second = books.practice.cleo.matters
    spoil(
        update(BillShare).where(BillShare.matter_id == first).values(applied_cents=3_000),
        update(BillShare).where(BillShare.matter_id == second).values(applied_cents=4_000),
    )


def _total_of_bill(books: Books) -> None:
    spoil(
        update(Bill)
        .where(Bill.id == books.bill.id)
        .values(subtotal_cents=10_001, total_cents=10_001)
    )


def _receipt_applied(books: Books) -> None:
    spoil(update(Receipt).where(Receipt.id == books.receipt.id).values(applied_cents=6_000))


def _receipt_amount(books: Books) -> None:
    spoil(update(Receipt).where(Receipt.id == books.cheque.id).values(amount_cents=9_001))


def _strangers_receipt(books: Books) -> None:
    matter = books.practice.sol.matters[0]
    spoil(update(Receipt).where(Receipt.id == books.cheque.id).values(matter_id=matter))


def _allocation_of_trust(books: Books) -> None:
    spoil(update(Allocation).values(receipt_id=books.cheque.id))


def _allocation_reversed(_books: Books) -> None:
    spoil(update(Allocation).where(Allocation.amount_cents == 1_000).values(reversed_cents=1))


def _balance_gone(_books: Books) -> None:
    spoil(delete(LedgerBalance).where(of_kind(AccountKind.CLIENT_TRUST)))


def _floors_off(_books: Books) -> None:
    spoil(update(LedgerBalance).values(floored=False))


def _link_gone(_books: Books) -> None:
    spoil(update(Payment).values(receipt_id=None))


def _another_payments_receipt(books: Books) -> None:
    spoil(update(Receipt).where(Receipt.id == books.receipt.id).values(cause="payment:nobody"))


def _book(books: Books, debit: AccountKey, credit: AccountKey) -> None:
    with db.transaction() as session:
        transfer(session, Entry("odd", "applied", debit, credit, 100, "test", "test"))


def _key(books: Books, kind: AccountKind, account: str, **whose: int) -> AccountKey:
    return AccountKey(kind, books.practice.till.accounts[account].id, "USD", **whose)


def _receivable_of_nothing(books: Books) -> None:
    income = _key(books, AccountKind.INCOME, "operating")
    _book(books, _key(books, AccountKind.RECEIVABLE, "operating", bill_id=999), income)


def _credit_in_trust(books: Books) -> None:
    cleo = books.practice.cleo.id
    trust = _key(books, AccountKind.CLIENT_TRUST, "trust", client_id=cleo)
    _book(books, trust, _key(books, AccountKind.CLIENT_CREDIT, "trust", client_id=cleo))


SPOILED: dict[str, tuple[Callable[[Books], None], str]] = {
    "bill": (_applied_of_bill, "cents are paid, its allocations are"),
    "shares": (_shares_swapped, "cents of a matter's share are paid, its allocations are"),
    "total": (_total_of_bill, "its matters' shares are not the bill"),
    "receipt": (_receipt_applied, "cents are applied, its allocations are"),
    "amount": (_receipt_amount, "cents of theirs as client_trust, their receipts"),
    "stranger": (_strangers_receipt, "names a matter of another client"),
    "trust": (_allocation_of_trust, "pays what its money may not pay"),
    "reversed": (_allocation_reversed, "its allocations are"),
    "balance": (_balance_gone, "the kept balance None is not the sum"),
    "floors": (_floors_off, "its floor is off"),
    "link": (_link_gone, "stands for a payment that is not linked by it"),
    "cause": (_another_payments_receipt, "is linked by a receipt that is not its own"),
    "receivable": (_receivable_of_nothing, "the books hold 100 as receivable"),
    "credit": (_credit_in_trust, "cents of theirs as client_credit"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_M1_M2_M3_what_does_not_fit_is_told(books: Books, what: str) -> None:
    how, sentence = SPOILED[what]
    how(books)
    told = problems()
    assert any(sentence in one for one in told), told
