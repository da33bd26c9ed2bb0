"""The staff door: sign-in with email and password, and who is signed in."""

from urllib.parse import urlsplit

from flask import redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user
from werkzeug.wrappers import Response

from portal.core import db
from portal.firm import queries, sessions
from portal.firm.addresses import lowered
from portal.firm.passwords import password_fits
from portal.firm.sessions import SignedIn
from portal.web.blueprints import csrf, public_blueprint
from portal.web.limits import SIGN_IN_TRIES, limiter

HOME = "/staff/"

door = public_blueprint("firm_sign_in", __name__)


class StaffLogin(LoginManager):
    """Flask-Login without its "remember me" cookie, which is never offered here."""

    # The row decides about a session. Phones change their address all day, which ends nothing.
    session_protection = ""

    def _update_remember_cookie(self, response: Response) -> Response:
        # The original opens the session of every request, strangers' included: each answer would
        # vary by cookie, and no browser would keep a style sheet over a sign-in.
        return response


login_manager = StaffLogin()


@login_manager.user_loader
def signed_in_as(token: str) -> SignedIn | None:
    """Who holds this session; the row learns once a minute that its browser is alive."""
    with db.read() as reading:
        user = sessions.find_session(reading, token)
    if user is not None and sessions.seen_long_ago(user):
        with db.transaction() as writing:
            sessions.see(writing, user)
    return user


def local_path(address: str | None) -> str:
    """Where to go after signing in: a staff page of this site, else the start page.

    Anything that a browser could read as another site is refused: schemes, hosts, `//`,
    backslashes, control characters.
    """
    if not address or not address.isprintable() or "\\" in address or "//" in address:
        return HOME
    parts = urlsplit(address)
    inside = parts.path.startswith(HOME) and not parts.path.startswith("/staff/sign-")
    return address if inside and not parts.scheme and not parts.netloc else HOME


def _typed_email() -> str:
    return lowered(request.form.get("email", ""))


@door.get("/staff/sign-in")
def sign_in() -> str | Response:
    """The sign-in page; somebody signed in already goes on."""
    came_from = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(came_from, 303)
    return render_template("firm/staff_sign_in.html", next=came_from, email="", errors={})


@door.post("/staff/sign-in", endpoint="check")
@limiter.limit(SIGN_IN_TRIES)
@limiter.limit(SIGN_IN_TRIES, key_func=lambda: f"email:{_typed_email()}")
def check_password() -> Response | tuple[str, int]:
    """Sign somebody in. An unknown address and a wrong password get the same answer, as slowly."""
    csrf.protect()
    came_from = local_path(request.form.get("next"))
    with db.read() as reading:
        user = queries.user_by_email(reading, _typed_email())
    fits = password_fits(user and user.password_hash, request.form.get("password", ""))
    if user is None or not fits or user.disabled_at is not None:
        errors = {"email": _("The email address or the password is wrong.")}
        page = render_template(
            "firm/staff_sign_in.html", next=came_from, email=_typed_email(), errors=errors
        )
        return page, 422
    session.clear()  # nothing of the stranger's session lives on in the user's
    with db.transaction() as writing:
        login_user(sessions.open_session(writing, user.id))
    return redirect(came_from, 303)
