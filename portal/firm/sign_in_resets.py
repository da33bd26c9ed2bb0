"""**Forgotten password**: asking for a link, and choosing a new password by it."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import resets
from portal.firm.addresses import checked_email, counted_as, lowered
from portal.firm.models import User
from portal.firm.passwords import hash_password
from portal.web.blueprints import csrf, public_blueprint
from portal.web.limits import RESETS_FROM_ONE_PLACE, RESETS_OF_ONE_USER, limiter

blueprint = public_blueprint("password_resets", __name__)


def _typed_email() -> str:
    return lowered(request.form.get("email", ""))


@blueprint.get("/staff/forgotten-password")
def ask() -> str:
    """Ask for the address to which the link goes; afterwards, say what happens next."""
    return _ask_page(sent="sent" in request.args)


def _ask_page(sent: bool = False, errors: dict[str, str] | None = None) -> str:
    page = "firm/staff_forgotten_password.html"
    return render_template(page, sent=sent, email=_typed_email(), errors=errors or {})


@blueprint.post("/staff/forgotten-password", endpoint="send")
@limiter.limit(RESETS_FROM_ONE_PLACE)
def send_link() -> Response | tuple[str, int]:
    """Owe the link. The same answer, as fast, whether or not somebody has this address."""
    csrf.protect()
    return _send_link()


# Counted after the token: another site's forms must not use up the tries of somebody's address.
@limiter.limit(RESETS_OF_ONE_USER, key_func=lambda: f"reset:{counted_as(_typed_email())}")
def _send_link() -> Response | tuple[str, int]:
    try:
        email = checked_email(_typed_email())
    except Invalid as wrong:
        return _ask_page(errors={"email": str(wrong)}), 422
    with db.transaction() as session:
        resets.ask(session, email)
    return redirect(url_for("firm_sign_in.password_resets.ask", sent=1), 303)


def _link_page(
    token: str, user: User | None, errors: dict[str, str] | None = None
) -> tuple[str, int]:
    status = 410 if user is None else 422 if errors else 200
    page = "firm/staff_new_password.html"
    return render_template(page, token=token, user=user, errors=errors or {}), status


@blueprint.get("/staff/forgotten-password/<token>")
def choose(token: str) -> tuple[str, int]:
    """The form for a new password. Nothing is used up by looking."""
    with db.read() as session:
        user = resets.usable(session, token)
    return _link_page(token, user)


@blueprint.post("/staff/forgotten-password/<token>", endpoint="save")
@limiter.limit(RESETS_FROM_ONE_PLACE)
def set_password(token: str) -> Response | tuple[str, int]:
    """Set the new password, once. It signs nobody in: the second factor is asked for as always."""
    csrf.protect()
    with db.read() as session:
        user = resets.usable(session, token)
        known = resets.words_around(session, user) if user else []
    if user is None:
        return _link_page(token, None)
    try:
        made = hash_password(request.form.get("password", ""), known=known)
    except Invalid as wrong:
        return _link_page(token, user, {"password": str(wrong)})
    with db.transaction() as session:
        used = resets.use(session, token, made)
    if not used:
        return _link_page(token, None)
    return redirect(url_for("firm_sign_in.password_resets.done"), 303)


@blueprint.get("/staff/new-password-set")
def done() -> str:
    """Say that the new password is in force, and lead to the sign-in page."""
    return render_template(
        "firm/staff_new_password.html", token="", user=None, done=True, errors={}
    )
