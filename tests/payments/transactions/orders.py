"""One payment at the sandbox, and everything that can happen to its money, a step at a time.

A step is carried out, or it cannot be: then it is refused with a sentence, or it is none of what
the bank or the processor could do now. What cannot be has changed nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from payments.accounts.models import AccountKind as BankAccountKind
from payments.accounts.models import BankAccount
from payments.billing import actions as billing
from payments.billing.models import Bill
from payments.gateway.current import gateway
from payments.gateway.results import ProcessorAccount
from payments.ledger.models import AccountKind, Transfer
from payments.ledger.queries import totals
from payments.receipts import actions as receipts
from payments.receipts import recording
from payments.receipts.models import ReceiptSource
from payments.sandbox import disputes
from payments.sandbox.accounts import Terms, choose_terms
from payments.sandbox.current import sandbox
from payments.sandbox.making import TRUST_ACCOUNT_ID
from payments.transactions import linking, refunding, withdrawing
from payments.transactions.checks import all_problems
from payments.transactions.disputed import Dispute, DisputeState
from payments.transactions.linking import Target
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.refunded import Refund
from payments.transactions.resolving import look
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalState
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact, Matter
from portal.core import clock, db
from portal.core.errors import Refusal
from tests.factories.billing import TODAY, Client, make_client
from tests.factories.payments import BANK_WORKS, CARD_WORKS, Links, Payer
from tests.factories.processor import objects
from tests.factories.unattended import pass_time
from tests.payments.receipts import trust_desk
from tests.payments.transactions.practice import ANA

PAID_CENTS, BILLED_CENTS, FROM_TRUST_CENTS, REFUNDED_CENTS = 10_000, 6_000, 3_000, 5_000
SOLS_CENTS = 50_000
AVAILABLE_AFTER, ON_HOLD = timedelta(days=6), timedelta(days=10)  # M8
EVERYTHING_ENDED_AFTER = timedelta(days=8)


class CannotBe(Exception):
    """Neither the payer's bank nor the processor could do that now."""


@dataclass(frozen=True)
class Kind:
    """Which payment: into which account, by what, and whether trust wrongly bears the fees."""

    account: str
    method: str
    fees_on_trust: bool = False

    def __str__(self) -> str:
        return f"{self.account} {self.method}" + " with fees" * self.fees_on_trust


@dataclass(frozen=True)
class Life:
    """A payment, its client with a bill, and a stranger whose trust money nobody may touch."""

    payment_id: int
    client: Client
    bill: Bill
    sol: Client

    def payment(self) -> Payment:
        """The row as it is now."""
        with db.read() as session:
            return session.get_one(Payment, self.payment_id)

    def look(self) -> None:
        """Read the payment at the processor, as every webhook does."""
        look(self.payment_id, "webhook")


def begin(app: Flask, links: Links, kind: Kind, number: str = "") -> Life:
    """The payment as it stands when the processor has taken it. An eCheck has been paid by the
    bank by then, though it is not available yet."""
    trust = kind.account == "trust"
    if kind.fees_on_trust:
        with sandbox().service.writing(TRUST_ACCOUNT_ID) as desk:
            choose_terms(desk, Terms("account", fees_from_account=True))
    account = TRUST_ACCOUNT_ID if trust else None
    number = number or (CARD_WORKS if kind.method == "card" else BANK_WORKS)
    Payer(app, account).pay_unread(
        links.trust if trust else links.operating,
        method=kind.method,
        number=number,
        amount=f"{PAID_CENTS / 100:.2f}",
    )
    with db.transaction() as session:
        client, sol = make_client(session, "Cleo Vance"), make_client(session, "Sol Stranger")
        payment_id = session.scalars(select(func.max(Payment.id))).one()
    life = Life(payment_id, client, _bill(client), sol)
    _sols_money(sol)
    if kind.method == "bank":
        pass_time(timedelta(days=3, hours=1))
        life.look()
    assert life.payment().status == Status.AUTHORIZED
    return life


def _account(kind: BankAccountKind) -> BankAccount:
    with db.read() as session:
        of_kind = select(BankAccount).where(BankAccount.kind == kind).order_by(BankAccount.id)
        return session.scalars(of_kind).first() or BankAccount()


def _bill(client: Client) -> Bill:
    line = billing.LineDetails(client.matters[0], TODAY, "Drafting", 1_000, BILLED_CENTS)
    details = billing.BillDetails(
        client_id=client.id,
        bank_account_id=_account(BankAccountKind.OPERATING).id,
        lines=[line],
        due_on=TODAY + timedelta(days=30),
    )
    with db.transaction() as session:
        return billing.issue(
            session, billing.draft_bill(session, details, by=ANA), on=TODAY, by=ANA
        )


def _sols_money(sol: Client) -> None:
    with db.transaction() as session:
        cheque = recording.Recorded(
            source=ReceiptSource.CHEQUE,
            client_id=sol.id,
            matter_id=None,
            bank_account=_account(BankAccountKind.TRUST),
            amount_cents=SOLS_CENTS,
            received_on=TODAY,
            number=f"S-{sol.id}",
        )
        recording.record(session, cheque, apply=False, expected=None, by=ANA)


def complete(life: Life) -> None:
    """The money becomes available, and in time is on hold no more."""
    if life.payment().status != Status.AUTHORIZED:
        raise CannotBe
    pass_time(AVAILABLE_AFTER)
    life.look()
    if life.payment().method == "bank":
        pass_time(ON_HOLD)


def link(life: Life) -> None:
    """Staff link it to the client's matter, and it pays nothing yet."""
    with db.transaction() as session:
        to = Target(
            session.get_one(Contact, life.client.id),
            session.get_one(Matter, life.client.matters[0]),
        )
        named = session.get_one(Payment, life.payment_id).public_id
        linking.link(session, named, to, apply=False, expected=None, by=ANA)


def apply(life: Life) -> None:
    """Staff put the client's credit on the bill."""
    with db.transaction() as session:
        bill = session.get_one(Bill, life.bill.id)
        receipts.apply_credit(
            session,
            client_id=life.client.id,
            matter_id=life.client.matters[0],
            bank_account_id=_account(BankAccountKind.OPERATING).id,
            amount_cents=min(bill.balance.cents or 1, PAID_CENTS - REFUNDED_CENTS),
            expected=None,
            by=ANA,
        )


def pay_from_trust(life: Life) -> None:
    """Staff pay some of the bill with the client's trust money."""
    if not trust_desk.of(life.bill).ledgers:
        raise CannotBe
    trust_desk.pay(life.bill, FROM_TRUST_CENTS)


def refund(life: Life) -> None:
    """Staff give half of it back, as they have seen it."""
    with db.transaction() as session:
        payment = session.get_one(Payment, life.payment_id)
        seen = withdrawing.outlook(session, payment, REFUNDED_CENTS)
        asked = refunding.ask(
            session,
            payment.public_id,
            REFUNDED_CENTS,
            "Agreed with the client",
            expected=seen.fingerprint,
            by=ANA,
            closed=NOTHING_CLOSED,
        )
    refunding.send(asked.id)


def dispute(life: Life) -> None:
    """The payer complains to the bank of the card."""
    _take_back(life, card=True)


def come_back(life: Life) -> None:
    """The payer's bank sends the eCheck back late, as a dispute that is final."""
    _take_back(life, card=False)


def win(life: Life) -> None:
    """The evidence is sent, and convinces the bank."""
    account, open_one = _to_answer(life)
    gateway().answer_dispute(
        account, open_one.dispute_id, {"uncategorized_text": "See the letter."}, once="answer"
    )
    life.look()
    with sandbox().service.writing(account.account_id) as desk:
        disputes.decide_dispute(desk, open_one.dispute_id)
    life.look()


def lose(life: Life) -> None:
    """The firm accepts the dispute."""
    account, open_one = _to_answer(life)
    gateway().accept_dispute(account, open_one.dispute_id)
    life.look()


STEPS: dict[str, Callable[[Life], None]] = {
    "complete": complete,
    "link": link,
    "apply": apply,
    "pay from trust": pay_from_trust,
    "refund in part": refund,
    "dispute": dispute,
    "win": win,
    "lose": lose,
    "return": come_back,
}


def carry_out(life: Life, step: str) -> bool:
    """Whether the step could be; where not, nothing has changed."""
    before = _rows()
    try:
        STEPS[step](life)
    except CannotBe:
        told = ""
    except Refusal as refused:
        told = str(refused)
        assert len(told) > 10
    else:
        return True
    assert _rows() == before, f"{step} was refused ({told}), and something has changed"
    return False


def _charge(life: Life) -> dict[str, Any]:
    intent_id = life.payment().intent_id
    return next(one for one in objects("charge") if one["payment_intent"] == intent_id)


def _take_back(life: Life, *, card: bool) -> None:
    charge, payment = _charge(life), life.payment()
    gone = charge["disputed"] or charge["refunded"] or charge["status"] != "succeeded"
    if gone or card != (payment.method == "card"):
        raise CannotBe
    with sandbox().service.writing(payment.bank_account.processor_account) as desk:
        disputes.open_dispute(desk, charge["id"])
    life.look()


def _to_answer(life: Life) -> tuple[ProcessorAccount, Dispute]:
    with db.read() as session:
        found = session.scalars(
            select(Dispute).where(
                Dispute.payment_id == life.payment_id, Dispute.state == DisputeState.OPEN
            )
        ).first()
    if found is None:
        raise CannotBe
    return ProcessorAccount(life.payment().bank_account.processor_account), found


_ROWS = select(
    *(
        select(counted).scalar_subquery()
        for counted in (
            func.count(Transfer.id),
            func.count(PaymentStep.id),
            func.count(Refund.id),
            func.count(Withdrawal.id),
            func.sum(Bill.applied_cents),
            func.sum(Payment.withdrawn_cents),
        )
    )
)


def _rows() -> tuple[object, ...]:
    with db.read() as session:
        return tuple(session.execute(_ROWS).one())


def differences(*lives: Life) -> list[str]:
    """What is wrong with the books: what check-books says, where they differ from the processor's,
    and whether anybody's trust money was touched that was not theirs."""
    with db.read() as session:
        found = all_problems(session)
        for kind in BankAccountKind:
            account = _account(kind)
            booked = totals(session, account.id)
            ours = sum(
                booked[one].available_cents
                for one in (AccountKind.PROCESSOR, AccountKind.IN_TRANSIT)
                if one in booked
            )
            theirs = _net_cents(account)
            if ours != theirs:
                found.append(f"{kind}: {ours} cents by our books, {theirs} by the processor's")
    return found + [told for life in lives for told in _touched(life)]


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


def _touched(life: Life) -> list[str]:
    trust = _account(BankAccountKind.TRUST)
    owner = {"client_id": life.sol.id}
    left = trust_desk.stands(AccountKind.CLIENT_TRUST, trust, **owner)
    return [] if left == SOLS_CENTS else [f"a stranger has {left} cents in trust"]


def let_everything_end(life: Life) -> None:
    """Days pass: refunds arrive, and each is seen."""
    pass_time(EVERYTHING_ENDED_AFTER)
    life.look()
    with db.read() as session:
        waiting = session.scalars(
            select(Withdrawal.id).where(
                Withdrawal.payment_id == life.payment_id,
                Withdrawal.state == WithdrawalState.HELD,
            )
        ).all()
    assert not waiting
    assert clock.now() > life.payment().made_at
