"""What Ana has done with the demo's money: cheques recorded, payments linked, some left to do."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.demo import DemoAccounts
from payments.accounts.models import BankAccount
from payments.billing.demo import PAID_BY_CHEQUE, PART_PAID
from payments.billing.models import Bill
from payments.receipts.models import ReceiptSource
from payments.receipts.recording import Recorded, record
from payments.transactions import linking
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.clients.demo import DemoClients
from portal.clients.models import Contact, Matter
from portal.core import clock, db

PAID_AFTER = timedelta(days=12)
HELD_FOR_THE_ESTATE_CENTS = 1_250_000
# Who has paid, and on which matter where it is known. The payments of Owen Blake and others are
# left unlinked, for whoever tries the product.
LINKED: tuple[tuple[str, str | None], ...] = (
    ("Marguerite Duval", None),
    ("Tomás Herrera", "00007"),
    ("Priya Raman", "00005"),
    ("Cleo Marsh", "00012"),
)


def record_cheques(
    session: Session, clients: DemoClients, accounts: DemoAccounts, *, by: str
) -> None:
    """Record the cheques that paid the demo's oldest bills, and one that is held in trust."""
    cents_of = dict.fromkeys(PAID_BY_CHEQUE, 0) | {PART_PAID[0]: PART_PAID[1]}
    bills = session.scalars(select(Bill).where(Bill.number.in_(cents_of)).order_by(Bill.number))
    for place, bill in enumerate(bills.all()):
        assert bill.number is not None
        assert bill.issued_on is not None
        cents, on = cents_of[bill.number] or bill.total_cents, bill.issued_on + PAID_AFTER
        number = str(4_071 + 37 * place)
        _cheque(session, bill.client_id, None, accounts.operating, cents, on, number, by)
    estate, cents = clients.matters["00001"], HELD_FOR_THE_ESTATE_CENTS
    on = clock.now().date() - timedelta(days=30)
    _cheque(session, estate.client_id, estate.id, accounts.trust, cents, on, "2217", by)


def _cheque(
    session: Session,
    client_id: int,
    matter_id: int | None,
    account: BankAccount,
    cents: int,
    on: date,
    number: str,
    by: str,
) -> None:
    cheque = Recorded(ReceiptSource.CHEQUE, client_id, matter_id, account, cents, on, number)
    record(session, cheque, apply=account.kind == "operating", expected=None, by=by)


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
