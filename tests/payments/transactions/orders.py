"""One payment at the sandbox, and everything that can happen to its money, a step at a time.

A step is carried out, or it cannot be: then it is refused with a sentence, or it is none of what
the bank or the processor could do now. What cannot be has changed nothing.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from payments.accounts.models import AccountKind as BankAccountKind
from payments.billing.models import Bill
from payments.gateway.current import gateway
from payments.gateway.results import ProcessorAccount
from payments.ledger.models import Transfer
from payments.receipts import actions as receipts
from payments.sandbox import disputes
from payments.sandbox.current import sandbox
from payments.transactions import linking, refunding, withdrawing
from payments.transactions.disputed import Dispute, DisputeState
from payments.transactions.linking import Target
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.refunded import Refund
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalState
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact, Matter
from portal.core import clock, db
from portal.core.errors import Refusal
from tests.factories.processor import objects
from tests.factories.unattended import pass_time
from tests.payments.receipts import trust_desk
from tests.payments.transactions import against_the_processor
from tests.payments.transactions.against_the_processor import account_of
from tests.payments.transactions.one_payment import PAID_CENTS, Life
from tests.payments.transactions.practice import ANA

FROM_TRUST_CENTS, REFUNDED_CENTS = 3_000, 5_000
AVAILABLE_AFTER, ON_HOLD = timedelta(days=6), timedelta(days=10)  # M8
EVERYTHING_ENDED_AFTER = timedelta(days=8)


class CannotBe(Exception):
    """Neither the payer's bank nor the processor could do that now."""


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
            bank_account_id=account_of(BankAccountKind.OPERATING).id,
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


def differences(life: Life) -> list[str]:
    """What is wrong with the books, after whatever has happened to this payment."""
    return against_the_processor.differences(life.sol)


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
