"""Pausing a plan, going on, canceling it, trying a failed instalment again."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask import make_response as made
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.plans import actions, changing
from payments.plans.staff_shown import blueprint, plan_of
from payments.plans.states import LIVE_STATES
from portal.core import db
from portal.core.errors import Conflict
from portal.web.asked import row_id
from portal.web.permissions import RUN_PLANS

ONE = "/payment-plans/<public_id>"


def back_to(public_id: str, told: str) -> AnyResponse:
    """To the plan's page, with what was done."""
    flash(told)
    return redirect(url_for("payment_plans.show", public_id=public_id), 303)


@blueprint.post(f"{ONE}/pause", needs=RUN_PLANS)
def pause(public_id: str) -> AnyResponse:
    """**Pause plan**: nothing more is charged until it goes on."""
    with db.transaction() as session:
        actions.pause(session, plan_of(session, public_id).id, by=current_user.actor)
    return back_to(public_id, _("The plan is paused. Nothing is charged until it goes on."))


@blueprint.post(f"{ONE}/resume", needs=RUN_PLANS)
def resume(public_id: str) -> AnyResponse:
    """**Resume plan**: what fell due meanwhile moves later."""
    with db.transaction() as session:
        actions.resume(session, plan_of(session, public_id).id, by=current_user.actor)
    return back_to(public_id, _("The plan goes on."))


@blueprint.post(f"{ONE}/tries", needs=RUN_PLANS)
def try_again(public_id: str) -> AnyResponse:
    """**Try again**: charge a failed instalment today, by the method that the plan has now."""
    number = row_id(request.form.get("number", "")) or 0
    with db.transaction() as session:
        plan = plan_of(session, public_id)
        changing.try_again(session, plan.id, number, by=current_user.actor)
    return back_to(public_id, _("The instalment is charged again today."))


@blueprint.get(f"{ONE}/cancellation", needs=RUN_PLANS)
def confirm_cancel(public_id: str) -> Response:
    """Ask before a plan ends for good."""
    with db.read() as session:
        plan = plan_of(session, public_id)
    if plan.state not in LIVE_STATES:
        raise Conflict(_("This plan is over already."))
    return made(render_template("plans/staff_cancel.html", plan=plan))


@blueprint.post(f"{ONE}/cancellation", needs=RUN_PLANS)
def cancel(public_id: str) -> AnyResponse:
    """**Cancel plan**: what was paid stays paid, and the client is told."""
    with db.transaction() as session:
        actions.cancel(session, plan_of(session, public_id).id, by=current_user.actor)
    return back_to(public_id, _("The plan was canceled."))
