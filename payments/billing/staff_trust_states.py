"""Carrying a trust request from draft to issued, changing it while it is unpaid, withdrawing it."""

from datetime import date
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import trust_actions, trust_queries
from payments.billing.models import UNISSUED, BillStatus
from payments.billing.requested import TrustRequest
from payments.billing.staff_trust_shown import blueprint, title_of
from payments.billing.trust_forms import TermsForm
from payments.billing.writing import OwnApproval
from portal.clients.access import closed_to
from portal.clients.details import Problems
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.web import language
from portal.web.asked import day, row_id
from portal.web.fragments import page_or_fragment
from portal.web.permissions import WRITE_BILLS

ONE = "/trust-requests/<public_id>"


@blueprint.get(f"{ONE}/deletion", needs=WRITE_BILLS)
def confirm_deletion(public_id: str) -> Response:
    """Ask before a draft is thrown away. Raises `Conflict` for what was issued."""
    asked = _asked(public_id)
    if asked.status not in UNISSUED:
        raise Conflict(_("Trust request %(number)s was issued already.", number=asked.number))
    return _task(asked, "billing/_trust_deletion.html", _("Delete draft"), 200, None)


@blueprint.post(f"{ONE}/deletion", needs=WRITE_BILLS)
def delete(public_id: str) -> AnyResponse:
    """**Delete draft**: the log keeps that it was there. What was issued can only be voided."""
    with db.transaction() as session:
        asked = trust_queries.trust_request(session, public_id, closed_to(session, current_user))
        trust_actions.delete_draft(session, asked, by=current_user.actor)
    flash(_("The draft was deleted."))
    return redirect(url_for("trust_requests.index"), 303)


@blueprint.post(f"{ONE}/submission", needs=WRITE_BILLS)
def submit(public_id: str) -> AnyResponse:
    """**Submit for approval**: a draft is ready to be looked at."""
    with db.transaction() as session:
        asked = trust_queries.trust_request(session, public_id, closed_to(session, current_user))
        trust_actions.submit_for_approval(session, asked, by=current_user.actor)
    flash(_("The trust request now awaits approval."))
    return _back_to(public_id)


@blueprint.post(f"{ONE}/approval", needs=WRITE_BILLS)
def approve(public_id: str) -> AnyResponse:
    """**Approve**: who and when is kept (FEATURES D2). Never one's own, where the firm says so."""
    with db.transaction() as session:
        asked = trust_queries.trust_request(session, public_id, closed_to(session, current_user))
        trust_actions.approve(session, asked, shown=_version(), by=current_user.actor)
    flash(_("The trust request was approved. It can be issued now."))
    return _back_to(public_id)


@blueprint.get(f"{ONE}/issue", needs=WRITE_BILLS)
def confirm_issue(public_id: str) -> Response:
    """Ask for the day of issue before the request gets its number."""
    return _issue_page(_asked(public_id), g.brand.today.isoformat())


@blueprint.post(f"{ONE}/issue", needs=WRITE_BILLS)
def issue(public_id: str) -> AnyResponse:
    """**Issue**: the request gets its number and asks for the money from then on."""
    asked, typed = _asked(public_id), request.form.get("issued_on", "")
    try:
        on = _issue_day(typed)
        with db.transaction() as session:
            issued = trust_actions.issue(
                session, asked, on=on, shown=_version(), by=current_user.actor
            )
    except (Invalid, trust_actions.RequestChanged, OwnApproval) as problem:
        return _issue_page(_asked(public_id), typed, problem.status, {"issued_on": str(problem)})
    flash(_("Trust request %(number)s was issued.", number=issued.number))
    return _back_to(public_id)


def _issue_day(typed: str) -> date:
    on = day(typed)
    if on is None:
        raise Invalid(_("Enter the day like 2026-05-31."), "issued_on")
    if on > g.brand.today:
        raise Invalid(_("A request cannot be issued ahead of today."), "issued_on")
    return on


def _issue_page(
    asked: TrustRequest, typed: str, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    unissued = asked.status in UNISSUED
    body = "billing/_trust_issue.html"
    return _task(asked, body, _("Issue"), status, errors, typed=typed, unissued=unissued)


@blueprint.get(f"{ONE}/change", needs=WRITE_BILLS)
def edit_issued(public_id: str) -> Response:
    """What an issued, unpaid request asks for, ready to be changed."""
    asked = _asked(public_id)
    return _change_page(asked, TermsForm.of(asked, language.current()), "")


@blueprint.post(f"{ONE}/change", needs=WRITE_BILLS)
def change(public_id: str) -> AnyResponse:
    """**Save changes** to an issued request. What it said before stays in its history."""
    asked, form, reason = _asked(public_id), TermsForm.read(request.form), _reason()
    terms, errors = form.terms(language.current())
    if errors:
        return _change_page(asked, form, reason, 422, errors)
    try:
        with db.transaction() as session:
            trust_actions.change(
                session, asked, terms, reason=reason, shown=_version(), by=current_user.actor
            )
    except Problems as problems:
        return _change_page(asked, form, reason, 422, problems.errors)
    except (Conflict, OwnApproval) as conflict:
        told = {"amount": str(conflict)}
        return _change_page(_asked(public_id), form, reason, conflict.status, told)
    flash(_("Trust request %(number)s was changed.", number=asked.number))
    return _back_to(public_id)


def _change_page(
    asked: TrustRequest,
    form: TermsForm,
    reason: str,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    body = "billing/_trust_change.html"
    return _task(asked, body, _("Change"), status, errors, form=form, reason=reason)


@blueprint.get(f"{ONE}/void", needs=WRITE_BILLS)
def confirm_void(public_id: str) -> Response:
    """Ask for the reason before a request is withdrawn."""
    return _void_page(_asked(public_id), "")


@blueprint.post(f"{ONE}/void", needs=WRITE_BILLS)
def void(public_id: str) -> AnyResponse:
    """**Void**: the request is withdrawn for good (FEATURES D2)."""
    asked, reason = _asked(public_id), _reason()
    try:
        with db.transaction() as session:
            trust_actions.void(session, asked, reason=reason, by=current_user.actor)
    except (Invalid, Conflict) as problem:
        return _void_page(_asked(public_id), reason, problem.status, {"reason": str(problem)})
    flash(_("Trust request %(number)s was voided.", number=asked.number))
    return _back_to(public_id)


def _void_page(
    asked: TrustRequest, reason: str, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    open_ = asked.status in (BillStatus.AWAITING_PAYMENT, BillStatus.PAID)
    body = "billing/_trust_void.html"
    return _task(asked, body, _("Void"), status, errors, reason=reason, can_be_voided=open_)


def _reason() -> str:
    return request.form.get("reason", "").replace("\0", "")


def _version() -> int:
    """The version that was shown; none where the form does not say."""
    return row_id(request.form.get("version", "")) or 0


def _asked(public_id: str) -> TrustRequest:
    with db.read() as session:
        g.brand = brand(session)
        return trust_queries.trust_request(session, public_id, closed_to(session, current_user))


def _task(
    asked: TrustRequest,
    body: str,
    label: str,
    status: int,
    errors: dict[str, str] | None,
    **context: Any,
) -> Response:
    """One thing to do with a request: a dialog for htmx, else a page of its own."""
    return page_or_fragment(
        "billing/staff_trust_task.html",
        "components/task_dialog.html",
        status,
        asked=asked,
        body=body,
        label=label,
        title=_("%(action)s: %(request)s", action=label, request=title_of(asked)),
        errors=errors or {},
        **context,
    )


def _back_to(public_id: str) -> AnyResponse:
    return redirect(url_for("trust_requests.show", public_id=public_id), 303)
