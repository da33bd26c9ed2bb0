"""**Settings → Users**: who works at the firm, and inviting somebody (FEATURES N9)."""

from functools import partial
from typing import Any, cast

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.firm import directory, invitations, locked_out, users
from portal.firm import emails as _emails  # noqa: F401  registers the invitation's email
from portal.firm.directory import Standing
from portal.firm.forms import UserFilters, UserForm, level_names, level_options
from portal.firm.models import User
from portal.web import lists
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import list_or_fragment
from portal.web.pagination import TOP
from portal.web.permissions import MANAGE_USERS

ADDRESS = "/settings/users"

blueprint = staff_blueprint("users", __name__)


@blueprint.get(ADDRESS, needs=MANAGE_USERS)
def index() -> Response:
    """The users who fit the search of the address, by name; those invited under a tab of theirs."""
    filters = UserFilters.read(request.args)
    found = _invited(filters) if filters.standing is Standing.INVITED else _users(filters)
    return list_or_fragment(
        "firm/staff_users.html",
        "firm/_users.html",
        _address(filters, after=filters.place.after, before=filters.place.before),
        filters=filters,
        tabs=lists.tabs(_standings(), filters.standing, lambda one: _address(filters, state=one)),
        level_names=level_names(),
        turned=filters.place != TOP,
        **found,
    )


def _users(filters: UserFilters) -> dict[str, Any]:
    with db.read() as session:
        found = directory.find_users(
            session,
            disabled=filters.standing is Standing.DISABLED,
            typed=filters.typed,
            place=filters.place,
        )
        sign_ins = directory.sign_ins(session, [row.id for row in found.page.rows])
    counted = lists.count_words(
        found.count,
        len(found.page.rows),
        lambda count: ngettext("%(num)s user", "%(num)s users", count),
    )
    return {
        "rows": found.page.rows,
        "sign_ins": sign_ins,
        "pages": lists.places(found.page, partial(_address, filters)),
        "count_words": counted,
    }


def _invited(filters: UserFilters) -> dict[str, Any]:
    with db.read() as session:
        rows = invitations.find_invitations(session, filters.typed)
    counted = ngettext("%(num)s invitation", "%(num)s invitations", len(rows))
    return {"rows": rows, "pages": {}, "count_words": counted}


def _standings() -> list[tuple[str | None, str]]:
    return [
        (Standing.ACTIVE, _("Active")),
        (Standing.DISABLED, _("Disabled")),
        (Standing.INVITED, _("Invited")),
    ]


def _address(filters: UserFilters, **changed: str | int | None) -> str:
    return url_for("users.index", **cast(Any, filters.query(**changed)))


@blueprint.get(f"{ADDRESS}/invitations/new", needs=MANAGE_USERS)
def new() -> str:
    """**Invite user**: the empty form."""
    return _invitation_form(UserForm())


@blueprint.post(f"{ADDRESS}/invitations/new", needs=MANAGE_USERS)
def invite() -> AnyResponse:
    """Owe the email with the link."""
    form = UserForm.read(request.form)
    try:
        with db.transaction() as session:
            invitations.invite(session, form.email, form.details(), by=current_user.actor)
    except Conflict as taken:
        return make_response(_invitation_form(form, {"email": str(taken)}), 422)
    except Invalid as wrong:
        return make_response(_invitation_form(form, {str(wrong.field): str(wrong)}), 422)
    flash(_("The invitation is on its way to %(email)s.", email=form.email.strip()))
    return _to_invited()


@blueprint.post(f"{ADDRESS}/invitations/<public_id>/resending", needs=MANAGE_USERS)
def resend(public_id: str) -> AnyResponse:
    """Send a new link, which voids the older."""
    with db.transaction() as session:
        kept = invitations.invitation(session, public_id, changing=True)
        version = request.form.get("version", 0, type=int)
        invitations.resend(session, kept, version=version, by=current_user.actor)
    flash(_("A new invitation is on its way to %(email)s.", email=kept.email))
    return _to_invited()


@blueprint.post(f"{ADDRESS}/invitations/<public_id>/withdrawal", needs=MANAGE_USERS)
def withdraw(public_id: str) -> AnyResponse:
    """Make the link worthless."""
    with db.transaction() as session:
        kept = invitations.invitation(session, public_id, changing=True)
        invitations.withdraw(session, kept, by=current_user.actor)
    flash(_("The invitation was withdrawn."))
    return _to_invited()


def _to_invited() -> AnyResponse:
    return redirect(url_for("users.index", state=Standing.INVITED), 303)


def _invitation_form(form: UserForm, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "firm/staff_invitation.html",
        form=form,
        errors=errors or {},
        levels=level_options(),
        hours=invitations.TTL_HOURS,
    )


@blueprint.get(f"{ADDRESS}/<public_id>", needs=MANAGE_USERS)
def edit(public_id: str) -> str:
    """One user as it stands, with **Disable user** or **Enable user**."""
    with db.read() as session:
        user = users.user(session, public_id)
    return _form(UserForm.of(user), user)


@blueprint.post(f"{ADDRESS}/<public_id>", needs=MANAGE_USERS)
def save(public_id: str) -> AnyResponse:
    """Keep what was changed on a user."""
    form = UserForm.read(request.form)
    try:
        with db.transaction() as session:
            users.edit_user(
                session, public_id, form.details(), shown=form.shown, by=current_user.actor
            )
    except Invalid as wrong:
        return _again(public_id, wrong, form)
    flash(_("The user was saved."))
    return redirect(url_for("users.index"), 303)


@blueprint.post(f"{ADDRESS}/<public_id>/disabling", needs=MANAGE_USERS)
def disable(public_id: str) -> AnyResponse:
    """Keep a user out, at once."""
    try:
        with db.transaction() as session:
            users.disable_user(session, public_id, by=current_user.actor)
    except Invalid as wrong:
        return _again(public_id, wrong)
    flash(_("The user was disabled and signed out everywhere."))
    return redirect(url_for("users.edit", public_id=public_id), 303)


@blueprint.post(f"{ADDRESS}/<public_id>/enabling", needs=MANAGE_USERS)
def enable(public_id: str) -> AnyResponse:
    """Let a user sign in again."""
    with db.transaction() as session:
        users.enable_user(session, public_id, by=current_user.actor)
    flash(_("The user can sign in again."))
    return redirect(url_for("users.edit", public_id=public_id), 303)


@blueprint.post(f"{ADDRESS}/<public_id>/factors/removal", needs=MANAGE_USERS)
def forget_factors(public_id: str) -> AnyResponse:
    """Let somebody in again who has lost their phone, their keys and their recovery codes."""
    with db.transaction() as session:
        locked_out.forget_factors(session, public_id, by=current_user.actor)
    flash(_("Their second factors were removed, and they were signed out everywhere."))
    return redirect(url_for("users.edit", public_id=public_id), 303)


def _again(public_id: str, wrong: Invalid, form: UserForm | None = None) -> Response:
    with db.read() as session:
        user = users.user(session, public_id)
    errors = {str(wrong.field): str(wrong)}
    return make_response(_form(form or UserForm.of(user), user, errors), 422)


def _form(form: UserForm, user: User, errors: dict[str, str] | None = None) -> str:
    with db.read() as session:
        second_factor = directory.has_second_factor(session, user.id)
    return render_template(
        "firm/staff_user.html",
        form=form,
        user=user,
        errors=errors or {},
        levels=level_options(),
        second_factor=second_factor,
        oneself=user.public_id == current_user.public_id,
    )
