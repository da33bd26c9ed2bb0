"""What the demo firm did before its first online payment, and what Ana did with the payments."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.demo import DemoAccounts
from payments.billing import demo as billing
from payments.billing.models import Bill
from payments.receipts.models import ReceiptSource
from payments.receipts.recording import Recorded, record
from payments.transactions import linking
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.clients.demo import DemoClients
from portal.clients.models import Contact, Matter
from portal.core import clock, db, demo_clock

PAID_AFTER_DAYS = 12
HELD_FOR_THE_ESTATE_CENTS = 1_250_000
# Who has paid, and on which matter where it is known. The payments of Owen Blake and others are
# left unlinked, for whoever tries the product.
LINKED: tuple[tuple[str, str | None], ...] = (
    ("Marguerite Duval", None),
    ("Tomás Herrera", "00007"),
    ("Priya Raman", "00005"),
    ("Cleo Marsh", "00012"),
)


@dataclass(frozen=True, slots=True)
class Past:
    """The firm before the story: bills go out and checks come in, each on its own day."""

    clients: DemoClients
    accounts: DemoAccounts
    ana: str

    def live_through(self, until_days_ago: int) -> None:
        """Do all of it in order, the demo's clock standing on each day; ends on the last one."""
        for days_ago, happen in sorted(self._days(), key=lambda day: -day[0]):
            _stand(days_ago)
            with db.transaction() as session:
                happen(session)
        _stand(until_days_ago)
        with db.transaction() as session:
            billing.finish_demo_bills(session, self.clients, self.accounts.operating)

    def _days(self) -> list[tuple[int, Callable[[Session], object]]]:
        paid = dict.fromkeys(billing.PAID_BY_CHEQUE, 0) | dict([billing.PART_PAID])
        days: list[tuple[int, Callable[[Session], object]]] = [
            (billing.VOIDED_DAYS_AGO, billing.void_demo_bill),
            (30, self._hold_for_the_estate),
        ]
        for number, told in enumerate(billing.ISSUED, billing.FIRST_DEMO_NUMBER):
            days.append((told.issued_days_ago, partial(self._issue, told)))
            if number in paid:
                paid_days_ago = told.issued_days_ago - PAID_AFTER_DAYS
                days.append((paid_days_ago, partial(self._pay_by_cheque, number, paid[number])))
        return days

    def _issue(self, told: billing.DemoBill, session: Session) -> None:
        billing.issue_demo_bill(session, self.clients, self.accounts.operating, told)

    def _pay_by_cheque(self, bill_number: int, cents: int, session: Session) -> None:
        bill = session.scalars(select(Bill).where(Bill.number == bill_number)).one()
        cheque = Recorded(
            source=ReceiptSource.CHEQUE,
            client_id=bill.client_id,
            matter_id=None,
            bank_account=self.accounts.operating,
            amount_cents=cents or bill.total_cents,
            received_on=clock.now().date() - timedelta(days=1),
            number=str(3 * bill_number),
        )
        record(session, cheque, apply=True, expected=None, by=self.ana)

    def _hold_for_the_estate(self, session: Session) -> None:
        estate = self.clients.matters["00001"]
        cheque = Recorded(
            source=ReceiptSource.CHEQUE,
            client_id=estate.client_id,
            matter_id=estate.id,
            bank_account=self.accounts.trust,
            amount_cents=HELD_FOR_THE_ESTATE_CENTS,
            received_on=clock.now().date() - timedelta(days=1),
            number="2217",
            note="Proceeds of the car",
        )
        record(session, cheque, apply=False, expected=None, by=self.ana)


def _stand(days_ago: int) -> None:
    with db.transaction() as session:
        demo_clock.start_at(session, -timedelta(days=days_ago))


def link_payments(*, by: str) -> None:
    """Link the completed payments whose payers are known: to their bills, or into trust."""
    for payer, number in LINKED:
        with db.transaction() as session:
            payment = session.scalars(
                select(Payment)
                .where(Payment.payer_name == payer, Payment.status == Status.COMPLETED)
                .order_by(Payment.id)
            ).first()
            if payment is None or payment.receipt_id is not None:
                continue
            client = session.scalars(select(Contact).where(Contact.name == payer)).one()
            matter = session.scalar(select(Matter).where(Matter.number == number))
            apply = payment.bank_account.kind == "operating"
            to = linking.Target(client, matter)
            linking.link(session, payment.public_id, to, apply=apply, expected=None, by=by)
