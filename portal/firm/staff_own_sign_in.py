"""**Your sign-in**: changing the password, and signing other browsers out."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import resets, second_factors, sessions, wrong_tries
from portal.firm import staff_own_factors as _factors  # noqa: F401  adds its pages
from portal.firm.models import User
from portal.firm.passwords import hash_password, password_fits
from portal.firm.staff_confirming import ask_to_confirm
from portal.firm.staff_own_page import blueprint, page
from portal.web.permissions import OWN_SIGN_IN

__all__ = ["blueprint"]


@blueprint.post("/your-sign-in/password", needs=OWN_SIGN_IN)
def change_password() -> Response:
    """Set a new password for who knows the old one; every other browser is signed out.

    Who has none so far confirms by a passkey instead.
    """
    if current_user.lacks_second_factor:
        return redirect(url_for("own_sign_in.show"), 303)
    with db.read() as session:
        user = session.get_one(User, current_user.id)
        known, kept = resets.words_around(session, user), user.password_hash
    not_yours = {"old_password": _("This is not your password.")}
    if kept is None and (asked := ask_to_confirm()) is not None:
        return asked
    if kept is not None and not _old_one_fits(kept):
        return page(422, not_yours)
    try:
        made = hash_password(
            request.form.get("new_password", ""), known=known, field="new_password"
        )
    except Invalid as wrong:
        return page(422, {"new_password": str(wrong)})
    with db.transaction() as session:
        user = second_factors.locked(session, current_user.id)
        still = user.password_hash == kept
        if still:
            resets.set_password(session, user, made)
            token, by = current_user.token, current_user.actor
            sessions.end_sessions_of(session, user.id, by=by, but=token)
    if not still:  # changed by a link while this was being checked
        return page(422, not_yours)
    flash(_("Your password was changed. Every other browser was signed out."))
    return redirect(url_for("own_sign_in.show"), 303)


def _old_one_fits(kept: str) -> bool:
    """Raises `TooManyTries`: a borrowed browser must not guess the password."""
    with db.read() as session:
        wrong_tries.refuse_too_many(session, current_user.public_id)
    fits = password_fits(kept, request.form.get("old_password", ""))
    with db.transaction() as session:
        second_factors.locked(session, current_user.id)
        # Again, now that no other try runs beside this one: many sent at once are all counted.
        wrong_tries.refuse_too_many(session, current_user.public_id)
        if not fits:
            wrong_tries.note(session, current_user.public_id, "password")
    return fits


@blueprint.post("/your-sign-in/browsers/<public_id>/end", needs=OWN_SIGN_IN)
def end_browser(public_id: str) -> Response:
    """Sign one of the user's browsers out."""
    if current_user.lacks_second_factor:
        return redirect(url_for("own_sign_in.show"), 303)
    with db.transaction() as session:
        sessions.end_one(session, current_user.id, public_id, by=current_user.actor)
    flash(_("That browser was signed out."))
    return redirect(url_for("own_sign_in.show"), 303)


@blueprint.post("/your-sign-in/browsers/end-others", needs=OWN_SIGN_IN)
def end_others() -> Response:
    """Sign every other browser of the user out."""
    if current_user.lacks_second_factor:
        return redirect(url_for("own_sign_in.show"), 303)
    with db.transaction() as session:
        token, by = current_user.token, current_user.actor
        sessions.end_sessions_of(session, current_user.id, by=by, but=token)
    flash(_("Every other browser was signed out."))
    return redirect(url_for("own_sign_in.show"), 303)
