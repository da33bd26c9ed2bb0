"""Carrying a bill from draft to issued, and withdrawing it."""

from datetime import date

from flask import Response, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import actions, queries
from payments.billing.forms import read_day
from payments.billing.models import Bill, BillStatus
from payments.billing.staff_shown import BILLERS, blueprint, title_of, today
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment


@blueprint.post("/bills/<public_id>/approval", needs=BILLERS)
def submit(public_id: str) -> AnyResponse:
    """**Submit for approval**: a draft is ready to be looked at."""
    with db.transaction() as session:
        bill = queries.bill(session, public_id)
        actions.submit_for_approval(session, bill, by=current_user.actor)
    flash(_("The bill now awaits approval."))
    return _back_to(public_id)


@blueprint.get("/bills/<public_id>/issue", needs=BILLERS)
def confirm_issue(public_id: str) -> Response:
    """Ask for the day of issue before the bill gets its number."""
    bill = _bill(public_id)
    return _issue_page(bill, today(g.brand).isoformat())


@blueprint.post("/bills/<public_id>/issue", needs=BILLERS)
def issue(public_id: str) -> AnyResponse:
    """**Issue**: the bill gets its number and is owed from then on (FEATURES D1)."""
    bill, typed = _bill(public_id), request.form.get("issued_on", "")
    try:
        on = _issue_day(typed)
        with db.transaction() as session:
            shown = request.form.get("mark", "")
            issued = actions.issue(session, bill, on=on, by=current_user.actor, shown=shown)
    except (Invalid, actions.DraftChanged) as problem:
        errors = {"issued_on": str(problem)}
        return _issue_page(_bill(public_id), typed, problem.status, errors)
    flash(_("Bill %(number)s was issued.", number=issued.number))
    return _back_to(public_id)


def _issue_day(typed: str) -> date:
    day = read_day(typed)
    if day is None:
        raise Invalid(_("Enter the day like 2026-05-31."), "issued_on")
    if day > today(g.brand):
        raise Invalid(_("A bill cannot be issued ahead of today."), "issued_on")
    return day


def _issue_page(
    bill: Bill, typed: str, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    approving = bill.status == BillStatus.AWAITING_APPROVAL
    label = _("Approve and issue") if approving else _("Issue")
    return _task(bill, "billing/_issue.html", label, status, typed=typed, errors=errors or {})


@blueprint.get("/bills/<public_id>/void", needs=BILLERS)
def confirm_void(public_id: str) -> Response:
    """Ask for the reason before a bill is withdrawn."""
    return _void_page(_bill(public_id), "")


@blueprint.post("/bills/<public_id>/void", needs=BILLERS)
def void(public_id: str) -> AnyResponse:
    """**Void**: the bill is withdrawn for good (FEATURES D1)."""
    bill, reason = _bill(public_id), request.form.get("reason", "")
    try:
        with db.transaction() as session:
            actions.void(session, bill, reason=reason, by=current_user.actor)
    except (Invalid, Conflict) as problem:
        return _void_page(bill, reason, problem.status, {"reason": str(problem)})
    flash(_("Bill %(number)s was voided.", number=bill.number))
    return _back_to(public_id)


def _void_page(
    bill: Bill, reason: str, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return _task(bill, "billing/_void.html", _("Void"), status, reason=reason, errors=errors or {})


def _bill(public_id: str) -> Bill:
    with db.read() as session:
        g.brand = brand(session)
        return queries.bill(session, public_id)


def _task(
    bill: Bill, body: str, label: str, status: int, *, errors: dict[str, str], **context: str
) -> Response:
    """One thing to do with a bill: a dialog for htmx, else a page of its own."""
    return page_or_fragment(
        "billing/staff_task.html",
        "links/_task.html",
        status,
        bill=bill,
        body=body,
        label=label,
        title=_("%(action)s: %(bill)s", action=label, bill=title_of(bill)),
        errors=errors,
        **context,
    )


def _back_to(public_id: str) -> AnyResponse:
    return redirect(url_for("bills.show", public_id=public_id), 303)
