"""Money that was once a restricted matter's, as somebody outside its groups reads it (N8)."""

from dataclasses import dataclass

import pytest

from payments.billing.actions import BillDetails, LineDetails, draft_bill, issue
from payments.billing.models import Bill
from payments.receipts import recording
from payments.receipts.models import ReceiptSource
from payments.transactions import linking
from payments.transactions.linking import Target
from payments.transactions.reserving import OnDocument, Part
from payments.transactions.states import Status
from portal.clients.access import NOT_FOR_ALL, NOTHING_CLOSED
from portal.clients.models import Contact, Matter
from portal.clients.restricting import restrict
from portal.core import db
from portal.core.errors import Invalid
from portal.firm.groups import GroupDetails, add_group
from tests.factories import clients
from tests.factories.billing import TODAY
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import link_to
from tests.support.cast import Cast

BY = "user:tester"
LIST = "/staff/online-payments/transactions"
WHY = "It belongs to the merger"


@dataclass(frozen=True)
class Desk:
    """Cleo's lease, which everybody sees, and her merger, which only administrators see."""

    till: Till
    cleo: Contact
    lease: Matter
    merger: Matter

    def payment(self, cents: int) -> str:
        return self.till.payment(self.till.bring_to(Status.COMPLETED, cents=cents)).public_id

    def link(self, payment: str, matter: Matter) -> str:
        with db.transaction() as session:
            to = Target(self.cleo, session.get_one(Matter, matter.id))
            linked = linking.link(session, payment, to, apply=True, expected=None, by=BY)
            return linked.public_id

    def move(self, payment: str, standing: str, to: Matter | None) -> None:
        with db.transaction() as session:
            target = Target(self.cleo, session.get_one(Matter, to.id)) if to else None
            linking.change_link(
                session,
                payment,
                target,
                standing=standing,
                apply=True,
                reason=WHY,
                expected=None,
                by=BY,
            )

    def bill(self, matter: Matter, cents: int) -> Bill:
        with db.transaction() as session:
            lines = [LineDetails(matter.id, TODAY, "Work", 1_000, cents)]
            account = self.till.accounts["operating"].id
            details = BillDetails(self.cleo.id, account, lines, TODAY)
            return issue(session, draft_bill(session, details, by=BY), on=TODAY, by=BY)

    def cheque(self, matter: Matter) -> recording.Recorded:
        account = self.till.accounts["operating"]
        return recording.Recorded(
            ReceiptSource.CHEQUE, self.cleo.id, matter.id, account, 61_357, TODAY, "77"
        )


@pytest.fixture
def desk(till: Till) -> Desk:
    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    lease, merger = clients.matter(cleo, "Lease"), clients.matter(cleo, "Secret merger")
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by=BY)
        restrict(session, session.get_one(Matter, merger.id), [group.id])
    return Desk(till, cleo, lease, merger)


def test_N8_money_that_went_to_a_closed_matter_is_only_taken_back(cast: Cast, desk: Desk) -> None:
    desk.bill(desk.lease, 20_000)
    payment = desk.payment(51_913)
    desk.move(payment, desk.link(payment, desk.lease), desk.merger)
    ledger = f"/staff/contacts/{desk.cleo.public_id}/ledger"
    outside, inside = cast.ana.get(ledger), cast.ada.get(ledger)
    assert "taken back" in outside
    for told in (WHY, "moved to another matter", f"{LIST}/{payment}"):
        assert told not in outside.body
        assert told in inside.body


def test_N8_why_and_where_stay_where_nothing_is_closed(cast: Cast, desk: Desk) -> None:
    payment = desk.payment(51_913)
    desk.move(payment, desk.link(payment, desk.lease), clients.matter(desk.cleo, "Will"))
    page = cast.ana.get(f"/staff/contacts/{desk.cleo.public_id}/ledger")
    for told in (WHY, "moved to another matter", f"{LIST}/{payment}"):
        assert told in page.body


def test_N8_what_a_payment_once_paid_on_a_closed_bill_is_left_out(cast: Cast, desk: Desk) -> None:
    desk.bill(desk.merger, 432_109)
    payment = desk.payment(600_000)
    desk.move(payment, desk.link(payment, desk.merger), None)
    outside, inside = (who.get(f"{LIST}/{payment}") for who in (cast.ana, cast.ada))
    assert "$4,321.09" in inside.text
    assert "Applied to a bill" in inside.text
    assert "$4,321.09" not in outside.text
    assert "Applied to a bill" not in outside.text
    assert "Received from the payer" in outside.text


@pytest.mark.parametrize("status", [Status.AUTHORIZED, Status.COMPLETED, Status.FAILED])
def test_N8_a_payment_made_on_a_closed_matter_s_bill_is_hidden_from_its_first_moment(
    cast: Cast, desk: Desk, status: Status
) -> None:
    bill = desk.bill(desk.merger, 52_000)
    link_id = link_to(desk.till, bill=bill)
    to = OnDocument(link_id, desk.cleo.id, (Part(bill.id, None, 52_000, bill.version),))
    payment = desk.till.payment(desk.till.bring_to(status, cents=52_000, document=to))
    assert "$520.00" in cast.ada.get(f"{LIST}/{payment.public_id}").text
    assert payment.reference in cast.ada.get(LIST).text
    cast.ana.get(f"{LIST}/{payment.public_id}", status=404)
    assert payment.reference not in cast.ana.get(LIST).text


@pytest.mark.both_databases
def test_N8_a_cheque_of_a_closed_matter_is_refused_without_its_day(desk: Desk) -> None:
    with db.transaction() as session:
        first = desk.cheque(desk.merger)
        recording.record(session, first, apply=False, expected=None, by=BY)
    told: list[str] = []
    for closed in (NOTHING_CLOSED, NOT_FOR_ALL):
        with pytest.raises(Invalid) as refused, db.transaction() as session:
            again = desk.cheque(desk.lease)
            recording.record(session, again, apply=False, expected=None, by=BY, closed=closed)
        told.append(str(refused.value))
    assert "as received on" in told[0]
    assert told[1] == "This check was recorded already."
