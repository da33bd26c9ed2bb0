"""The staff door: password, second factor or a passkey alone, and who is signed in."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.core import clock, db
from portal.firm import passkeys, second_factors, sessions, sign_in_resets, signing_in
from portal.firm.addresses import counted_as, lowered
from portal.firm.browsers import browser_of
from portal.firm.passkey_ceremony import WrongPasskey
from portal.firm.passkey_ceremony import log as passkey_log
from portal.firm.passwords import password_fits
from portal.firm.sessions import SignedIn
from portal.firm.signing_in import Candidate
from portal.web.blueprints import csrf, public_blueprint
from portal.web.client_sessions import by_itself
from portal.web.limits import PASSKEY_TRIES, SIGN_IN_TRIES, limiter
from portal.web.sessions import begin, forget

HOME = "/staff/"
SECOND_FACTOR = "/staff/sign-in/second-factor"
HALF = "half"
HALF_FOR = timedelta(minutes=10)

blueprint = public_blueprint("firm_sign_in", __name__)
blueprint.register_blueprint(sign_in_resets.blueprint)


class StaffLogin(LoginManager):
    """Flask-Login without its "remember me" cookie, which is never offered here."""

    # The row decides about a session. Phones change their address all day, which ends nothing.
    session_protection = ""

    def _update_remember_cookie(self, response: AnyResponse) -> AnyResponse:
        # The original opens the session of every request, strangers' included: each answer would
        # vary by cookie, and no browser would keep a style sheet over a sign-in.
        return response


login_manager = StaffLogin()


@login_manager.user_loader
def signed_in_as(token: str) -> SignedIn | None:
    """Who holds this session; the row learns once a minute that its browser is alive."""
    with db.read() as reading:
        user = sessions.find_session(reading, token)
    if user is not None and not by_itself() and sessions.seen_long_ago(user):
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


def _sign_in_page(came_from: str, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "firm/staff_sign_in.html", next=came_from, email=_typed_email(), errors=errors or {}
    )


@blueprint.get("/staff/sign-in")
def sign_in() -> str | AnyResponse:
    """The sign-in page; somebody signed in already goes on."""
    came_from = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(came_from, 303)
    return _sign_in_page(came_from)


@blueprint.post("/staff/sign-in", endpoint="check")
@limiter.limit(SIGN_IN_TRIES)
def check_password() -> AnyResponse | tuple[str, int]:
    """Sign somebody in, or ask for their second factor. An unknown address, a wrong password and a
    user without a password get the same answer, as slowly."""
    csrf.protect()
    return _check_password()


# Counted after the token: another site's forms must not use up the tries of somebody's address.
@limiter.limit(SIGN_IN_TRIES, key_func=lambda: f"email:{counted_as(_typed_email())}")
def _check_password() -> AnyResponse | tuple[str, int]:
    came_from = local_path(request.form.get("next"))
    with db.read() as reading:
        candidate = signing_in.by_email(reading, _typed_email())
    known = candidate.password_hash if candidate else None
    fits = password_fits(known, request.form.get("password", ""))
    signed_in = None
    if candidate is not None and fits and not candidate.disabled and not candidate.factors:
        candidate, signed_in = _opened_by_password(candidate)
    if candidate is None or not fits or candidate.disabled:
        wrong = {"email": _("The email address or the password is wrong.")}
        return _sign_in_page(came_from, wrong), 422
    if signed_in is None:
        forget(sessions.leave)
        at = int(clock.wall_time().timestamp())
        session[HALF] = [candidate.public_id, candidate.mark, at, came_from]
        return redirect(SECOND_FACTOR, 303)
    begin(signed_in, sessions.leave)
    return redirect(came_from, 303)


def _opened_by_password(candidate: Candidate) -> tuple[Candidate | None, SignedIn | None]:
    """The user as they are now, and their session, unless they have a second factor by now."""
    with db.transaction() as writing:
        found = signing_in.unchanged(writing, candidate)
        if found is None or found.factors:
            return found, None
        return found, _open(writing, found.id, second_factor=False)


def _open(writing: Session, user_id: int, *, second_factor: bool) -> SignedIn:
    here = browser_of(request.user_agent.string, request.remote_addr or "")
    return sessions.open_session(writing, user_id, second_factor=second_factor, browser=here)


@blueprint.post("/staff/sign-in/passkey-challenges")
@limiter.limit(PASSKEY_TRIES)
def passkey_challenge() -> Response:
    """What a browser needs to show a passkey of whoever sits before it."""
    csrf.protect()
    with db.transaction() as writing:
        asked = passkeys.ask_to_show(writing, "sign in")
    return Response(asked, mimetype="application/json")


@blueprint.post("/staff/sign-in/passkey")
@limiter.limit(PASSKEY_TRIES)
def check_passkey() -> AnyResponse | tuple[str, int]:
    """Sign somebody in by a passkey alone: it is both factors."""
    csrf.protect()
    came_from = local_path(request.form.get("next"))
    try:
        signed_in = _opened_by_passkey(request.form.get("passkey", ""))
    except WrongPasskey as wrong:
        passkey_log.info("passkey refused", reason=str(wrong))
        return _sign_in_page(came_from, {"sign-in-passkey": _not_accepted()}), 422
    begin(signed_in, sessions.leave)
    return redirect(came_from, 303)


def _opened_by_passkey(answer: str, candidate: Candidate | None = None) -> SignedIn:
    """Raises `WrongPasskey`, also for a user who was disabled, or whose password was changed after
    they had shown it."""
    shown = passkeys.check(answer, "sign in", candidate and candidate.id)
    with db.transaction() as writing:
        if second_factors.locked(writing, shown.user_id).disabled_at is not None:
            raise WrongPasskey("its user is disabled")
        if candidate is not None and signing_in.unchanged(writing, candidate) is None:
            raise WrongPasskey("the password was changed meanwhile")
        passkeys.note_use(writing, shown)
        return _open(writing, shown.user_id, second_factor=True)


def _not_accepted() -> str:
    return _("This passkey was not accepted. Try again, or sign in another way.")


def _halfway() -> tuple[Candidate, str] | None:
    """Who has shown the right password within ten minutes, and where they wanted to go.

    None once the password was changed or the user disabled meanwhile.
    """
    told: Any = session.get(HALF)
    if current_user.is_authenticated or not isinstance(told, list) or len(told) != 4:
        return None
    public_id, mark, at, came_from = told
    if clock.wall_time().timestamp() - at > HALF_FOR.total_seconds():
        return None
    with db.read() as reading:
        candidate = signing_in.by_public_id(reading, public_id)
    if candidate is None or candidate.disabled or candidate.mark != mark:
        return None
    return candidate, came_from


def _to_the_door() -> AnyResponse:
    session.pop(HALF, None)
    return redirect("/staff/sign-in", 303)


def _second_factor_page(candidate: Candidate, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "firm/staff_second_factor.html", factors=candidate.factors, errors=errors or {}
    )


@blueprint.get(SECOND_FACTOR)
def second_factor() -> AnyResponse | str:
    """Ask who has shown the right password for a code or a passkey."""
    halfway = _halfway()
    return _to_the_door() if halfway is None else _second_factor_page(halfway[0])


@blueprint.post(f"{SECOND_FACTOR}/passkey-challenges")
@limiter.limit(PASSKEY_TRIES)
def second_factor_challenge() -> Response | AnyResponse:
    """What a browser needs to show a passkey of the user who is halfway in."""
    csrf.protect()
    halfway = _halfway()
    if halfway is None:
        return make_response("", 401)
    with db.transaction() as writing:
        asked = passkeys.ask_to_show(writing, "sign in", halfway[0].id)
    return Response(asked, mimetype="application/json")


@blueprint.post(SECOND_FACTOR, endpoint="check_second_factor")
@limiter.limit(PASSKEY_TRIES)
def check_second_factor() -> AnyResponse | tuple[str, int]:
    """Sign somebody in by password and a code, a recovery code, or a passkey."""
    csrf.protect()
    halfway = _halfway()
    if halfway is None:
        return _to_the_door()
    candidate, came_from = halfway
    answer = request.form.get("passkey", "")
    try:
        signed_in = _opened_by_passkey(answer, candidate) if answer else _opened_by_code(candidate)
    except WrongPasskey as wrong:
        passkey_log.info("passkey refused", reason=str(wrong))
        return _second_factor_page(candidate, {"second-factor-passkey": _not_accepted()}), 422
    if signed_in is None:
        wrong_code = _("This code is wrong, or was used already. Enter the one shown now.")
        return _second_factor_page(candidate, {"code": wrong_code}), 422
    begin(signed_in, sessions.leave)
    return redirect(came_from, 303)


def _opened_by_code(candidate: Candidate) -> SignedIn | None:
    """The code and the session in one transaction: a code is used up exactly when it opens one."""
    with db.transaction() as writing:
        if signing_in.unchanged(writing, candidate) is None:
            return None
        user = second_factors.locked(writing, candidate.id)
        if not second_factors.take_code(writing, user, request.form.get("code", "")):
            return None
        return _open(writing, user.id, second_factor=True)
