"""Who is told what about plans and autocharge: owed in the transaction of its cause (FEATURES P9,
N4)."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from payments.billing.models import Bill
from payments.plans.models import Autocharge, BillCharge, Instalment, PaymentPlan, PlanState
from payments.transactions.charging import told_at
from payments.transactions.notices import FIRM_AUDIENCE
from portal.notifications.actions import raise_alert
from portal.notifications.alert_links import Topic, file_under, leads_to
from portal.outbox.actions import owe

INSTALMENT_FAILED, PLANS_WAIT = "instalment_failed", "payment_plans_wait"
AUTOCHARGE_FAILED, AUTOCHARGE_WAITS = "autocharge_failed", "autocharge_waits"
PLAN_WANTS_METHOD, AUTOCHARGE_WANTS_METHOD = "plan_wants_method", "autocharge_wants_method"

for _kind in (INSTALMENT_FAILED, PLAN_WANTS_METHOD):
    leads_to(_kind, _("Open the payment plan"), "payment_plans.show")
for _kind in (AUTOCHARGE_FAILED, AUTOCHARGE_WANTS_METHOD):
    leads_to(_kind, _("Open autocharge"), "payment_plans.autocharge_of")
for _kind in (PLANS_WAIT, AUTOCHARGE_WAITS):
    leads_to(_kind, _("Open the bank account"), "bank_accounts.show")
file_under(
    Topic.PLANS,
    *(INSTALMENT_FAILED, PLANS_WAIT, PLAN_WANTS_METHOD),
    *(AUTOCHARGE_FAILED, AUTOCHARGE_WAITS, AUTOCHARGE_WANTS_METHOD),
)


def tell_client(session: Session, kind: str, about: PaymentPlan | Autocharge, **args: Any) -> None:
    """Owe the client an email of this kind about their plan or autocharge, as it is then."""
    named: dict[str, Any] = _named(about) | args | told_at(about.client, about.method)
    owe(session, kind, audience="address", once=_once(kind, about, args), **named)


def tell_firm(session: Session, kind: str, about: PaymentPlan | Autocharge, **args: Any) -> None:
    """Owe the email to whoever is told about payments at the firm (N3)."""
    named: dict[str, Any] = _named(about) | args
    owe(session, kind, audience=FIRM_AUDIENCE, once=_once(kind, about, args), **named)


def _named(about: PaymentPlan | Autocharge) -> dict[str, Any]:
    key = "plan_id" if isinstance(about, PaymentPlan) else "autocharge_id"
    return {key: about.id}


def _once(kind: str, about: PaymentPlan | Autocharge, args: dict[str, Any]) -> str:
    """Of a plan, once for each version and state too."""
    plan = (about.version, about.state) if isinstance(about, PaymentPlan) else ()
    return ":".join(str(part) for part in (kind, about.public_id, *plan, *args.values()))


def tell_of_instalment(
    session: Session,
    plan: PaymentPlan,
    one: Instalment,
    *,
    again_on: date | None,
    payment_id: int | None = None,
) -> None:
    """Tell both sides that an instalment was not paid, and when it is tried again, if it is.

    One that is not tried again stands in the staff alerts too. Everybody at the firm reads those,
    and a plan is of a client, so no matter is named.
    """
    args = {"instalment_id": one.id} | _failure(one, again_on, payment_id)
    tell_client(session, "instalment-failed-client", plan, **args)
    tell_firm(session, "instalment-failed-firm", plan, **args)
    if again_on is None:
        raise_alert(
            session,
            INSTALMENT_FAILED,
            f"plan:{plan.public_id}:{one.number}",
            f"Instalment {one.number} of the payment plan of {plan.client.name} was not "
            f"paid, and is not tried again. {one.told}",
        )


def tell_of_bill(
    session: Session,
    standing: Autocharge,
    kept: BillCharge,
    bill: Bill,
    *,
    again_on: date | None,
    payment_id: int | None = None,
) -> None:
    """The same of a bill. What everybody at the firm reads names neither bill nor matter (N8)."""
    args = {"bill_charge_id": kept.id} | _failure(kept, again_on, payment_id)
    tell_client(session, "autocharge-failed-client", standing, **args)
    tell_firm(session, "autocharge-failed-firm", standing, **args)
    if again_on is None:
        raise_alert(
            session,
            AUTOCHARGE_FAILED,
            f"contact:{standing.client.public_id}:bill:{bill.public_id}",
            f"A bill of {standing.client.name} could not be charged of its own accord, and is not "
            f"tried again. {kept.told}",
        )


def _failure(
    one: Instalment | BillCharge, again_on: date | None, payment_id: int | None
) -> dict[str, Any]:
    again = again_on.isoformat() if again_on else None
    return {"tries": one.tries, "again_on": again, "payment_id": payment_id}


def plan_waits(session: Session, plan: PaymentPlan, why: str) -> None:
    """Put before the staff, once, that plans cannot charge now; they are tried again each day."""
    raise_alert(
        session,
        PLANS_WAIT,
        f"bank_account:{plan.bank_account.public_id}",
        f"Payment plans into {plan.bank_account.name} cannot charge now: {why} What is due is "
        "tried again every morning at nine.",
    )


def charges_wait(session: Session, standing: Autocharge, why: str) -> None:
    """Put before the staff, once, that bills cannot be charged now; they are tried each day."""
    raise_alert(
        session,
        AUTOCHARGE_WAITS,
        f"bank_account:{standing.bank_account.public_id}",
        f"Bills into {standing.bank_account.name} cannot be charged of their own accord now: {why} "
        "What is due is tried again every morning at nine.",
    )


def plan_wants_method(session: Session, plan: PaymentPlan) -> None:
    """Put before the staff that a plan waits for another method: its bank account is void."""
    raise_alert(
        session,
        PLAN_WANTS_METHOD,
        f"plan:{plan.public_id}",
        f"The bank sent a payment from {plan.method.label} back, so the payment plan of "
        f"{plan.client.name} charges nothing. Ask the client for another method, give it to the "
        "plan, and resume it.",
    )


def autocharge_wants_method(session: Session, standing: Autocharge) -> None:
    """The same of autocharge, which is off: what falls due meanwhile is charged by hand."""
    raise_alert(
        session,
        AUTOCHARGE_WANTS_METHOD,
        f"contact:{standing.client.public_id}",
        f"The bank sent a payment from {standing.method.label} back, so autocharge of "
        f"{standing.client.name} is off. Ask the client for another method, then turn it on again.",
    )


def news_kind(plan: PaymentPlan) -> str:
    """The email that tells a client what became of their plan."""
    return {
        PlanState.PROPOSED: "plan-proposed-client",
        PlanState.ACTIVE: "plan-agreed-client",
        PlanState.PAUSED: "plan-paused-client",
        PlanState.CANCELED: "plan-canceled-client",
        PlanState.FINISHED: "plan-finished-client",
    }[PlanState(plan.state)]
