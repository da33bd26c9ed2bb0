"""**Embed on your website**: a link's code, and the websites that may show it (FEATURES E1–E3)."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.links import actions, queries
from payments.links.models import AccountLink
from payments.links.queries import LinkedAccount
from payments.links.staff_accounts import ACCOUNT, account_of, blueprint, card, task
from portal.core import config, db
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.web.fragments import wants_fragment
from portal.web.permissions import CHOOSE_WEBSITES, LOOK

EMBEDDING = f"{ACCOUNT}/website"


@blueprint.get(EMBEDDING, needs=LOOK)
def embedding(public_id: str) -> Response:
    """The code to put on a website, and which websites may show the payment page."""
    return _embedding(public_id)


@blueprint.post(f"{EMBEDDING}/sites", needs=CHOOSE_WEBSITES)
def add_site(public_id: str) -> AnyResponse:
    """One more website may show it."""
    typed = request.form.get("site", "")
    try:
        with db.transaction() as session:
            site = actions.add_site(
                session, _named_link(session, public_id), typed, by=current_user.actor
            )
            added = site.origin
    except Invalid as wrong:
        return _embedding(public_id, 422, typed=typed, errors={str(wrong.field): str(wrong)})
    return _done(public_id, _("%(site)s can show the payment page now.", site=added))


@blueprint.post(f"{EMBEDDING}/sites/removal", needs=CHOOSE_WEBSITES)
def remove_site(public_id: str) -> AnyResponse:
    """A website may show it no longer, from now on."""
    origin = request.form.get("site", "")
    with db.transaction() as session:
        link = _named_link(session, public_id)
        actions.remove_site(session, link, origin, by=current_user.actor)
    return _done(public_id, _("%(site)s cannot show the payment page any more.", site=origin))


@blueprint.post(f"{EMBEDDING}/choices", needs=CHOOSE_WEBSITES)
def choose_framing(public_id: str) -> AnyResponse:
    """Where the card is taken (FEATURES E3), and whether the website learns the amount."""
    with db.transaction() as session:
        actions.choose_framing(
            session,
            _named_link(session, public_id),
            card_on_top="card_on_top" in request.form,
            tells_amount="tells_amount" in request.form,
            by=current_user.actor,
        )
    return _done(public_id, _("The choices were saved."))


def _named_link(session: Session, public_id: str) -> AccountLink:
    """The link that the page showed: it may have been retired since. Raises `Missing`."""
    return queries.account_link(session, public_id, request.form.get("link", ""))


def _embedding(
    public_id: str,
    status: int = 200,
    *,
    typed: str = "",
    errors: dict[str, str] | None = None,
    done: str | None = None,
) -> Response:
    with db.read() as session:
        row = account_of(public_id, session)
        if row.link is None:
            raise Conflict(_("This bank account has no payment link yet, as it is not connected."))
        context: dict[str, Any] = {
            "row": row,
            "sites": [site.origin for site in queries.sites_of(session, row.link)],
            "snippet": _snippet(session, row),
        }
    return task(
        "links/_embedding.html",
        _("Embed on your website"),
        status,
        **context,
        typed=typed,
        errors=errors or {},
        done=done,
        may_choose=current_user.may(CHOOSE_WEBSITES),
        level=3 if wants_fragment() else 2,  # below the dialog's heading, or the page's
    )


def _snippet(session: Session, row: LinkedAccount) -> str | None:
    """What is pasted into the firm's website, in the firm's own language; none without a link."""
    if row.url is None:
        return None
    firm = brand(session)
    with force_locale(firm.locale):
        return render_template(
            "links/_snippet.html", firm=firm, url=row.url, base_url=config.current().base_url
        )


def _done(public_id: str, message: str) -> AnyResponse:
    """The same dialog with what was done, and the account's card behind it; else the page."""
    if wants_fragment():
        answer = _embedding(public_id, done=message)
        answer.set_data(answer.get_data(as_text=True) + card(account_of(public_id)))
        return answer
    flash(message)
    return redirect(url_for("links.embedding", public_id=public_id), 303)
