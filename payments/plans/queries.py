"""Reading payment plans."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from payments.accounts.models import AccountKind, BankAccount
from payments.billing.closed import left_out
from payments.billing.models import Bill, BillStatus
from payments.plans.models import DueState, Instalment, InstalmentTry, PaymentPlan, PlanState
from payments.plans.states import LIVE_STATES
from payments.transactions.disputed_bills import in_dispute
from payments.transactions.models import Payment
from portal.clients.access import Closed
from portal.clients.models import Contact
from portal.web.pagination import PAGE_ROWS, Page, cut

TOKEN_CHARS_MAX = 64
_FAILED = PaymentPlan.id.in_(
    select(Instalment.plan_id).where(Instalment.state == DueState.FAILED).correlate(None)
)


def _whole() -> Select[PaymentPlan]:
    return select(PaymentPlan).options(
        joinedload(PaymentPlan.client).selectinload(Contact.emails),
        joinedload(PaymentPlan.bank_account),
        joinedload(PaymentPlan.method),
        selectinload(PaymentPlan.instalments),
    )


def by_public_id(session: Session, public_id: str) -> PaymentPlan | None:
    """One plan with all that belongs to it, for staff. It is of a client, and of no matter."""
    if "\0" in public_id:
        return None
    return session.scalar(_whole().where(PaymentPlan.public_id == public_id))


def by_token(session: Session, token: str) -> PaymentPlan | None:
    """The plan whose client was given this address; None for any other address."""
    if len(token) > TOKEN_CHARS_MAX or "\0" in token:
        return None
    return session.scalar(_whole().where(PaymentPlan.token == token))


def by_id(session: Session, plan_id: int) -> PaymentPlan:
    """One that must be there."""
    return session.scalars(_whole().where(PaymentPlan.id == plan_id)).one()


def of_client(session: Session, client_id: int) -> Sequence[PaymentPlan]:
    """A client's plans, newest first."""
    found = _whole().where(PaymentPlan.client_id == client_id).order_by(PaymentPlan.id.desc())
    return session.scalars(found).all()


def listed(
    session: Session, state: PlanState | None, *, before: int | None, after: int | None
) -> Page[PaymentPlan]:
    """The plans in a state, or in any: those with a failed instalment first, then the others, the
    newest of each first. They come after the one with the id `before`, or before the one `after`.
    A page is read from each of the two alone, wherever it begins."""
    begins = before if after is None else after
    here = None if begins is None else _needs_somebody(session, begins)
    up = here is not None and after is not None
    parts = [False, True] if up else [True, False]
    rows: list[PaymentPlan] = []
    for failed in parts if here is None else parts[parts.index(here) :]:
        part = _whole().where(_FAILED if failed else ~_FAILED)
        if state is not None:
            part = part.where(PaymentPlan.state == state)
        if failed == here:
            part = part.where(PaymentPlan.id > begins if up else PaymentPlan.id < begins)
        part = part.order_by(PaymentPlan.id if up else PaymentPlan.id.desc())
        rows += session.scalars(part.limit(PAGE_ROWS + 1 - len(rows)))
    older = None if here is None or up else begins
    return cut(rows, lambda plan: plan.id, before=older, after=begins if up else None)


def _needs_somebody(session: Session, plan_id: int) -> bool | None:
    """Whether this plan has a failed instalment; None where there is no such plan."""
    return session.scalar(select(_FAILED).where(PaymentPlan.id == plan_id))


def live_plan(session: Session, client_id: int, bank_account_id: int) -> PaymentPlan | None:
    """The plan by which a client pays into this account now: proposed, active or paused."""
    return session.scalar(
        select(PaymentPlan).where(
            PaymentPlan.client_id == client_id,
            PaymentPlan.bank_account_id == bank_account_id,
            PaymentPlan.state.in_(LIVE_STATES),
        )
    )


def owed_cents(session: Session, client_id: int, bank_account_id: int, closed: Closed) -> int:
    """What a client owes on unpaid bills into this account, less what payments under way bring.

    Bills of matters that are closed to the viewer do not count.
    """
    owed = func.coalesce(func.sum(Bill.total_cents - Bill.applied_cents - Bill.reserved_cents), 0)
    unpaid = (
        Bill.client_id == client_id,
        Bill.bank_account_id == bank_account_id,
        Bill.status == BillStatus.AWAITING_PAYMENT,
    )
    return int(session.execute(select(owed).where(*unpaid, *left_out(closed))).scalar_one())


def operating_accounts(session: Session) -> Sequence[BankAccount]:
    """The accounts that bills are paid into, and so plans."""
    return session.scalars(
        select(BankAccount)
        .where(BankAccount.kind == AccountKind.OPERATING)
        .order_by(BankAccount.id)
    ).all()


def payments_of(session: Session, instalment_ids: Collection[int]) -> dict[int, list[Payment]]:
    """The payments that instalments have made, in the order of their tries."""
    rows = session.execute(
        select(InstalmentTry.instalment_id, Payment)
        .join(Payment, Payment.id == InstalmentTry.payment_id)
        .where(InstalmentTry.instalment_id.in_(instalment_ids))
        .order_by(InstalmentTry.instalment_id, InstalmentTry.number)
    )
    found: dict[int, list[Payment]] = {}
    for instalment_id, payment in rows:
        found.setdefault(instalment_id, []).append(payment)
    return found


def payment_under_way(session: Session, plan: PaymentPlan) -> bool:
    """Whether another payment on the client's bills into this account has not ended yet, or is
    disputed and may come back."""
    waits = exists().where(
        Bill.client_id == plan.client_id,
        Bill.bank_account_id == plan.bank_account_id,
        Bill.status == BillStatus.AWAITING_PAYMENT,
        or_(Bill.reserved_cents > 0, Bill.id.in_(in_dispute())),
    )
    return bool(session.scalar(select(waits)))


def locked(session: Session, plan_id: int) -> PaymentPlan:
    """The plan as it is now, kept from changing until the transaction ends, with its instalments.

    Whoever changes a plan or an instalment holds the plan's row first.
    """
    fresh = {"populate_existing": True}
    found = select(PaymentPlan).where(PaymentPlan.id == plan_id).with_for_update(of=PaymentPlan)
    session.execute(found, execution_options=fresh)
    return session.scalars(_whole().where(PaymentPlan.id == plan_id), execution_options=fresh).one()


def locked_instalment(session: Session, instalment_id: int) -> tuple[PaymentPlan, Instalment]:
    """An instalment that must be there, with its plan, which is locked."""
    found = select(Instalment.plan_id).where(Instalment.id == instalment_id)
    plan = locked(session, session.scalars(found).one())
    return plan, next(one for one in plan.instalments if one.id == instalment_id)
