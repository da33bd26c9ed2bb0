"""**Confirm that it is you**: asked in place of a change, which then goes on as it was typed."""

from typing import cast

from flask import make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from portal.core import db
from portal.firm import confirming, second_factors
from portal.firm.passkey_ceremony import WrongPasskey
from portal.firm.passkey_ceremony import log as passkey_log
from portal.firm.sessions import SignedIn
from portal.firm.wrong_tries import TooManyTries
from portal.web.blueprints import confirm_by
from portal.web.fragments import wants_fragment

CODE, PASSKEY, PASSWORD = "proof_code", "proof_passkey", "proof_password"
PROOFS = frozenset({CODE, PASSKEY, PASSWORD})
NOT_CARRIED = PROOFS | {"csrf_token"}


def ask_to_confirm() -> Response | None:
    """Nothing where the user showed who they are within ten minutes, or does so in this request:
    then the change goes on. Else the page that asks, which carries every field of the form.
    """
    sent, user = request.form, cast(SignedIn, current_user)
    if not confirming.just_confirmed(user):
        errors: dict[str, str] = {}
        status = 422
        try:
            errors = _checked() if PROOFS & set(sent) else {"": ""}
        except TooManyTries as refused:
            errors, status = {_field(): str(refused)}, refused.status
        if errors:
            return _page({name: told for name, told in errors.items() if name}, status)
    # What proves somebody is no business of the view that runs now.
    kept = [(name, value) for name, value in sent.items(multi=True) if name not in PROOFS]
    request.__dict__["form"] = ImmutableMultiDict(kept)
    return None


confirm_by(ask_to_confirm)


def _checked() -> dict[str, str]:
    """Check the proof that was sent; answers sentences by field, none where it is right."""
    sent, user = request.form, cast(SignedIn, current_user)
    if sent.get(PASSKEY):
        try:
            confirming.by_passkey(user, sent[PASSKEY])
        except WrongPasskey as wrong:
            passkey_log.info("passkey refused", reason=str(wrong))
            return {"confirm-passkey": _("This passkey was not accepted. Try again.")}
        return {}
    if _field() == PASSWORD:
        if not confirming.by_password(user, sent.get(PASSWORD, "")):
            return {PASSWORD: _("The password is wrong.")}
        return {}
    if not confirming.by_code(user, sent.get(CODE, "")):
        return {CODE: _("This code is wrong, or was used already. Enter the one shown now.")}
    return {}


def _field() -> str:
    with db.read() as session:
        return CODE if second_factors.of_user(session, current_user.id) else PASSWORD


def _page(errors: dict[str, str], status: int) -> Response:
    """The page, or for htmx the page's middle, in place of whatever the request was to change."""
    with db.read() as session:
        factors = second_factors.of_user(session, current_user.id)
    carried = [
        (name, value) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED
    ]
    page = "firm/_confirm.html" if wants_fragment() else "firm/staff_confirm.html"
    response = make_response(
        render_template(
            page,
            action=request.full_path.rstrip("?"),
            carried=carried,
            files=any(file.filename for file in request.files.values()),
            multipart=request.mimetype == "multipart/form-data",
            factors=factors,
            errors=errors,
        ),
        status,
    )
    if wants_fragment():
        # Over the limit too: htmx shows no answer of that status.
        response.status_code = 422
        response.headers["HX-Retarget"] = "#main"
        response.headers["HX-Reswap"] = "innerHTML show:window:top"
        response.headers["HX-Push-Url"] = "false"
    return response
