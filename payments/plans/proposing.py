"""Making a payment plan over what a client owes now (FEATURES P9)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.methods.models import StoredMethod
from payments.methods.standing import NotChargeable, lock_chargeable, today
from payments.plans import queries
from payments.plans.actions import begin
from payments.plans.calendar import Due
from payments.plans.models import Every, Instalment, PaymentPlan, PlanState
from payments.plans.terms import NOTE_CHARS_MAX, Terms, plan_out
from portal.clients.access import Closed
from portal.clients.details import Problems
from portal.clients.models import Contact
from portal.core import audit, clock
from portal.core.errors import Conflict
from portal.core.ids import public_id
from portal.core.tokens import new_token


@dataclass(frozen=True, slots=True)
class Wanted:
    """A plan as staff want it. `method` is a public id; `asks`: the client has to accept it.

    `seen_cents` is what was owed when the schedule was shown: another sum is shown again first.
    """

    client_id: int
    bank_account_id: int
    method: str
    terms: Terms
    asks: bool
    seen_cents: int
    note: str = ""


def propose(session: Session, wanted: Wanted, closed: Closed, *, by: str) -> PaymentPlan:
    """Write out a plan over what the client owes now. Without `asks` it is active at once.

    Either way the client is emailed the schedule. Raises `Problems` for what is typed wrong and
    `Conflict` where the client has a plan on this account already.
    """
    errors: dict[str, str] = {}
    total = queries.owed_cents(session, wanted.client_id, wanted.bank_account_id, closed)
    schedule: list[Due] = []
    try:
        schedule = plan_out(wanted.terms, total, today(session))
    except Problems as problems:
        errors |= problems.errors
    method = check_method(session, wanted.client_id, wanted.bank_account_id, wanted.method, errors)
    check_note(wanted.note, errors)
    check_seen(wanted.seen_cents, total, errors)
    if errors or method is None:
        raise Problems(errors)
    if queries.live_plan(session, wanted.client_id, wanted.bank_account_id) is not None:
        raise Conflict(overlaps())
    plan = _new_plan(session, wanted, method, schedule, by)
    try:
        with session.begin_nested():
            session.add(plan)
    except IntegrityError as both_at_once:
        raise Conflict(overlaps()) from both_at_once
    plan = write_out(session, plan, schedule)
    audit.record(session, by, "plan.made", f"plan:{plan.public_id}", total_cents=total)
    begin(session, plan)
    return plan


def overlaps() -> str:
    """Why there is no second plan."""
    return _(
        "This client has a payment plan into this account already. Change that one, or cancel it."
    )


def _new_plan(
    session: Session, wanted: Wanted, method: StoredMethod, schedule: Sequence[Due], by: str
) -> PaymentPlan:
    account = session.get_one(BankAccount, wanted.bank_account_id)
    return PaymentPlan(
        public_id=public_id(),
        token=new_token(),
        client_id=wanted.client_id,
        bank_account_id=account.id,
        method_id=method.id,
        currency=account.currency,
        total_cents=sum(due.cents for due in schedule),
        each_cents=wanted.terms.each_cents,
        every=wanted.terms.every or Every.MONTH,
        starts_on=schedule[0].on,
        state=PlanState.PROPOSED,
        asks_client=wanted.asks,
        note=wanted.note.strip(),
        made_at=clock.now(),
        made_by=by,
    )


def check_method(
    session: Session, client_id: int, bank_account_id: int, method: str, errors: dict[str, str]
) -> StoredMethod | None:
    """The method of this public id, or a sentence why it cannot be charged for bills into this
    account."""
    # Whoever sets up something else for the same client waits here; who charges them does not.
    held = select(Contact.id).where(Contact.id == client_id)
    session.execute(held.with_for_update(key_share=True))
    account = session.get(BankAccount, bank_account_id)
    if account is None or account.kind != AccountKind.OPERATING:
        errors["account"] = _("Choose an operating account: bills are paid into those.")
        return None
    found = session.scalar(select(StoredMethod.id).where(StoredMethod.public_id == method))
    if found is None:
        errors["method"] = _("Choose a payment method that this client has stored.")
        return None
    try:
        return lock_chargeable(session, found, client_id=client_id, bank_account_id=bank_account_id)
    except NotChargeable as why:
        errors["method"] = str(why)
        return None


def check_note(note: str, errors: dict[str, str]) -> None:
    """Refuse a note that is too long."""
    if len(note.strip()) > NOTE_CHARS_MAX:
        errors["note"] = _("Write at most %(most)s characters.", most=str(NOTE_CHARS_MAX))


def check_seen(seen_cents: int, owed_cents: int, errors: dict[str, str]) -> None:
    """Refuse a schedule over another sum than was shown."""
    if seen_cents != owed_cents and "total" not in errors:
        errors["total"] = _(
            "What is owed has changed since you opened this page. The schedule below is over the "
            "new sum: look at it, then go on."
        )


def write_out(session: Session, plan: PaymentPlan, schedule: Sequence[Due]) -> PaymentPlan:
    """Add the instalments of a schedule, numbered after those that the plan has already."""
    session.flush()
    known = session.scalars(select(Instalment.number).where(Instalment.plan_id == plan.id)).all()
    first = max(known, default=0) + 1
    session.add_all(
        Instalment(
            plan_id=plan.id, number=number, due_on=due.on, try_on=due.on, amount_cents=due.cents
        )
        for number, due in enumerate(schedule, first)
    )
    session.flush()
    return queries.locked(session, plan.id)
