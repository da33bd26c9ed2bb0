"""What a payment that comes back leaves unpaid is put before the staff (FEATURES M7, N4)."""

import pytest
from sqlalchemy import select

from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.gateway.results import Failure, IntentStatus, MethodKind
from payments.transactions.states import Status
from portal.clients.models import Matter
from portal.clients.restricting import restrict
from portal.core import db
from portal.firm.groups import GroupDetails, add_group
from portal.notifications.models import Alert
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, on, request
from tests.payments.transactions.practice import ANA, Practice, open_practice, problems

pytestmark = pytest.mark.both_databases
CENTS = 9_000


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def told() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Alert.sentence).order_by(Alert.id)))


def restricted(matter_id: int) -> None:
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by=ANA)
        restrict(session, session.get_one(Matter, matter_id), [group.id])


def echeck(practice: Practice, status: Status, *documents: Bill | TrustRequest) -> int:
    """An eCheck on these, brought so far."""
    till, first = practice.till, documents[0]
    asked = first if isinstance(first, TrustRequest) else None
    link = link_to(till, asked=asked, bill=first if isinstance(first, Bill) else None)
    to = on(practice.cleo, link, *((document, CENTS) for document in documents))
    return till.bring_to(
        status,
        kind="trust" if asked else "operating",
        cents=CENTS * len(documents),
        method=MethodKind.BANK,
        document=to,
    )


def test_M7_a_trust_request_whose_echeck_comes_back_late_is_named(practice: Practice) -> None:
    asked = request(practice, practice.cleo, CENTS)
    payment_id = echeck(practice, Status.COMPLETED, asked)
    practice.till.fail(payment_id)
    (sentence,) = told()
    assert "is unpaid again: trust request 2001. Tell the client" in sentence
    assert practice.till.payment(payment_id).reference in sentence
    assert (asked_now(asked).status, problems()) == ("awaiting_payment", [])


@pytest.mark.parametrize("end", [IntentStatus.NEEDS_METHOD, IntentStatus.CANCELED])
def test_M7_a_payment_that_ends_after_it_was_authorized_is_put_before_the_staff(
    practice: Practice, end: IntentStatus
) -> None:
    till, asked = practice.till, request(practice, practice.cleo, CENTS)
    first, second = (practice.bill(practice.cleo, (0, CENTS), due=day) for day in (10, 20))
    for payment_id in (
        echeck(practice, Status.AUTHORIZED, asked),
        echeck(practice, Status.AUTHORIZED, second, first),
    ):
        failure = Failure("no_account") if end is IntentStatus.NEEDS_METHOD else None
        for _twice in range(2):
            till.show(payment_id, till.snapshot(payment_id, end, failure=failure))
    of_request, of_bills = told()
    assert "Still unpaid: trust request 2001. Tell the client how to pay." in of_request
    assert f"Still unpaid: bill {first.number}, {second.number}. Tell" in of_bills
    assert problems() == []


@pytest.mark.parametrize("status", [Status.PENDING, Status.ACTION_NEEDED])
def test_M7_a_payment_that_was_never_authorized_is_no_alert(
    practice: Practice, status: Status
) -> None:
    practice.till.fail(echeck(practice, status, practice.bill(practice.cleo, (0, CENTS))))
    assert told() == []


def test_M7_a_payment_by_an_account_link_leaves_nothing_unpaid(practice: Practice) -> None:
    practice.till.bring_to(Status.RETURNED, method=MethodKind.BANK)
    assert told() == []


@pytest.mark.parametrize("status", [Status.AUTHORIZED, Status.COMPLETED])
def test_N8_what_is_of_a_restricted_matter_is_not_named(practice: Practice, status: Status) -> None:
    restricted(practice.cleo.matters[0])
    hidden = practice.bill(practice.cleo, (0, CENTS), due=10)
    seen = practice.bill(practice.cleo, (1, CENTS), due=20)
    asked = request(practice, practice.cleo, CENTS, 0)
    for documents in ((hidden, seen), (asked,)):
        practice.till.fail(echeck(practice, status, *documents))
    of_bills, of_request = told()
    assert f"bill {seen.number} and what it" in of_bills
    assert "of restricted matters. Tell" in of_bills
    assert "of restricted matters. Tell" in of_request
    for sentence in (of_bills, of_request):
        assert str(hidden.number) not in sentence.replace(str(seen.number), "")
        assert "2001" not in sentence
