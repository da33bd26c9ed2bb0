"""The clients' door: an emailed code, its link, or a passkey (FEATURES C11).

Every address gets the same answer, in the same time. Between the two steps the form carries what
was asked in a signed token: no cookie is set before somebody is signed in.
"""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.access import public_home_screen, public_passkeys, sign_in_codes
from portal.access.keys import SignInRequest
from portal.access.public_door import (
    find_client,
    here,
    leave,
    let_in,
    refuse_forms_of_other_sites,
)
from portal.access.sign_in_codes import Tried
from portal.core import config, db
from portal.core.errors import Invalid
from portal.core.tokens import ForgedToken, FormTokens, StaleToken
from portal.firm.addresses import checked_email, lowered, masked
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.client_sessions import HOME, portal_path
from portal.web.client_surface import find_client_by, form_token
from portal.web.limits import (
    CODES_FROM_ONE_PLACE,
    SIGN_IN_TRIES,
    limiter,
)

DOOR = "/sign-in"
STATE_MINUTES = 15
CODE_CHARS_MAX = 40

blueprint = public_blueprint("client_sign_in", __name__)
blueprint.before_request(refuse_forms_of_other_sites)
blueprint.register_blueprint(public_passkeys.blueprint)
blueprint.register_blueprint(public_home_screen.blueprint)
blueprint.app_context_processor(form_token)
find_client_by(find_client)


def _typed_email() -> str:
    return lowered(request.form.get("email", ""))


@blueprint.get(DOOR)
def show() -> Response:
    """The sign-in page; somebody signed in already goes on."""
    came_from = portal_path(request.args.get("next"))
    if find_client() is not None:
        return redirect(came_from, 303)
    return _ask_page(came_from)


@blueprint.post(DOOR, endpoint="ask")
@limiter.limit(CODES_FROM_ONE_PLACE)
def ask() -> Response:
    """Send a code, if the address is a client's. Nobody is told whether it is."""
    came_from = portal_path(request.form.get("next"))
    try:
        address = checked_email(_typed_email())
    except Invalid as wrong:
        return _ask_page(came_from, {"email": str(wrong)}, 422)
    with db.transaction() as writing:
        name = sign_in_codes.ask(writing, address, came_from if came_from != HOME else "")
    state = _tokens("code").sign({"asked": name, "to": masked(address), "next": came_from})
    return redirect(language.address("client_sign_in.code", state=state), 303)


@blueprint.get(f"{DOOR}/code")
def code() -> Response:
    """Ask for the code that was sent, if one was."""
    state = _state("code", request.args.get("state", ""))
    return _too_late() if state is None else _code_page(state)


@blueprint.post(f"{DOOR}/code", endpoint="check_code")
@limiter.limit(SIGN_IN_TRIES)
def check_code() -> Response:
    """Sign in whoever typed the right code; those who share the address say who they are."""
    state = _state("code", request.form.get("state", ""))
    if state is None:
        return _too_late()
    name = str(state["asked"])
    with db.transaction() as writing:
        tried = sign_in_codes.try_code(writing, name, request.form.get("code", ""))
    if tried is not Tried.RIGHT:
        return _code_page(state, {"code": _sentence(tried)}, 422)
    with db.read() as reading:
        asked = sign_in_codes.by_name(reading, name)
        choices = sign_in_codes.choices(reading, asked) if asked else []
    if asked is None or not choices:
        return _code_page(state, {"code": _sentence(Tried.OVER)}, 422)
    if len(choices) == 1:
        return _signed_in(asked, "", str(state["next"])) or _too_late()
    proof = _tokens("who").sign({"proved": name, "next": state["next"]})
    return _who_page(choices, language.address("client_sign_in.check_who"), state=proof)


@blueprint.post(f"{DOOR}/who", endpoint="check_who")
@limiter.limit(SIGN_IN_TRIES)
def check_who() -> Response:
    """Sign in the one that somebody says they are, of those who share the address."""
    sent = request.form.get("state", "")
    state = _state("who", sent)
    if state is None:
        return _too_late()
    with db.read() as reading:
        asked = sign_in_codes.by_name(reading, str(state["proved"]))
        choices = sign_in_codes.choices(reading, asked) if asked else []
    if asked is None or not choices:
        return _too_late()
    signed_in = _signed_in(asked, request.form.get("who", ""), str(state["next"]))
    if signed_in is not None:
        return signed_in
    return _who_page(choices, language.address("client_sign_in.check_who"), _choose(), state=sent)


@blueprint.get(f"{DOOR}/<token>")
def link(token: str) -> Response:
    """What the link in the email leads to: a button. Looking signs nobody in (FEATURES C10)."""
    came_from = portal_path(request.args.get("next"))
    with db.read() as reading:
        asked = sign_in_codes.by_link(reading, token)
        choices = sign_in_codes.choices(reading, asked) if asked else []
    if not choices:
        return _too_late()
    action = language.address("client_sign_in.use_link", token=token, next=came_from)
    return _who_page(choices, action)


@blueprint.post(f"{DOOR}/<token>", endpoint="use_link")
@limiter.limit(SIGN_IN_TRIES)
def use_link(token: str) -> Response:
    """Sign in by the link of the email, once."""
    came_from = portal_path(request.args.get("next"))
    with db.read() as reading:
        asked = sign_in_codes.by_link(reading, token)
        choices = sign_in_codes.choices(reading, asked) if asked else []
    if asked is None or not choices:
        return _too_late()
    signed_in = _signed_in(asked, request.form.get("who", ""), came_from)
    if signed_in is not None:
        return signed_in
    action = language.address("client_sign_in.use_link", token=token, next=came_from)
    return _who_page(choices, action, _choose())


def _signed_in(asked: SignInRequest, who: str, came_from: str) -> Response | None:
    with db.transaction() as writing:
        token = sign_in_codes.use(writing, asked, who, browser=here(), language=language.current())
        if token is None:
            return None
        leave(writing)
    return let_in(token, came_from)


def _tokens(step: str) -> FormTokens:
    return FormTokens(config.current().secret_key, f"client-sign-in-{step}", STATE_MINUTES)


def _state(step: str, sent: str) -> dict[str, Any] | None:
    try:
        return _tokens(step).read(sent)
    except (StaleToken, ForgedToken):
        return None


def _choose() -> dict[str, str]:
    return {"who": _("Choose who you are.")}


def _sentence(tried: Tried) -> str:
    if tried is Tried.WRONG:
        return _("This code is wrong. Enter the six digits of the newest email.")
    return _("This code does not work any more. Ask for a new one.")


def _ask_page(came_from: str, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    page = render_template(
        "access/public_sign_in.html",
        next=came_from,
        email=_typed_email(),
        errors=errors or {},
        page_path=url_for("client_sign_in.show"),
    )
    return make_response(page, status)


def _code_page(
    state: dict[str, Any], errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    sent = _tokens("code").sign(state)
    page = render_template(
        "access/public_code.html",
        state=sent,
        address=state["to"],
        next=state["next"],
        minutes=STATE_MINUTES,
        typed=request.form.get("code", "")[:CODE_CHARS_MAX],
        errors=errors or {},
    )
    return make_response(page, status)


def _who_page(
    choices: list[Any], action: str, errors: dict[str, str] | None = None, *, state: str = ""
) -> Response:
    page = render_template(
        "access/public_who.html", choices=choices, action=action, state=state, errors=errors or {}
    )
    return make_response(page, 422 if errors else 200)


def _too_late() -> Response:
    return make_response(render_template("access/public_too_late.html"), 410)
