"""Where refunds and disputes of one payment make room for each other, one look finds all of it."""

from sqlalchemy import func, select

from payments.gateway.results import DisputeStatus, IntentStatus, RefundStatus
from payments.ledger.models import Transfer
from payments.transactions.models import PaymentStep
from portal.core import db
from portal.outbox.models import Notice
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.shown import dispute, refund

WHOLE = 9_999_999
HALF = WHOLE // 2


def rows() -> tuple[int, ...]:
    """How many transfers, steps and notices there are."""
    with db.read() as session:
        kinds = (Transfer, PaymentStep, Notice)
        return tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in kinds)


def test_M6_M7_what_a_dispute_leaves_behind_another_takes_at_the_same_look(books: Till) -> None:
    """Its half of an odd sum, and a refund of the other, leave one cent: for the dispute that was
    looked at before either."""
    paid = books.attempt(kind="trust", cents=WHOLE)
    available = books.entry(paid, fee_cents=0)
    first = dispute("du_1", WHOLE, DisputeStatus.CLOSED, WHOLE)
    second = dispute("du_2", WHOLE, DisputeStatus.OPEN, 0)
    books.show(
        paid,
        books.snapshot(
            paid, IntentStatus.SUCCEEDED, balance_entry=available, disputes=(second, first)
        ),
    )
    later = books.snapshot(
        paid,
        IntentStatus.SUCCEEDED,
        balance_entry=available,
        refunds=(refund("re_2", HALF, RefundStatus.PENDING),),
        disputes=(
            dispute("du_2", WHOLE, DisputeStatus.LOST, WHOLE),
            dispute("du_1", WHOLE, DisputeStatus.CLOSED, HALF),
        ),
    )
    books.show(paid, later)
    after = rows()
    books.show(paid, later)
    assert rows() == after
    assert books.payment(paid).left.cents == 0
