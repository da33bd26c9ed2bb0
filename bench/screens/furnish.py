"""What the demo's story does not tell, so that every screen has something to show.

Done with the product's own actions on the running demo's database, as the journeys do it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select, update

from payments.accounts.models import BankAccount
from payments.billing.models import UNISSUED, Bill, BillStatus
from payments.methods.requests import Asked, ask
from payments.plans.models import Every
from payments.plans.proposing import Wanted, propose
from payments.plans.queries import owed_cents
from payments.plans.terms import Terms
from payments.receipts.models import ReceiptSource
from payments.receipts.recording import Recorded, record
from payments.transactions.models import Payment
from payments.webhooks.models import ProcessorEvent
from portal.access import invitations
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact_by_id
from portal.core import clock, db
from portal.documents import keeping, receiving, sharing, uploads
from portal.firm.invitations import invite
from portal.firm.models import Level
from portal.firm.users import UserDetails
from tests.factories import clients, portals
from tests.factories.methods import Wallet
from tests.factories.payments import CARD_ASKS, Payer
from tests.payments.receipts.trust_desk import pay

ADA, BY = "ada@demo.test", "user:tester"
OPERATING, TRUST = "Harlow & Reyes Operating", "IOLTA Trust"
LEASE, ESTATE = "00012", "00001"
EVENT = "evt_fits_nothing"


@dataclass(frozen=True)
class Furnished:
    """The cookie of a client whose portal is empty, and pages that are many links away."""

    empty_portal: str
    places: tuple[str, ...]
    public_places: tuple[str, ...]


def furnish(app: Flask, operating_link: str) -> Furnished:
    """All that is missing."""
    with db.read() as session:
        account = session.scalars(select(BankAccount).where(BankAccount.name == OPERATING)).one()
        lease = session.scalars(select(Matter).where(Matter.number == LEASE)).one()
        estate = session.scalars(select(Matter).where(Matter.number == ESTATE)).one()
        cleo = session.get_one(Contact, lease.client_id)
    _let_the_browser_choose_the_language()
    _plan_by_a_stored_card(cleo, account)
    _credit(cleo, account)
    paid = (_paid_from_trust(estate), _paid_from_trust(lease))
    framed = _question_of_a_bank(app, operating_link)
    _test_deposits(app, operating_link)
    _event_that_fits_nothing()
    _asked_to_store(clients.contact("Sam Asked", "sam.asked@demo.test"), account)
    _asked_to_join()
    places = (*_folders(lease), *paid, *_far_away())
    return Furnished(_empty_portal(), places, (framed,))


def _far_away() -> tuple[str, ...]:
    with db.read() as session:
        changed = session.scalars(select(Bill.public_id).where(Bill.version > 1)).first()
        trust = select(BankAccount.public_id).where(BankAccount.name == TRUST)
        unissued = session.scalars(select(Bill.public_id).where(Bill.status.in_(UNISSUED)))
        return (
            *(f"/staff/bills/{one}" for one in unissued),
            f"/staff/bills/{changed}",
            f"/staff/settings/bank-accounts/{session.scalar(trust)}/override",
            f"/staff/online-payments/events/{EVENT}",
            "/staff/bulk-sendings/new?of=bills&all=yes",
            "/staff/bulk-sendings/new?of=trust-requests&all=yes",
            "/staff/online-payments/transactions?linked=yes",
            "/staff/online-payments/trust-tasks",
            *(f"/staff/bills?status={one}" for one in BillStatus),
        )


def _let_the_browser_choose_the_language() -> None:
    with db.transaction() as session:
        session.execute(update(Contact).values(language=None))


def client_cookie(name: str) -> str:
    """The token of a browser in which a client of the demo is signed in."""
    with db.read() as session:
        contact = session.scalars(select(Contact).where(Contact.name == name)).one()
    return portals.signed_in(contact)


def _today() -> date:
    return clock.now().date()


def _plan_by_a_stored_card(client: Contact, account: BankAccount) -> None:
    card = Wallet(client, account).stored()
    with db.read() as session:
        owed = owed_cents(session, client.id, account.id, NOTHING_CLOSED)
    terms = Terms(Every.MONTH, _today() + timedelta(days=5), count=3)
    wanted = Wanted(client.id, account.id, card.public_id, terms, asks=True, seen_cents=owed)
    with db.transaction() as session:
        propose(session, wanted, NOTHING_CLOSED, by=BY)


def _credit(client: Contact, account: BankAccount) -> None:
    day = _today() - timedelta(days=1)
    cash = Recorded(ReceiptSource.CASH, client.id, None, account, 20_000, day)
    with db.transaction() as session:
        record(session, cash, apply=False, expected=None, by=BY)


def _paid_from_trust(matter: Matter) -> str:
    with db.read() as session:
        unpaid = select(Bill).where(Bill.status == BillStatus.AWAITING_PAYMENT)
        owed = unpaid.where(Bill.client_id == matter.client_id).order_by(Bill.id)
        bill = session.scalars(owed).first()
    if bill is None:
        raise RuntimeError(f"the demo's matter {matter.number} owes nothing")
    return f"/staff/trust-transfers/{pay(bill, 10_000).public_id}"


def _question_of_a_bank(app: Flask, link: str) -> str:
    payer = Payer(app)
    payer.press_submit(payer.review(link, number=CARD_ASKS), status=200)
    with db.read() as session:
        newest = select(Payment.status_token).order_by(Payment.id.desc())
        return f"{link.replace('/pay/', '/embed/')}/payments/{session.scalars(newest).first()}"


def _test_deposits(app: Flask, link: str) -> None:
    payer = Payer(app)
    form = payer.type_in(link, method="bank")
    form["confirmation_token"] = payer.type_bank_numbers()
    payer.press_submit(payer.post(link, form, htmx=True))


def _event_that_fits_nothing() -> None:
    with db.transaction() as session:
        session.add(
            ProcessorEvent(
                account="",
                event_id=EVENT,
                type="payment_intent.succeeded",
                object_id="pi_of_nobody",
                intent_id="pi_of_nobody",
                told_by="webhook",
                received_at=clock.now(),
                handled_at=clock.now(),
                problem="The payment is not one of this firm's.",
            )
        )


def _folders(matter: Matter) -> tuple[str, ...]:
    ada = portals.firm_person(ADA)
    with db.transaction() as session:
        kept = session.get_one(Matter, matter.id)
        folder = keeping.make_folder(session, kept, name="Exhibits", into=None, by=ada)
        sharing.start(session, kept, by=ada, what=folder)
        own = keeping.make_folder(session, kept, name="Notes", into=None, by=ada)
        ways = {"name": "Floor plan.txt", "size_bytes": 5, "folder_id": folder.id}
        upload = uploads.begin(session, matter.id, by=ada, **ways)
    receiving.receive_whole(upload.public_id, ada, [b"words"])
    receiving.finish(upload.public_id, ada)
    return tuple(f"/staff/folders/{one.public_id}" for one in (folder, own))


def _asked_to_store(client: Contact, account: BankAccount) -> None:
    with db.transaction() as session:
        ask(session, Asked(client.id, account.id, client.emails[0].address, "Please.", BY))


def _asked_to_join() -> None:
    details = UserDetails("Kim Tran", "Paralegal", frozenset({Level.BILLING}))
    with db.transaction() as session:
        invite(session, "kim.tran@demo.test", details, by=portals.firm_person(ADA).actor)
    contact = clients.contact("Ivo Invited", "ivo.invited@demo.test")
    matter = clients.matter(contact, "Invited lease")
    portals.opened(matter, portals.firm_person(ADA))
    with db.transaction() as session:
        invitations.invite(session, contact_by_id(session, contact.id), matter.id, by=BY)


def _empty_portal() -> str:
    contact = clients.contact("Nora Newcomer", "nora.newcomer@demo.test")
    portals.opened(clients.matter(contact, "New lease"), portals.firm_person(ADA))
    portals.joined(contact)
    return portals.signed_in(contact)
