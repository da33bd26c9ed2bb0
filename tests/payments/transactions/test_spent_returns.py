"""An eCheck that comes back after its trust money was spent: the firm covers it (M2, M7)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.gateway.results import DisputeStatus, IntentStatus, MethodKind
from payments.ledger.models import AccountKind
from payments.ledger.queries import totals
from payments.transactions.replenished import Replenishment
from payments.transactions.states import Status
from portal.core import db
from portal.notifications.models import Alert
from portal.outbox.models import Notice
from tests.factories.unattended import pass_time
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, on, request
from tests.payments.transactions.practice import Practice, held, open_practice, owed, problems
from tests.payments.transactions.shown import dispute

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def told() -> dict[str, str]:
    with db.read() as session:
        return {one.kind: one.sentence for one in session.scalars(select(Alert))}


def firm_cover(practice: Practice) -> int:
    with db.read() as session:
        found = totals(session, practice.till.accounts["trust"].id)
    return found[AccountKind.FIRM_COVER].posted_cents


@pytest.fixture
def spent(practice: Practice) -> int:
    """A trust payment of 500.00 on a request, of which 200.00 paid a bill; Sol has money too."""
    till = practice.till
    practice.cheque(practice.sol, 70_000, kind="trust", apply=False)
    asked = request(practice, practice.cleo, 50_000, 0)
    to = on(practice.cleo, link_to(till, asked=asked), (asked, 50_000))
    payment_id = till.bring_to(
        Status.COMPLETED, kind="trust", cents=50_000, method=MethodKind.BANK, document=to
    )
    pass_time(timedelta(days=12))  # on hold no more (M8)
    trust_desk.pay(practice.bill(practice.cleo, (0, 20_000)), 20_000)
    return payment_id


def test_M7_what_was_spent_is_covered_by_the_firm_and_by_no_other_client(
    practice: Practice, spent: int
) -> None:
    till = practice.till
    for _twice in range(2):
        assert till.fail(spent) is Status.RETURNED
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert held(AccountKind.CLIENT_TRUST, practice.sol) == {None: 70_000}
    assert firm_cover(practice) == 20_000
    with db.read() as session:
        (task,) = session.scalars(select(Replenishment))
        assert "payment-returned-firm" in set(session.scalars(select(Notice.kind)))
    assert (task.cents, task.reason, task.state) == (20_000, "shortfall", "open")
    assert "trust request 2001" in told()["unpaid_again"]
    assert "200.00 USD" in told()["trust_shortfall"]
    assert problems() == []


def test_M7_the_request_asks_again_and_the_bill_that_trust_paid_stays_paid(
    practice: Practice, spent: int
) -> None:
    practice.till.fail(spent)
    payment = practice.till.payment(spent)
    assert payment.receipt_id is not None, "the client's ledger shows the money come and go"
    assert payment.withdrawn_cents == 50_000
    with db.read() as session:
        (bill,) = session.scalars(select(Bill))
        (asked,) = session.scalars(select(TrustRequest))
    assert owed(bill) == 0
    assert asked_now(asked).status == "awaiting_payment"


def test_M7_a_late_return_seen_before_anything_was_spent_takes_the_client_s_own_money(
    practice: Practice,
) -> None:
    till = practice.till
    payment_id = till.bring_to(Status.COMPLETED, kind="trust", cents=30_000, method=MethodKind.BANK)
    practice.link(payment_id, practice.target(practice.cleo, 0), apply=False)
    late = till.snapshot(payment_id, IntentStatus.SUCCEEDED, disputed=True)
    assert till.show(payment_id, late) is Status.RETURNED
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert AccountKind.FIRM_COVER not in _kinds(practice)
    assert problems() == []


def test_M4_M7_what_a_late_return_costs_trust_is_the_firm_s_to_put_in_and_is_called_by_its_name(
    practice: Practice,
) -> None:
    till = practice.till
    payment_id = till.bring_to(Status.COMPLETED, kind="trust", cents=30_000, method=MethodKind.BANK)
    lost = dispute("pdp_1", 30_000, DisputeStatus.LOST, fee_cents=400)
    late = till.snapshot(payment_id, IntentStatus.SUCCEEDED, disputed=True, disputes=(lost,))
    assert till.show(payment_id, late) is Status.RETURNED
    assert firm_cover(practice) == 400
    reference = till.payment(payment_id).reference
    sentence = told()["dispute_fee_on_trust"]
    expected = f"a fee of 4.00 USD from trust for payment {reference}, which was disputed or came"
    assert expected in sentence
    assert problems() == []


def _kinds(practice: Practice) -> set[AccountKind]:
    with db.read() as session:
        return set(totals(session, practice.till.accounts["trust"].id))
