"""Carrying a bill from draft to issued, and withdrawing it."""

from datetime import date

from flask import Response, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import actions, queries
from payments.billing.forms import read_day
from payments.billing.models import Bill, BillStatus
from payments.billing.staff_shown import blueprint, task
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.web.permissions import WRITE_BILLS


@blueprint.post("/bills/<public_id>/approval", needs=WRITE_BILLS)
def submit(public_id: str) -> AnyResponse:
    """**Submit for approval**: a draft is ready to be looked at."""
    with db.transaction() as session:
        bill = queries.bill(session, public_id, closed_to(session, current_user))
        actions.submit_for_approval(session, bill, by=current_user.actor)
    flash(_("The bill now awaits approval."))
    return _back_to(public_id)


@blueprint.get("/bills/<public_id>/sending-back", needs=WRITE_BILLS)
def confirm_send_back(public_id: str) -> Response:
    """Ask what should be changed before a bill goes back to its draft."""
    return _send_back_page(_bill(public_id), "")


@blueprint.post("/bills/<public_id>/sending-back", needs=WRITE_BILLS)
def send_back(public_id: str) -> AnyResponse:
    """**Send back**: whoever approves says what is to be changed first."""
    bill, reason = _bill(public_id), request.form.get("reason", "")
    try:
        with db.transaction() as session:
            actions.send_back(session, bill, reason=reason, by=current_user.actor)
    except (Invalid, Conflict) as problem:
        return _send_back_page(bill, reason, problem.status, {"reason": str(problem)})
    flash(_("The bill is a draft again."))
    return _back_to(public_id)


def _send_back_page(
    bill: Bill, reason: str, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    body, label = "billing/_send_back.html", _("Send back")
    return task(bill, body, label, status, reason=reason, errors=errors or {})


@blueprint.get("/bills/<public_id>/issue", needs=WRITE_BILLS)
def confirm_issue(public_id: str) -> Response:
    """Ask for the day of issue before the bill gets its number."""
    bill = _bill(public_id)
    return _issue_page(bill, g.brand.today.isoformat())


@blueprint.post("/bills/<public_id>/issue", needs=WRITE_BILLS)
def issue(public_id: str) -> AnyResponse:
    """**Issue**: the bill gets its number and is owed from then on (FEATURES D1)."""
    bill, typed = _bill(public_id), request.form.get("issued_on", "")
    try:
        on = _issue_day(typed)
        with db.transaction() as session:
            shown = request.form.get("mark", "")
            issued = actions.issue(session, bill, on=on, by=current_user.actor, shown=shown)
    except (Invalid, actions.BillChanged, actions.OwnApproval) as problem:
        errors = {"issued_on": str(problem)}
        return _issue_page(_bill(public_id), typed, problem.status, errors)
    flash(_("Bill %(number)s was issued.", number=issued.number))
    return _back_to(public_id)


def _issue_day(typed: str) -> date:
    day = read_day(typed)
    if day is None:
        raise Invalid(_("Enter the day like 2026-05-31."), "issued_on")
    if day > g.brand.today:
        raise Invalid(_("A bill cannot be issued ahead of today."), "issued_on")
    return day


def _issue_page(
    bill: Bill, typed: str, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    approving = bill.status == BillStatus.AWAITING_APPROVAL
    label = _("Approve and issue") if approving else _("Issue")
    return task(bill, "billing/_issue.html", label, status, typed=typed, errors=errors or {})


@blueprint.get("/bills/<public_id>/void", needs=WRITE_BILLS)
def confirm_void(public_id: str) -> Response:
    """Ask for the reason before a bill is withdrawn."""
    return _void_page(_bill(public_id), "")


@blueprint.post("/bills/<public_id>/void", needs=WRITE_BILLS)
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
    return task(bill, "billing/_void.html", _("Void"), status, reason=reason, errors=errors or {})


def _bill(public_id: str) -> Bill:
    with db.read() as session:
        g.brand = brand(session)
        return queries.bill(session, public_id, closed_to(session, current_user))


def _back_to(public_id: str) -> AnyResponse:
    return redirect(url_for("bills.show", public_id=public_id), 303)
