"""What client and firm are told about a payment plan (FEATURES P9).

Subjects name no matter and no amount (FEATURES M13). A plan is of a client, and of no matter.
"""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from payments.methods.models import StoredMethod
from payments.methods.standing import problem, today
from payments.plans import queries
from payments.plans.agreement import every_words
from payments.plans.calendar import Due
from payments.plans.days import upcoming
from payments.plans.models import PaymentPlan, PlanState
from payments.plans.states import UNSETTLED
from payments.transactions.failures import words
from payments.transactions.models import Payment
from portal.core import config
from portal.outbox.registry import Email, EmailFunction, Recipient, email

STREAM = "payments"
NEWS = ("proposed", "agreed", "changed", "paused", "resumed", "canceled", "finished")


def _news(what: str) -> EmailFunction:
    def write(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
        """To the client: what became of their plan, and what is still to be charged."""
        return Email("payment-plan-client", {**_context(session, args), "news": what})

    return write


for _what in NEWS:
    email(f"plan-{_what}-client", stream=STREAM)(_news(_what))


@email("plan-accepted-firm", stream=STREAM)
def plan_accepted_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: the client has accepted the plan."""
    return Email("plan-accepted-firm", _context(session, args))


@email("instalment-failed-client", stream=STREAM)
def instalment_failed_client(
    session: Session, args: dict[str, Any], _recipient: Recipient
) -> Email:
    """To the client: an instalment was not paid, why, and when it is tried again, if it is."""
    return Email("instalment-failed-client", _failed(session, args))


@email("instalment-failed-firm", stream=STREAM)
def instalment_failed_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: the same."""
    return Email("instalment-failed-firm", _failed(session, args))


def _context(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    plan = queries.by_id(session, args["plan_id"])
    base_url = config.current().base_url
    return {
        "plan": plan,
        "every_words": every_words,  # called by the template, in the reader's language
        "dues": _still(plan, today(session)),
        "plan_url": f"{base_url}/payment-plans/{plan.token}",
        "staff_url": f"{base_url}/staff/payment-plans/{plan.public_id}",
    }


def _still(plan: PaymentPlan, day: date) -> list[Due]:
    """What is still to be charged; of a plan that stands still, if it went on from this day."""
    if plan.state in {PlanState.PROPOSED, PlanState.PAUSED}:
        return upcoming(plan, day)
    left = [one for one in plan.instalments if one.state in UNSETTLED]
    return [Due(one.try_on, one.amount_cents) for one in left]


def _failed(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    context = _context(session, args)
    plan: PaymentPlan = context["plan"]
    one = next(each for each in plan.instalments if each.id == args["instalment_id"])
    failure = why_unpaid(session, plan.method, args)
    payment = failure["payment"]
    cents = payment.amount_cents if payment else one.amount_cents
    return {**context, **failure, "instalment": one, "cents": cents}


def why_unpaid(session: Session, method: StoredMethod, args: dict[str, Any]) -> dict[str, Any]:
    """Why a try brought nothing, and when the next one is, for an email about either."""
    payment = session.get(Payment, args["payment_id"]) if args["payment_id"] else None
    day = today(session)

    def why() -> str | None:  # called by the template, in the reader's language
        if payment is None:
            return problem(method, day)
        return words(payment.failure_code or "", payment.method, payment.network_code)

    again_on = date.fromisoformat(args["again_on"]) if args["again_on"] else None
    return {"payment": payment, "why": why, "again_on": again_on}
