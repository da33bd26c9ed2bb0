"""Pages that an email leads to: accepting an invitation to the firm."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.core import clock, db
from portal.core.errors import Conflict, Invalid
from portal.firm import invitations, passkeys, sessions
from portal.firm.brand import brand
from portal.firm.browsers import browser_of
from portal.firm.forms import level_names
from portal.firm.invitations import Link, Standing
from portal.firm.models import Level
from portal.firm.passkey_ceremony import WrongPasskey
from portal.firm.passkey_ceremony import log as passkey_log
from portal.firm.passwords import PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, hash_password
from portal.firm.sessions import Browser, SignedIn
from portal.web.blueprints import ADD_SECOND_FACTOR, csrf, public_blueprint
from portal.web.limits import SIGN_IN_TRIES, limiter
from portal.web.sessions import begin

ADDRESS = "/staff/invitations/<token>"

blueprint = public_blueprint("joining", __name__)


@blueprint.get(ADDRESS)
def invitation(token: str) -> Response:
    """What the invitation is for, and a form to accept it. Nothing is changed by looking."""
    with db.read() as reading:
        link = invitations.link(reading, token)
    return _page(token, link)


@blueprint.post(ADDRESS, endpoint="accept")
@limiter.limit(SIGN_IN_TRIES)
def accept(token: str) -> AnyResponse:
    """Make the user, sign them in, and lead them to **Your sign-in** for a second factor."""
    csrf.protect()
    with db.read() as reading:
        link = invitations.link(reading, token)
        firm = brand(reading)
    if link.standing is not Standing.OPEN:
        return _page(token, link)
    invited = link.invitation
    try:
        _same_twice(request.form.get("password", ""), request.form.get("again", ""))
        known = (invited.name, invited.email, firm.legal_name)
        password_hash = hash_password(request.form.get("password", ""), known=known)
    except Invalid as wrong:
        return _page(token, link, {str(wrong.field): str(wrong)})
    try:
        with db.transaction() as writing:
            user = invitations.accept(writing, token, password_hash=password_hash)
            signed_in = sessions.open_session(writing, user.id, browser=_here())
    except Conflict:  # somebody was faster: say what has become of it
        return invitation(token)
    return _welcome(signed_in)


def _welcome(signed_in: SignedIn) -> AnyResponse:
    begin(signed_in, sessions.leave)
    return redirect(url_for(ADD_SECOND_FACTOR), 303)


@blueprint.post(f"{ADDRESS}/passkey-challenges", endpoint="passkey_challenge")
@limiter.limit(SIGN_IN_TRIES)
def passkey_challenge(token: str) -> Response:
    """What a browser needs to make a passkey for whoever is invited."""
    csrf.protect()
    with db.transaction() as writing:
        link = invitations.link(writing, token)
        if link.standing is not Standing.OPEN:
            raise Conflict(_("This invitation cannot be accepted any more."))
        firm = brand(writing)
        asked = passkeys.ask_to_add(writing, invitations.as_user(link.invitation), firm.short_name)
    return Response(asked, mimetype="application/json")


@blueprint.post(f"{ADDRESS}/passkey", endpoint="accept_by_passkey")
@limiter.limit(SIGN_IN_TRIES)
def accept_by_passkey(token: str) -> AnyResponse:
    """Make the user with the passkey that their device has just made, and no password."""
    csrf.protect()
    with db.read() as reading:
        link = invitations.link(reading, token)
    if link.standing is not Standing.OPEN:
        return _page(token, link)
    try:
        made = passkeys.just_made(request.form.get("passkey", ""), None)
        with db.transaction() as writing:
            user = invitations.accept(writing, token, password_hash=None)
            by = f"user:{user.public_id}"
            passkeys.keep(writing, user.id, "", made, by)
            signed_in = sessions.open_session(writing, user.id, second_factor=True, browser=_here())
    except WrongPasskey as wrong:
        passkey_log.info("passkey refused", reason=str(wrong))
        return _page(token, link, {"join-passkey": _("The passkey was not added. Try again.")})
    except Conflict:  # somebody was faster: say what has become of it
        return invitation(token)
    return _welcome(signed_in)


def _here() -> Browser:
    return browser_of(request.user_agent.string, request.remote_addr or "")


def _same_twice(password: str, again: str) -> None:
    if password != again:
        raise Invalid(_("The two passwords are not the same."), "again")


def _page(token: str, link: Link, errors: dict[str, str] | None = None) -> Response:
    good = link.standing is Standing.OPEN
    left = link.expires_at - clock.now() if link.expires_at else None
    names = level_names()
    page = render_template(
        "firm/public_invitation.html",
        token=token,
        link=link,
        errors=errors or {},
        levels=[names[Level(level)] for level in link.invitation.levels],
        minutes_left=max(1, int(left.total_seconds() // 60)) if left else None,
        hours=invitations.TTL_HOURS,
        least=PASSWORD_CHARS_MIN,
        most=PASSWORD_CHARS_MAX,
    )
    return make_response(page, 410 if not good else 422 if errors else 200)
