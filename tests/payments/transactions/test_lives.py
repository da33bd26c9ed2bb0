"""Lives of a firm with payments on bills and trust requests, changed bills and Pay from trust among
all the rest (M9, D1, D2, L9, S9).

`check-books` has nothing to say after each step that committed anything: what is reserved is what
payments under way will bring, no bill or request ever has more than is asked for, and no trust
ledger is overdrawn.
"""

import os

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, multiple, rule

from payments.billing import changing
from payments.billing.details import BillDetails, LineDetails
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.gateway.results import IntentStatus, MethodKind
from payments.receipts.from_trust import TrustTransfer
from payments.transactions.states import UNANSWERED
from portal.core import config, db
from portal.core.config import Settings
from tests.factories.billing import TODAY, Client
from tests.payments.receipts.trust_desk import of, reverse
from tests.payments.receipts.trust_desk import pay as pay_out_of_trust
from tests.payments.transactions.documents import asked_now, link_to, now, on, request
from tests.payments.transactions.lives import CENTS, WHO, PracticeLife, Who, live
from tests.payments.transactions.practice import ANA
from tests.support.databases import Databases

# Each of fifty steps, some two minutes on either database; `LIVES=5000` has as many on demand.
LIVES = int(os.environ.get("LIVES") or 0)
LIVES_IN_CI = {"sqlite": 200, "postgresql": 60}
METHODS = st.sampled_from(MethodKind)


class DocumentLife(PracticeLife):
    """A firm whose clients also pay by what it has sent them."""

    requests: Bundle[TrustRequest] = Bundle("requests")
    transfers: Bundle[TrustTransfer] = Bundle("transfers")

    @rule(target=PracticeLife.payments, bill=PracticeLife.bills, cents=CENTS, method=METHODS)
    def pay_on_bill(self, bill: Bill, cents: int, method: MethodKind) -> MultipleResults[int]:
        """Part of a bill, or more than is owed, which is refused."""
        return self.attempt([(now(bill), cents)], method)

    @rule(
        target=PracticeLife.payments,
        bills=st.lists(PracticeLife.bills, min_size=1, max_size=3, unique_by=lambda one: one.id),
        method=METHODS,
    )
    def pay_whole_balance(self, bills: list[Bill], method: MethodKind) -> MultipleResults[int]:
        """All that one client owes on several bills."""
        first, *more = [now(bill) for bill in bills]
        chosen = [first, *(bill for bill in more if bill.client_id == first.client_id)]
        parts = [(bill, bill.balance.cents - bill.reserved_cents) for bill in chosen]
        return self.attempt([part for part in parts if part[1] > 0], method)

    @rule(target=requests, who=WHO, cents=CENTS)
    def ask_for_trust(self, who: Who, cents: int) -> TrustRequest:
        self.numbers += 1
        return request(
            self.practice, self.client(who), cents, self.nth(who), number=2_000 + self.numbers
        )

    @rule(target=PracticeLife.payments, asked=requests, cents=CENTS, method=METHODS)
    def pay_on_request(
        self, asked: TrustRequest, cents: int, method: MethodKind
    ) -> MultipleResults[int]:
        """Part of a trust request, or more than it asks for, which is refused."""
        return self.attempt([(asked_now(asked), cents)], method)

    @rule(payment_id=PracticeLife.payments)
    def abandon(self, payment_id: int) -> None:
        """An authentication that nobody finished is canceled."""
        if self.practice.till.payment(payment_id).status in UNANSWERED:
            till = self.practice.till
            till.show(payment_id, till.snapshot(payment_id, IntentStatus.CANCELED))

    @rule(bill=PracticeLife.bills, lines=st.lists(st.tuples(st.integers(0, 1), CENTS), min_size=1))
    def change_bill(self, bill: Bill, lines: list[tuple[int, int]]) -> None:
        """An issued bill says something else; refused once anything is paid or under way."""
        matters = self.owner(bill).matters
        wanted = BillDetails(
            bill.client_id,
            bill.bank_account_id,
            [
                LineDetails(matters[nth % len(matters)], TODAY, "Other work", 1_000, cents)
                for nth, cents in lines
            ],
            bill.due_on or TODAY,
        )

        def act() -> None:
            with db.transaction() as session:
                again = session.get_one(Bill, bill.id)
                changing.change_bill(session, again, wanted, reason="Wrong hours", by=ANA)

        self.done_or_refused(act)

    @rule(
        target=transfers,
        bill=PracticeLife.bills,
        percent=st.integers(1, 120),
        nth=st.integers(0, 3),
    )
    def pay_from_trust(self, bill: Bill, percent: int, nth: int) -> MultipleResults[TrustTransfer]:
        """Part of what a trust ledger may pay, or more than that, which is refused."""
        ledgers = of(bill).ledgers
        if not ledgers:
            return multiple()
        nth %= len(ledgers)
        cents = max(1, ledgers[nth].most_cents * percent // 100)
        made: list[TrustTransfer] = []
        done = self.done_or_refused(lambda: made.append(pay_out_of_trust(bill, cents, nth)))
        assert done == (0 < cents <= ledgers[nth].most_cents)
        return multiple(*made)

    @rule(transfer=transfers)
    def back_into_trust(self, transfer: TrustTransfer) -> None:
        self.done_or_refused(lambda: reverse(transfer))

    def owner(self, document: Bill | TrustRequest) -> Client:
        """Whose it is."""
        clients = (self.practice.cleo, self.practice.sol)
        return next(one for one in clients if one.id == document.client_id)

    def attempt(
        self, parts: list[tuple[Bill | TrustRequest, int]], method: MethodKind
    ) -> MultipleResults[int]:
        """A payment on these, not yet answered; none where it is refused."""
        made: list[int] = []
        if not parts:
            return multiple()
        document = parts[0][0]
        client = self.owner(document)
        is_bill = isinstance(document, Bill)
        link_id = (
            link_to(self.practice.till, bill=document)
            if isinstance(document, Bill)
            else link_to(self.practice.till, asked=document)
        )

        def act() -> None:
            made.append(
                self.practice.till.attempt(
                    kind="operating" if is_bill else "trust",
                    cents=sum(cents for _document, cents in parts),
                    method=method,
                    document=on(client, link_id, *parts),
                )
            )

        self.done_or_refused(act)
        return multiple(*made)


@pytest.mark.both_databases
def test_M1_M2_M9_S8_S9_the_books_hold_whatever_is_paid_linked_applied_and_reversed(
    databases: Databases, settings: Settings
) -> None:
    config.use(settings)
    live(databases, examples=6, steps=25, machine=DocumentLife)


@pytest.mark.lives
@pytest.mark.slow
@pytest.mark.both_databases
def test_M1_M2_M9_S8_S9_the_books_hold_over_many_long_lives(
    databases: Databases, database_kind: str, settings: Settings
) -> None:
    config.use(settings)
    lives = LIVES or LIVES_IN_CI[database_kind]
    live(databases, examples=lives, steps=50, machine=DocumentLife)
