"""The demo firm's bills, in every state. The references in payments/demo/story.py name some."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from payments.accounts.models import BankAccount
from payments.billing.actions import (
    BillDetails,
    Discount,
    LineDetails,
    TaxDetails,
    draft_bill,
    issue,
    submit_for_approval,
    void,
)
from payments.billing.changing import change_bill
from payments.billing.models import Bill
from payments.billing.reckoning import NO_DISCOUNT
from portal.clients.demo import DemoClients
from portal.core import clock
from portal.firm.demo import HARLOW_REYES, PEOPLE
from portal.firm.queries import user_by_email

FIRST_DEMO_NUMBER = 1025
PAID_BY_CHEQUE = (1025, 1026, 1034, 1035)
"""Meant to be paid in full by receipts, as checks were recorded for them."""
PART_PAID = (1028, 100_000)
"""A number and the cents that were paid on it."""

Line = tuple[str, str, int, int]  # matter, what was done, thousandths, cents for one


@dataclass(frozen=True, slots=True)
class DemoBill:
    """A bill of the made-up firm, told in days from the day on which the demo is looked at."""

    client: str
    issued_days_ago: int
    due_in_days: int
    lines: tuple[Line, ...]
    discount: Discount = NO_DISCOUNT
    taxes: tuple[TaxDetails, ...] = ()


# In the order of their numbers. Days are counted from the day on which the demo is looked at.
ISSUED = (
    DemoBill("Henderson Estate", 64, -34, (
        ("00001", "Inventory of the estate", 9_600, 30_000),
        ("00001", "Appraisal of the house", 1_000, 60_000))),
    DemoBill("Northgate Dental Group", 60, -30, (
        ("00006", "Review of the landlord's draft", 4_600, 25_000),)),
    DemoBill("Rosa Delgado", 58, -28, (
        ("00008", "Petition for a change of name", 1_000, 27_500),)),
    DemoBill("Park & Sons Roofing", 55, -25, (
        ("00010", "Demand letter and research", 5_800, 30_000),
        ("00010", "Court filing fee", 1_000, 20_000))),
    DemoBill("Walter Jensen", 52, -22, (
        ("00002", "Will and powers of attorney", 3_000, 30_000),)),
    DemoBill("Cleo Marsh", 50, -20, (
        ("00012", "Review of the lease", 1_000, 25_000),
        ("00012", "Call with the landlord", 200, 30_000))),
    DemoBill("Tomás Herrera", 48, -18, (
        ("00007", "Deposition of the driver", 4_750, 30_000),)),
    DemoBill("Cleo Marsh", 45, -15, (
        ("00012", "Letter on the deposit", 750, 25_000),)),
    DemoBill("Oakridge Homeowners Association", 44, -14, (
        ("00013", "Memo on short rentals", 3_200, 20_000),)),
    DemoBill("Sunrise Bakery LLC", 42, -12, (
        ("00004", "Operating agreement", 1_500, 30_000),)),
    DemoBill("Rosa Delgado", 40, -10, (
        ("00008", "Petition for a change of name", 1_000, 27_500),)),
    DemoBill("Greta Lindholm", 38, -8, (
        ("00016", "First draft of the will", 1_400, 25_000),)),
    DemoBill("Henderson Estate", 36, -6, (
        ("00001", "Hearing on the petition", 2_400, 30_000),)),
    DemoBill("Marguerite Duval", 34, -4, (
        ("00003", "Brief for the mediation", 1_400, 27_500),
        ("00003", "Filing fee", 1_000, 10_000))),
    DemoBill("Northgate Dental Group", 32, -2, (
        ("00006", "Negotiation with the landlord", 3_440, 25_000),)),
    DemoBill("Walter Jensen", 30, 0, (
        ("00015", "Deed and closing of the cabin", 1_800, 30_000),)),
    DemoBill("Priya Raman", 30, 0, (
        ("00005", "Amendment of the trust", 3_500, 30_000),
        ("00005", "Call with the co-trustee", 700, 30_000),
        ("00005", "Recording fee", 1_000, 1_550))),
    DemoBill("Cleo Marsh", 28, 2, (
        ("00012", "Talks on the renewal", 1_700, 25_000),)),
    DemoBill("Hana Kobayashi", 25, 5, (
        ("00014", "Home study and petition", 4_000, 28_000),)),
    DemoBill("Owen Blake", 22, 8, (
        ("00009", "Review of the lease", 1_600, 20_000),)),
    DemoBill("Cleo Marsh", 16, 14, (
        ("00012", "Signing of the renewal", 1_500, 25_000),
        ("00017", "First letter to Capitol Storage", 750, 25_000))),
    DemoBill("Sunrise Bakery LLC", 15, 15, (
        ("00011", "Trade mark search", 4_000, 27_500),
        ("00011", "Application", 2_500, 27_500),
        ("00011", "Filing fee and copies", 1_000, 35_325))),
    DemoBill("Marguerite Duval", 14, 16, (
        ("00003", "Settlement conference", 2_000, 30_000),)),
    DemoBill("Cleo Marsh", 13, 17, (
        ("00017", "Claim for the damaged goods", 800, 30_000),)),
    DemoBill("Park & Sons Roofing", 12, 18, (
        ("00010", "Preparing the hearing", 2_550, 30_000),)),
)  # fmt: skip
_CHANGED = (1043, 3_500, "The second call with the agency was not to be billed.")
VOIDED_DAYS_AGO = 41
_VOID = (1027, "Billed to the wrong address. Bill 1035 takes its place.")
_AWAITING_APPROVAL = (
    DemoBill("Tomás Herrera", 0, 30, (
        ("00007", "Motion to compel", 7_700, 30_000),
        ("00007", "Copies and postage", 1_000, 8_450)), discount=Discount(10_000)),
    DemoBill("Hana Kobayashi", 0, 30, (
        ("00014", "Hearing before the family court", 2_250, 28_000),)),
)  # fmt: skip
_DRAFTS = (
    DemoBill("Greta Lindholm", 0, 30, (
        ("00016", "Second draft of the will", 1_100, 25_000),),
        taxes=(TaxDetails("Washington sales tax", 9_200),)),
    DemoBill("Marguerite Duval", 0, 30, (
        ("00018", "Listing agreement", 900, 30_000),
        ("00003", "Letter to the mediator", 500, 27_500))),
)  # fmt: skip


def issue_demo_bill(
    session: Session, clients: DemoClients, account: BankAccount, told: DemoBill
) -> Bill:
    """Write and issue one of them. Booked on its own day where the demo's clock stands there."""
    today = _today()
    ada, ben = (_actor(session, PEOPLE[place][0]) for place in (0, 1))
    bill = draft_bill(session, _details(clients, account, told, today), by=ben)
    on = today - timedelta(days=told.issued_days_ago)
    return issue(session, bill, on=on, by=ada, first_number=FIRST_DEMO_NUMBER)


def void_demo_bill(session: Session) -> None:
    """Void the one that went to the wrong address, before the one in its place is issued."""
    wrong = session.scalars(select(Bill).where(Bill.number == _VOID[0])).one()
    void(session, wrong, reason=_VOID[1], by=_actor(session, PEOPLE[0][0]))


def finish_demo_bills(session: Session, clients: DemoClients, account: BankAccount) -> list[Bill]:
    """Change the one whose hours were too many, and write those that are not issued yet."""
    _change(session)
    today, ben = _today(), _actor(session, PEOPLE[1][0])
    bills: list[Bill] = []
    for told in _AWAITING_APPROVAL:
        bill = draft_bill(session, _details(clients, account, told, today), by=ben)
        bills.append(submit_for_approval(session, bill, by=ben))
    for told in _DRAFTS:
        bills.append(draft_bill(session, _details(clients, account, told, today), by=ben))
    return bills


def _change(session: Session) -> None:
    number, thousandths, reason = _CHANGED
    bill = session.scalars(
        select(Bill).where(Bill.number == number).options(selectinload(Bill.lines))
    ).one()
    lines = [
        LineDetails(one.matter_id, one.worked_on, one.description, thousandths, one.rate_cents)
        for one in bill.lines
    ]
    assert bill.due_on is not None
    wanted = BillDetails(bill.client_id, bill.bank_account_id, lines, bill.due_on)
    change_bill(session, bill, wanted, reason=reason, by=_actor(session, PEOPLE[1][0]))


def _today() -> date:
    return clock.wall_time().astimezone(ZoneInfo(HARLOW_REYES.timezone)).date()


def _actor(session: Session, email: str) -> str:
    user = user_by_email(session, email)
    if user is None:
        raise RuntimeError("the demo firm is made before its bills")
    return f"user:{user.public_id}"


def _details(
    clients: DemoClients, account: BankAccount, told: DemoBill, today: date
) -> BillDetails:
    issued_on = today - timedelta(days=told.issued_days_ago)
    return BillDetails(
        client_id=clients.contacts[told.client].id,
        bank_account_id=account.id,
        lines=[
            LineDetails(
                matter_id=clients.matters[matter].id,
                worked_on=issued_on - timedelta(days=len(told.lines) - place + 1),
                description=what,
                quantity_thousandths=thousandths,
                rate_cents=cents,
            )
            for place, (matter, what, thousandths, cents) in enumerate(told.lines)
        ],
        due_on=today + timedelta(days=told.due_in_days),
        discount=told.discount,
        taxes=told.taxes,
    )
