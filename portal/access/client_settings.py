"""A client's own settings: language, passkeys, signed-in browsers (UX C14)."""

from typing import Any, cast

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.access import client_session, passkeys, sessions
from portal.access.own_pages import own_pages
from portal.access.sessions import SignedInClient
from portal.clients.languages import choose_language
from portal.core import db
from portal.core.errors import Invalid
from portal.firm.brand import brand
from portal.firm.browsers import browser_of
from portal.firm.passkey_ceremony import NAME_CHARS_MAX, WrongPasskey, log
from portal.web import language
from portal.web.blueprints import client_blueprint
from portal.web.client_sessions import portal_path
from portal.web.client_surface import current_client
from portal.web.limits import PASSKEY_TRIES, limiter

SETTINGS = "client_settings.show"

blueprint = client_blueprint("client_settings", __name__)
blueprint.register_blueprint(client_session.blueprint)


def _me() -> SignedInClient:
    return cast(SignedInClient, current_client())


@blueprint.get("/settings")
def show() -> Response:
    """Everything that a client may set, and how to change the address that signs them in."""
    return _page()


@blueprint.get("/welcome")
def welcome() -> Response:
    """Once, after the invitation was accepted: a passkey for the next time, or on to the portal."""
    return _welcome_page(portal_path(request.args.get("next")))


@blueprint.post("/settings/language", endpoint="language")
def choose() -> AnyResponse:
    """Keep the language that the client has chosen, on every page and in every email."""
    with db.transaction() as session:
        offered = brand(session).languages
        wanted = language.offered_as(request.form.get("language", ""), offered)
        if wanted is None:
            raise Invalid(_("Choose one of the languages."), "language")
        choose_language(session, _me().contact_id, wanted, by=_me().actor)
    back = request.form.get("next")
    return redirect(portal_path(back) if back else url_for(SETTINGS, done="language"), 303)


@blueprint.post("/settings/passkey-challenges", endpoint="passkey_challenge")
@limiter.limit(PASSKEY_TRIES)
def passkey_challenge() -> Response:
    """What a browser needs to make a passkey for this client."""
    with db.transaction() as session:
        asked = passkeys.ask_to_add(session, _me(), brand(session).short_name)
    return Response(asked, mimetype="application/json")


@blueprint.post("/settings/passkeys", endpoint="add_passkey")
@limiter.limit(PASSKEY_TRIES)
def add_passkey() -> AnyResponse:
    """Keep the passkey that the client's device has just made."""
    onward = request.form.get("next", "")
    name = request.form.get("name", "")
    called = name.strip() or browser_of(request.user_agent.string).name
    try:
        passkeys.add(_me(), request.form.get("passkey", ""), called)
    except (WrongPasskey, Invalid) as wrong:
        log.info("passkey refused", reason=str(wrong))
        said = str(wrong) if isinstance(wrong, Invalid) else _not_added()
        errors = {"add-passkey": said}
        if onward:
            return _welcome_page(portal_path(onward), errors)
        return _page(errors, typed=name)
    return redirect(portal_path(onward) if onward else url_for(SETTINGS, done="added"), 303)


@blueprint.post("/settings/passkeys/<public_id>/name", endpoint="rename_passkey")
def rename_passkey(public_id: str) -> AnyResponse:
    """Call a passkey something else."""
    with db.transaction() as session:
        passkeys.rename(session, _me(), public_id, request.form.get("name", ""))
    return redirect(url_for(SETTINGS, done="renamed"), 303)


@blueprint.post("/settings/passkeys/<public_id>/removal", endpoint="remove_passkey")
def remove_passkey(public_id: str) -> AnyResponse:
    """Forget a passkey: it signs nobody in from now on."""
    with db.transaction() as session:
        passkeys.remove(session, _me(), public_id)
    return redirect(url_for(SETTINGS, done="removed"), 303)


@blueprint.post("/settings/devices/<public_id>/sign-out", endpoint="end_device")
def end_device(public_id: str) -> AnyResponse:
    """Sign one other browser out."""
    with db.transaction() as session:
        sessions.end_one(session, _me(), public_id)
    return redirect(url_for(SETTINGS, done="device"), 303)


@blueprint.post("/settings/other-devices/sign-out", endpoint="end_others")
def end_others() -> AnyResponse:
    """Sign every other browser out."""
    with db.transaction() as session:
        sessions.end_others(session, _me())
    return redirect(url_for(SETTINGS, done="devices"), 303)


def _not_added() -> str:
    return _("The passkey was not added. Try again.")


def _done(what: str) -> str:
    return {
        "language": _("Your language was saved."),
        "added": _("Your passkey was added. Use it the next time you sign in."),
        "renamed": _("The passkey has a new name."),
        "removed": _("The passkey was removed. It signs nobody in any more."),
        "device": _("That device was signed out."),
        "devices": _("Every other device was signed out."),
    }.get(what, "")


def _page(errors: dict[str, str] | None = None, typed: str = "") -> Response:
    me = _me()
    with db.read() as session:
        shown: dict[str, Any] = {
            "passkeys": passkeys.of_client(session, me.contact_id),
            "devices": sessions.devices(session, me),
        }
    page = render_template(
        "access/client_settings.html",
        **shown,
        me=me,
        errors=errors or {},
        typed=typed,
        name_most=NAME_CHARS_MAX,
        own_pages=own_pages(),
        done=_done(request.args.get("done", "")),
    )
    return make_response(page, 422 if errors else 200)


def _welcome_page(onward: str, errors: dict[str, str] | None = None) -> Response:
    page = render_template("access/client_welcome.html", next=onward, errors=errors or {})
    return make_response(page, 422 if errors else 200)
