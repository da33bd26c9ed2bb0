"""The page of a plan that its client is emailed. Its address cannot be guessed (FEATURES P9).

Looking changes nothing, since mail scanners follow links: a person presses **Accept this plan**.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.methods.standing import problem, today
from payments.plans import queries
from payments.plans.actions import Accepted, accept
from payments.plans.agreement import agreed_text, every_words
from payments.plans.calendar import Due, mark_of
from payments.plans.days import upcoming
from payments.plans.models import DueState, PaymentPlan, PlanState
from payments.plans.states import LIVE_STATES
from portal.core import db
from portal.core.errors import Conflict, Missing
from portal.firm.brand import brand
from portal.web import language
from portal.web.asked import row_id
from portal.web.blueprints import public_blueprint
from portal.web.limits import PAY_TRIES, limiter

ADDRESS = "/payment-plans/<token>"

blueprint = public_blueprint("payment_plan", __name__)


@blueprint.get(ADDRESS)
def show(token: str) -> Response:
    """The schedule, and what is agreed to; once accepted, how far the plan has come."""
    with db.read() as session:
        plan = _plan(session, token)
        return _page(session, plan)


@blueprint.post(ADDRESS)
@limiter.limit(PAY_TRIES)
def accept_it(token: str) -> AnyResponse:
    """**Accept this plan**, as it was shown; pressed twice, it is accepted once."""
    try:
        with db.transaction() as session:
            plan = _plan(session, token)
            accept(session, plan.id, _accepted(session, plan, request.form))
    except Conflict as changed:
        with db.read() as session:
            return _page(session, _plan(session, token), told=str(changed), status=changed.status)
    return redirect(language.address("payment_plan.show", token=token), 303)


def _accepted(session: Session, plan: PaymentPlan, sent: Mapping[str, str]) -> Accepted:
    dues = upcoming(plan, today(session))
    return Accepted(
        version=row_id(sent.get("version", "")) or 0,
        seen=sent.get("seen", ""),
        text=agreed_text(plan, dues, g.brand.legal_name, g.brand.country),
        ip_address=request.remote_addr or "",
        user_agent=request.user_agent.string,
    )


def _page(
    session: Session, plan: PaymentPlan, told: str | None = None, status: int = 200
) -> Response:
    day = today(session)
    asks = plan.state == PlanState.PROPOSED
    dues = upcoming(plan, day)
    page = render_template(
        "plans/public_plan.html",
        brand=g.brand,
        plan=plan,
        asks=asks,
        told=told,
        dues=dues,
        text=agreed_text(plan, dues, g.brand.legal_name, g.brand.country) if asks else None,
        seen=mark_of(dues),
        every=every_words(plan.every),
        rows=rows(plan, dues if asks else ()),
        problem=problem(plan.method, day) if plan.state in LIVE_STATES else None,
        accepted_on=format_date(plan.agreed_at, "long") if plan.agreed_at else None,
        action_url=language.address("payment_plan.accept_it", token=plan.token),
        page_path=url_for("payment_plan.show", token=plan.token),
    )
    return make_response(page, status)


def rows(plan: PaymentPlan, dues: Sequence[Due]) -> list[dict[str, Any]]:
    """The days and amounts: those that would be accepted, else every instalment with its state."""
    if dues:
        return [{"day": format_date(due.on, "long"), "cents": due.cents} for due in dues]
    return [
        {
            "day": format_date(one.due_on, "long"),
            "cents": one.charged_cents or one.amount_cents,
            "state": one.state,
            "again": format_date(one.try_on, "long") if one.state == DueState.RETRYING else None,
        }
        for one in plan.instalments
    ]


def _plan(session: Session, token: str) -> PaymentPlan:
    g.brand = brand(session)
    found = queries.by_token(session, token)
    if found is None:
        raise Missing(_("There is no payment plan at this address. Please check the link."))
    # An email leads here: nothing else tells who is reading.
    language.prefer(found.client.language or found.method.language)
    return found
