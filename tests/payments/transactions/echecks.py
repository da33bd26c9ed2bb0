"""eChecks of Cleo's that came into trust, and what staff may do with them meanwhile."""

from datetime import datetime

from payments.accounts import settings
from payments.billing.models import Bill
from payments.gateway.results import MethodKind
from payments.receipts import holds, paying_from_trust
from payments.receipts.models import Receipt
from payments.receipts.trust_ledgers import Choice, choice
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.core import clock, db, demo_clock
from tests.payments.transactions.practice import ANA, Practice


def echeck(practice: Practice, cents: int, kind: str = "trust") -> int:
    """The id of an eCheck that completed, on hold where it is trust money."""
    return practice.till.bring_to(Status.COMPLETED, kind=kind, method=MethodKind.BANK, cents=cents)


def card(practice: Practice, cents: int) -> int:
    """The id of a card payment into trust that completed."""
    return practice.till.bring_to(Status.COMPLETED, kind="trust", cents=cents)


def in_trust(practice: Practice, payment_id: int, nth: int | None = None) -> Receipt:
    """Link a payment into the trust ledger of Cleo, or of her nth matter."""
    return practice.link(payment_id, practice.target(practice.cleo, nth), apply=False)


def on_hold(practice: Practice) -> list[int]:
    """The cents on hold in each of Cleo's trust ledgers now."""
    with db.read() as session:
        return list(holds.on_hold(session, [practice.cleo.id], clock.now()).values())


def of(bill: Bill) -> Choice:
    """The trust ledgers that may pay a bill now."""
    with db.read() as session:
        return choice(session, session.get_one(Bill, bill.id), NOTHING_CLOSED)


def available(bill: Bill) -> list[int]:
    """What each of them may pay with."""
    return [one.available_cents for one in of(bill).ledgers]


def shown(bill: Bill, cents: int) -> paying_from_trust.TrustPlan:
    """What staff are shown for so much from the first of them."""
    found = of(bill)
    with db.read() as session:
        now = session.get_one(Bill, bill.id)
    return paying_from_trust.planned(now, found, found.ledgers[0].key, cents)


def pay(bill: Bill, plan: paying_from_trust.TrustPlan) -> None:
    """Press **Pay from trust** on a plan that was shown."""
    with db.transaction() as session:
        paying_from_trust.pay(
            session,
            bill.public_id,
            ledger_key=plan.ledger.key,
            amount_cents=plan.amount_cents,
            note="",
            expected=plan.fingerprint,
            by=ANA,
            closed=NOTHING_CLOSED,
        )


def go_to(at: datetime) -> None:
    """Advance the demo clock to a time."""
    with db.transaction() as session:
        demo_clock.advance(session, at - clock.now())
    clock.forget_offset()


def hold_days(days: int) -> None:
    """The firm sets how long eChecks in trust are on hold."""
    with db.transaction() as session:
        settings.set_hold_days(session, days, by=ANA)
