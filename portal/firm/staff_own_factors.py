"""**Your sign-in**: adding and removing an authenticator app and passkeys, and recovery codes."""

from typing import cast

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import authenticators, passkeys, queries, recovery_codes, second_factors
from portal.firm.confirming import just_confirmed
from portal.firm.models import User
from portal.firm.passkey_ceremony import WrongPasskey
from portal.firm.passkey_ceremony import log as passkey_log
from portal.firm.pictures import qr_svg
from portal.firm.sessions import SignedIn
from portal.firm.sign_in_emails import Change, tell
from portal.firm.staff_confirming import ask_to_confirm
from portal.firm.staff_own_page import blueprint, page
from portal.web.permissions import OWN_SIGN_IN

PAGE = "/your-sign-in"


@blueprint.post("/confirmation/passkey-challenges", needs=OWN_SIGN_IN)
def confirmation_challenge() -> Response:
    """What a browser needs to show one of the user's passkeys once more."""
    with db.transaction() as session:
        asked = passkeys.ask_to_show(session, "confirm", current_user.id)
    return Response(asked, mimetype="application/json")


@blueprint.post(f"{PAGE}/authenticator", needs=OWN_SIGN_IN)
def begin_authenticator() -> AnyResponse:
    """Draw a secret for an app, and show it."""
    if (asked := ask_to_confirm()) is not None:
        return asked
    with db.transaction() as session:
        authenticators.begin(session, second_factors.locked(session, current_user.id).id)
    return redirect(url_for("own_sign_in.show_authenticator"), 303)


@blueprint.get(f"{PAGE}/authenticator", needs=OWN_SIGN_IN)
def show_authenticator() -> AnyResponse:
    """The secret as a code to scan and as text, until the first code of the app was shown, for who
    showed within ten minutes who they are."""
    if not just_confirmed(cast(SignedIn, current_user)):
        return _drawn_in_vain()
    return _authenticator_page()


def _drawn_in_vain() -> AnyResponse:
    flash(_("This secret is not valid any more. Unless the app is in use, add it again."))
    return redirect(url_for("own_sign_in.show"), 303)


def _authenticator_page(errors: dict[str, str] | None = None) -> AnyResponse:
    with db.read() as session:
        secret = authenticators.unconfirmed_secret(session, current_user.id)
        firm = queries.firm(session)
    if secret is None:
        return _drawn_in_vain()
    name = firm.short_name if firm else "Retainer"
    address = authenticators.address_of(secret, email=current_user.email, firm=name)
    bare = {"navigation": (), "create_menu": ()} if current_user.lacks_second_factor else {}
    made = render_template(
        "firm/staff_authenticator.html",
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=qr_svg(address),
        errors=errors or {},
        **bare,
    )
    return make_response(made, 422 if errors else 200)


@blueprint.post(f"{PAGE}/authenticator/confirmation", needs=OWN_SIGN_IN)
def confirm_authenticator() -> AnyResponse:
    """Take the app's first code. With a user's first factor come their recovery codes."""
    if (asked := ask_to_confirm()) is not None:
        return asked
    with db.transaction() as session:
        user = second_factors.locked(session, current_user.id)
        right = authenticators.confirm(session, user.id, request.form.get("code", ""))
        if right:
            change = Change.AUTHENTICATOR_ADDED
            second_factors.added(session, user, change, current_user.token)
        codes = _first_codes(session, user) if right else []
    if not right:
        return _authenticator_page({"code": _("This code is wrong. Enter the one shown now.")})
    return _added(codes, _("Your authenticator app was added."))


@blueprint.post(f"{PAGE}/authenticator/removal", needs=OWN_SIGN_IN)
def remove_authenticator() -> AnyResponse:
    """Forget the app."""
    if (asked := ask_to_confirm()) is not None:
        return asked
    with db.transaction() as session:
        user = second_factors.locked(session, current_user.id)
        second_factors.remove_authenticator(session, user, current_user.token)
    flash(_("The authenticator app was removed."))
    return redirect(url_for("own_sign_in.show"), 303)


@blueprint.post(f"{PAGE}/confirmation", needs=OWN_SIGN_IN)
def confirm() -> AnyResponse:
    """Have the user confirm before the device makes a passkey, which it would keep in vain."""
    if (asked := ask_to_confirm()) is not None:
        return asked
    return redirect(url_for("own_sign_in.show", _anchor="passkeys"), 303)


@blueprint.post(f"{PAGE}/passkey-challenges", needs=OWN_SIGN_IN)
def passkey_challenge() -> Response:
    """What a browser needs to make a passkey for the user."""
    with db.transaction() as session:
        user = session.get_one(User, current_user.id)
        firm = queries.firm(session)
        asked = passkeys.ask_to_add(session, user, firm.short_name if firm else "Retainer")
    return Response(asked, mimetype="application/json")


@blueprint.post(f"{PAGE}/passkeys", needs=OWN_SIGN_IN)
def add_passkey() -> AnyResponse:
    """Keep the passkey that the device has just made."""
    if (asked := ask_to_confirm()) is not None:
        return asked
    try:
        passkey = passkeys.add(
            current_user.id,
            request.form.get("passkey", ""),
            request.form.get("name", ""),
            by=current_user.actor,
        )
    except WrongPasskey as wrong:
        passkey_log.info("passkey refused", reason=str(wrong))
        return page(422, {"add-passkey": _("The passkey was not added. Try again.")})
    except Invalid as wrong:
        return page(422, {"add-passkey": str(wrong)})
    with db.transaction() as session:
        user = second_factors.locked(session, current_user.id)
        change = Change.PASSKEY_ADDED
        second_factors.added(session, user, change, current_user.token, passkey.name)
        codes = _first_codes(session, user)
    return _added(codes, _("The passkey was added."))


@blueprint.post(f"{PAGE}/passkeys/<public_id>/removal", needs=OWN_SIGN_IN)
def remove_passkey(public_id: str) -> AnyResponse:
    """Forget a passkey of the user's own."""
    if (asked := ask_to_confirm()) is not None:
        return asked
    with db.transaction() as session:
        user = second_factors.locked(session, current_user.id)
        second_factors.remove_passkey(session, user, public_id, current_user.token)
    flash(_("The passkey was removed."))
    return redirect(url_for("own_sign_in.show"), 303)


@blueprint.post(f"{PAGE}/recovery-codes", needs=OWN_SIGN_IN)
def make_recovery_codes() -> AnyResponse:
    """Ten new codes; those before are void."""
    if (asked := ask_to_confirm()) is not None:
        return asked
    with db.transaction() as session:
        user = second_factors.locked(session, current_user.id)
        if not second_factors.of_user(session, user.id):
            return redirect(url_for("own_sign_in.show"), 303)
        codes = recovery_codes.draw(session, user.id, by=current_user.actor)
        tell(session, user, Change.RECOVERY_CODES_MADE)
    return _codes_page(codes)


def _first_codes(session: Session, user: User) -> list[str]:
    if recovery_codes.left(session, user.id):
        return []
    return recovery_codes.draw(session, user.id, by=current_user.actor)


def _added(codes: list[str], words: str) -> AnyResponse:
    if codes:
        return _codes_page(codes, words)
    flash(words)
    return redirect(url_for("own_sign_in.show"), 303)


def _codes_page(codes: list[str], words: str = "") -> Response:
    """The only time that the codes are shown: not even an administrator can read them again."""
    made = render_template("firm/staff_recovery_codes.html", codes=codes, words=words)
    return make_response(made)
