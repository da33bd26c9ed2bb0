"""What a second pair of eyes found in linking, each with the story that goes wrong without it."""

from datetime import date

import pytest
from sqlalchemy import select

from payments.gateway.results import MethodKind
from payments.receipts.actions import PlanChanged
from payments.receipts.models import Receipt
from payments.transactions import linking
from payments.transactions.states import Status
from portal.clients.actions import edit_matter
from portal.clients.details import MatterDetails
from portal.clients.models import Matter
from portal.core import db
from portal.notifications.models import Alert
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import link_to, on, pay
from tests.payments.transactions.practice import ANA, Practice, open_practice, owed, paid, problems
from tests.payments.transactions.test_linking_races import at_once, refusals

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def test_S8_nobody_takes_back_a_link_that_they_have_not_seen(practice: Practice) -> None:
    """Ana looks at Cleo's link; Ben moves it to Sol; Ana's old form must not reverse Ben's."""
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=10_000)
    shown = practice.link(payment_id, practice.target(practice.cleo))
    practice.change(payment_id, practice.target(practice.sol))
    public_id = practice.till.payment(payment_id).public_id
    for to in (None, practice.target(practice.cleo, 0)):
        with pytest.raises(PlanChanged, match="changed this link"), db.transaction() as session:
            linking.change_link(
                session,
                public_id,
                to,
                standing=shown.public_id,
                apply=False,
                reason="Old form",
                expected=None,
                by=ANA,
            )
    with db.read() as session:
        linked = session.scalars(select(Receipt).where(Receipt.undone_at.is_(None))).one()
    assert linked.client_id == practice.sol.id
    assert problems() == []


def test_S8_M9_a_link_is_moved_on_a_bill_of_which_a_part_is_reserved(practice: Practice) -> None:
    """What the client's share gives back is room for the matter's: previewed as it is posted."""
    bill = practice.bill(practice.cleo, (0, 6_000), (1, 4_000))
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=5_000)
    practice.link(payment_id, practice.target(practice.cleo))
    pay(practice, on(practice.cleo, link_to(practice.till, bill=bill), (bill, 4_000)))
    after = practice.change(payment_id, practice.target(practice.cleo, 1))
    assert after is not None
    assert paid(after) == [(bill.number, 4_000)]
    assert problems() == []


def test_M7_administrators_are_told_which_bills_are_unpaid_again(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 6_000))
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=6_000, method=MethodKind.BANK)
    practice.link(payment_id, practice.target(practice.cleo))
    practice.till.fail(payment_id)
    assert owed(bill) == 6_000
    with db.read() as session:
        told = session.scalars(select(Alert).where(Alert.kind == "unpaid_again")).one()
    assert f"unpaid again: bill {bill.number}." in told.sentence


def test_a_matter_is_edited_while_money_is_linked_to_it(practice: Practice) -> None:
    """A new number is written under a unique key, and a word that names the client: no deadlock."""
    matter_id = practice.cleo.matters[0]

    def rename(number: str) -> None:
        with db.transaction() as session:
            matter = session.get_one(Matter, matter_id)
            details = MatterDetails(
                number, "Lease", practice.cleo.id, opened_on=date(2026, 1, 5), status="open"
            )
            edit_matter(session, matter, details, by=ANA)

    for turn in range(8):
        payment_id = practice.till.bring_to(Status.COMPLETED, cents=1_000)
        answers = at_once(
            lambda p=payment_id: practice.link(p, practice.target(practice.cleo, 0)),
            lambda n=turn: rename(f"9-{n}"),
            lambda n=turn: practice.cheque(practice.cleo, 500, nth=0, number=str(n)),
        )
        assert refusals(answers) == []
    assert problems() == []
