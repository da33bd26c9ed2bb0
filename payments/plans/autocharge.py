"""Turning autocharge on and off: each bill of a client is charged at its moment (FEATURES P9).

Bills whose moment has passed when it is turned on are left alone: what is overdue is charged by
**Charge stored method**, on purpose. A bill whose moment comes while the client has a live payment
plan is the plan's, and stays so when the plan ends (docs/decisions/0014).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from payments.billing import after_issue
from payments.billing.models import Bill, BillStatus
from payments.methods.standing import today
from payments.plans import autocharge_emails as _emails  # noqa: F401  they register themselves
from payments.plans import autocharge_queries as queries
from payments.plans.calendar import due_moment
from payments.plans.models import Autocharge, BillCharge, DueState, Moment
from payments.plans.proposing import check_method
from payments.plans.telling import tell_client
from portal.clients.details import Problems
from portal.core import audit, clock, db, jobs
from portal.core.errors import Conflict
from portal.core.ids import public_id
from portal.firm.brand import brand

DAYS_MAX = 90
SCHEDULE = "autocharge.schedule"
CHARGE = "autocharge.charge"
_NOT_BEGUN = frozenset({DueState.SCHEDULED, DueState.SKIPPED, DueState.CANCELED})
after_issue.follow(SCHEDULE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Autocharge as staff want it. `method` is a public id; `days` count for `Moment.AFTER`."""

    client_id: int
    bank_account_id: int
    method: str
    moment: Moment | None
    days: int = 0


def turn_on(session: Session, wanted: Wanted, *, by: str) -> Autocharge:
    """Charge the client's bills from now on; what was set before ends. The client is emailed.

    Set as it is already, it goes on as it was, and nobody is emailed again. Raises `Problems` with
    a sentence for each field.
    """
    errors: dict[str, str] = {}
    method = check_method(session, wanted.client_id, wanted.bank_account_id, wanted.method, errors)
    if wanted.moment is None:
        errors["moment"] = _("Choose when bills are charged.")
    if wanted.moment is Moment.AFTER and not 1 <= wanted.days <= DAYS_MAX:
        errors["days"] = _("Enter a number of days from 1 to 90.")
    if errors or method is None or wanted.moment is None:
        raise Problems(errors)
    days = wanted.days if wanted.moment is Moment.AFTER else 0
    before = queries.standing(session, wanted.client_id, wanted.bank_account_id)
    if before is not None:
        if (before.method_id, before.moment, before.days) == (method.id, wanted.moment, days):
            return before
        _end(session, before, by)
    made = Autocharge(
        public_id=public_id(),
        client_id=wanted.client_id,
        bank_account_id=wanted.bank_account_id,
        method_id=method.id,
        moment=wanted.moment,
        days=days,
        made_at=clock.now(),
        made_by=by,
    )
    session.add(made)
    session.flush()
    made = queries.by_id(session, made.id)
    if before is not None:
        _take_over(session, before, made)
    audit.record(session, by, "autocharge.turned_on", f"autocharge:{made.public_id}")
    for bill in _open_bills(session, made):
        schedule(session, made, bill)
    tell_client(session, "autocharge-on-client", made)
    return made


def turn_off(session: Session, public_name: str, *, by: str) -> Autocharge:
    """Charge nothing more of its own accord; the client is emailed. A charge under way goes on.

    Raises `Conflict` where it is off already.
    """
    found = queries.locked(session, public_name)
    if found.ended_at is not None:
        raise Conflict(_("Autocharge is turned off already."))
    _end(session, found, by)
    _cancel(session, found, DueState.SCHEDULED, DueState.RETRYING)
    audit.record(session, by, "autocharge.turned_off", f"autocharge:{found.public_id}")
    tell_client(session, "autocharge-off-client", found)
    return found


def _end(session: Session, standing: Autocharge, by: str) -> None:
    standing.ended_at, standing.ended_by = clock.now(), by
    session.flush()


def _cancel(session: Session, standing: Autocharge, *states: DueState) -> None:
    session.execute(
        update(BillCharge)
        .where(BillCharge.autocharge_id == standing.id, BillCharge.state.in_(states))
        .values(state=DueState.CANCELED)
        .execution_options(synchronize_session=False)
    )


def _take_over(session: Session, before: Autocharge, made: Autocharge) -> None:
    # A second try is promised to the client, also where the first is under way: the new method
    # makes it. So is the first to staff, where it waits for the next morning and says why.
    begun = or_(
        BillCharge.state.in_([DueState.CHARGING, DueState.RETRYING]),
        and_(BillCharge.state == DueState.SCHEDULED, BillCharge.told != ""),
    )
    session.execute(
        update(BillCharge)
        .where(BillCharge.autocharge_id == before.id, begun)
        .values(autocharge_id=made.id)
        .execution_options(synchronize_session=False)
    )
    _cancel(session, before, DueState.SCHEDULED)


def _open_bills(session: Session, standing: Autocharge) -> list[Bill]:
    """The client's unpaid bills, but for those that are left alone."""
    unpaid = session.scalars(
        select(Bill)
        .where(Bill.client_id == standing.client_id)
        .where(Bill.bank_account_id == standing.bank_account_id)
        .where(Bill.status == BillStatus.AWAITING_PAYMENT, Bill.due_on.is_not(None))
        .order_by(Bill.due_on, Bill.number)
    ).all()
    timezone = brand(session).timezone
    return [bill for bill in unpaid if not left_alone(standing, bill, timezone)]


def day_of(standing: Autocharge, bill: Bill) -> date:
    """The day on which a bill is charged first."""
    if standing.moment == Moment.ISSUE or bill.due_on is None:
        return bill.issued_on or date.min
    return bill.due_on + timedelta(days=standing.days)


def moment_of(standing: Autocharge, bill: Bill, timezone: str) -> datetime:
    """When a bill is charged first: as it is issued, or at nine on its day where the firm is."""
    if standing.moment == Moment.ISSUE and bill.approved_at is not None:
        return bill.approved_at
    return due_moment(day_of(standing, bill), timezone)


def left_alone(standing: Autocharge, bill: Bill, timezone: str) -> bool:
    """Whether a bill was issued, and its moment had passed, before this was turned on."""
    old = bill.approved_at is not None and bill.approved_at < standing.made_at
    return old and moment_of(standing, bill, timezone) < standing.made_at


def schedule(session: Session, standing: Autocharge, bill: Bill) -> None:
    """Keep when a bill is charged, and owe the job. One that was tried already stays as it is.

    One that was skipped, since too little was owed, may owe more by a change.
    """
    kept = session.scalar(select(BillCharge).where(BillCharge.bill_id == bill.id).with_for_update())
    day = max(day_of(standing, bill), today(session))
    if kept is None:
        kept = BillCharge(bill_id=bill.id, autocharge_id=standing.id, try_on=day)
        session.add(kept)
    elif kept.tries or kept.state not in _NOT_BEGUN:
        return
    kept.autocharge_id, kept.try_on = standing.id, day
    kept.state, kept.told = DueState.SCHEDULED, ""
    session.flush()
    at_once = standing.moment == Moment.ISSUE
    owe_charge(session, kept, clock.now() if at_once else None)


def owe_charge(session: Session, kept: BillCharge, at: datetime | None = None) -> None:
    """Owe the job that charges it: at nine on its day where the firm is, or at the time given."""
    due_at = at or due_moment(kept.try_on, brand(session).timezone)
    key = f"{CHARGE}:{kept.id}"
    jobs.enqueue(session, CHARGE, due_at=due_at, unique_key=key, bill_charge_id=kept.id)


@jobs.handler(SCHEDULE)
def schedule_bill(bill_id: int) -> None:
    """A bill was issued, or changed: it is charged at its moment, where autocharge is on."""
    with db.transaction() as session:
        bill = session.get_one(Bill, bill_id)
        standing = queries.standing(session, bill.client_id, bill.bank_account_id)
        if standing is None or bill.status != BillStatus.AWAITING_PAYMENT:
            return
        if not left_alone(standing, bill, brand(session).timezone):
            schedule(session, standing, bill)
