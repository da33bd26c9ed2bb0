"""An eCheck that comes back after its trust money was spent: an alert, no dying job (M2, M7)."""

import pytest
from sqlalchemy import select

from payments.gateway.results import MethodKind
from payments.ledger.models import AccountKind
from payments.transactions.states import Status
from portal.core import db
from portal.notifications.models import Alert
from portal.outbox.models import Notice
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, on, request
from tests.payments.transactions.practice import Practice, held, open_practice, owed, problems

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def told() -> list[tuple[str, str]]:
    with db.read() as session:
        rows = session.scalars(select(Alert).order_by(Alert.id))
        return [(one.kind, one.sentence) for one in rows]


def notices() -> set[str]:
    with db.read() as session:
        return set(session.scalars(select(Notice.kind)))


def test_M7_what_was_spent_from_trust_does_not_come_back_by_itself(practice: Practice) -> None:
    till, matter = practice.till, practice.cleo.matters[0]
    asked = request(practice, practice.cleo, 50_000, 0)
    to = on(practice.cleo, link_to(till, asked=asked), (asked, 50_000))
    payment_id = till.bring_to(
        Status.COMPLETED, kind="trust", cents=50_000, method=MethodKind.BANK, document=to
    )
    bill = practice.bill(practice.cleo, (0, 20_000))
    transfer = trust_desk.pay(bill, 20_000)
    for _twice in range(2):
        assert till.fail(payment_id) is Status.COMPLETED
    ((kind, sentence),) = told()
    assert kind == "spent_already"
    assert till.payment(payment_id).reference in sentence
    assert "holds 200.00 USD too little" in sentence
    assert (till.payment(payment_id).status, owed(bill)) == ("completed", 0)
    assert asked_now(asked).status == "paid"
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {matter: 30_000}
    assert "payment-returned-firm" not in notices()
    assert problems() == []
    # Once what was spent is back, the next look takes the step.
    trust_desk.reverse(transfer)
    assert till.fail(payment_id) is Status.RETURNED
    assert asked_now(asked).status == "awaiting_payment"
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert "payment-returned-firm" in notices()
    assert problems() == []
