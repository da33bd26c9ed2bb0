"""**Settings → Billing**, for administrators: due days, approval, taxes, paper, reminders, and
whether payments are taken online (FEATURES P1, P2, D8)."""

from functools import partial

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.settings import online_payments, set_hold_days, set_online_payments
from payments.billing import settings_log_words as _words  # noqa: F401  they register themselves
from payments.billing.settings import how_billed, set_billing
from payments.billing.settings_form import Said, SettingsForm
from portal.clients.details import Problems
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.firm.models import Country, Firm
from portal.web import language
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import SET_BILLING

ADDRESS = "/settings/billing"
FIELDS = ("online", "part_min", "hold_days", "due_days", "taxes", "paper", "reminder_days")

blueprint = staff_blueprint("billing_settings", __name__)


class SettingsChanged(Conflict):
    """Somebody else has saved these settings since they were shown."""


@blueprint.get(ADDRESS, needs=SET_BILLING)
def show() -> Response:
    """What holds now, ready to be changed."""
    with db.read() as session:
        g.brand = brand(session)
        said = _said(session)
    return _page(SettingsForm.of(said, language.current()), said)


@blueprint.post(ADDRESS, needs=SET_BILLING)
def save() -> AnyResponse:
    """**Save changes**. What somebody else has saved meanwhile is told first, not overwritten."""
    with db.read() as session:
        g.brand = brand(session)
        said = _said(session)
    form = SettingsForm.read(request.form)
    wanted, errors = form.wanted(language.current())
    try:
        with db.transaction() as session:
            _save(session, wanted, errors)
    except Problems as problems:
        return _page(form, said, problems.errors, 422, mark=request.form.get("mark", ""))
    except SettingsChanged as changed:
        with db.read() as session:
            return _page(form, _said(session), status=changed.status, told=str(changed))
    flash(_("The changes were saved."))
    return redirect(url_for("billing_settings.show"), 303)


def _save(session: Session, wanted: Said, unreadable: dict[str, str]) -> None:
    """Save both halves or neither. Raises `Problems` for all that is wrong together."""
    session.execute(select(Firm.id).with_for_update()).one()
    if request.form.get("mark", "") != _said(session).mark:
        raise SettingsChanged(
            _(
                "Somebody has saved other settings since you opened this page. What you typed is "
                "below and not saved yet: look at it, then save it, and it replaces theirs."
            )
        )
    errors: dict[str, str] = {}
    try:
        set_billing(session, wanted.billed, by=current_user.actor)
    except Problems as problems:
        errors |= problems.errors
    online, by = wanted.online, current_user.actor
    for keep in (
        partial(set_online_payments, online=online.online, part_min_cents=online.part_min_cents),
        partial(set_hold_days, days=online.hold_days),
    ):
        try:
            keep(session, by=by)
        except Invalid as wrong:
            errors[str(wrong.field)] = str(wrong)
    if errors | unreadable:
        raise Problems(errors | unreadable)


def _said(session: Session) -> Said:
    return Said(how_billed(session), online_payments(session))


def _page(
    form: SettingsForm,
    said: Said,
    errors: dict[str, str] | None = None,
    status: int = 200,
    *,
    told: str | None = None,
    mark: str | None = None,
) -> Response:
    """`mark` is that of the settings which whoever typed has seen."""
    errors = errors or {}
    page = render_template(
        "billing/staff_settings.html",
        form=form,
        said=said,
        mark=said.mark if mark is None else mark,
        errors={field: errors[field] for field in FIELDS if field in errors},
        told=told,
        canadian=g.brand.country == Country.CA,
    )
    return make_response(page, status)
