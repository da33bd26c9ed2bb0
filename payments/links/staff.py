"""Online payments → New charge: the firm's payment links and their QR codes."""

from flask import Response, flash, make_response, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.actions import check_connection, set_link_limits
from payments.gateway.errors import GatewayError
from payments.links import (
    actions,
    queries,
    staff_sites,  # noqa: F401  registers its routes
)
from payments.links import setup as _setup  # noqa: F401  its step registers itself
from payments.links.forms import LimitsForm
from payments.links.queries import LinkedAccount
from payments.links.staff_accounts import (
    ACCOUNT,
    account_of,
    back_to,
    blueprint,
    card,
    money,
    task,
    with_link,
)
from portal.core import db, qr
from portal.core.errors import Invalid
from portal.web.fragments import wants_fragment
from portal.web.permissions import LOOK, MANAGE_BANK_ACCOUNTS

# An SVG opened by itself is a document: this one may draw and nothing else.
IMAGE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@blueprint.get("/online-payments/new-charge", needs=LOOK)
def new_charge() -> str:
    """Every bank account with its payment link, or why it has none (FEATURES L3)."""
    with db.read() as session:
        accounts = queries.linked_accounts(session)
    if any(row.account.connected and row.link is None for row in accounts):
        with db.transaction() as session:
            actions.ensure_links(session)
            accounts = queries.linked_accounts(session)
    return _page(accounts)


@blueprint.post(f"{ACCOUNT}/connection-checks", needs=LOOK)
def check_again(public_id: str) -> str | AnyResponse:
    """Ask the processor about one account now; connected, it gets its link."""
    problem = None
    try:
        check_connection(account_of(public_id).account.id)
    except GatewayError:
        problem = _("Stripe could not be asked just now. Try again in a minute.")
    with db.transaction() as session:
        actions.ensure_links(session)
    row = account_of(public_id)
    if wants_fragment():
        done = _("Connected") if row.account.connected and problem is None else None
        return card(row, problem=problem, done=done)
    if problem is not None:
        with db.read() as session:
            return _page(queries.linked_accounts(session), {public_id: problem})
    return back_to(public_id)


@blueprint.get(f"{ACCOUNT}/qr-code", needs=LOOK)
def qr_code(public_id: str) -> Response:
    """The QR code of an account's link, in a dialog or on a page of its own (FEATURES L6)."""
    row, url = with_link(public_id)
    return task("links/_qr_code.html", _("QR code"), row=row, url=url, modules=len(qr.modules(url)))


@blueprint.get(f"{ACCOUNT}/qr-code/print", needs=LOOK)
def print_sheet(public_id: str) -> str:
    """A sheet to put on the front desk: firm, account, link as text and code (FEATURES L6)."""
    row, url = with_link(public_id)
    return render_template("links/staff_print.html", row=row, url=url, modules=len(qr.modules(url)))


@blueprint.get(f"{ACCOUNT}/qr-code.<any(svg, png):kind>", needs=LOOK)
def qr_image(public_id: str, kind: str) -> AnyResponse:
    """The code as a file. Its address outlives the link, so browsers ask again each time."""
    _row, url = with_link(public_id)
    response = make_response(qr.svg(url) if kind == "svg" else qr.png(url))
    response.mimetype = "image/svg+xml" if kind == "svg" else "image/png"
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get(f"{ACCOUNT}/link/retirement", needs=MANAGE_BANK_ACCOUNTS)
def confirm_retirement(public_id: str) -> Response:
    """Ask for the account's name before its link is ended."""
    return _retirement(account_of(public_id))


@blueprint.post(f"{ACCOUNT}/link/retirement", needs=MANAGE_BANK_ACCOUNTS)
def retire(public_id: str) -> AnyResponse:
    """End the link and make the next one (FEATURES L5). Only the link that the page showed."""
    row, typed = account_of(public_id), request.form.get("typed_name", "")
    try:
        with db.transaction() as session:
            link = queries.account_link(session, public_id, request.form.get("link", ""))
            actions.retire(session, link, by=current_user.actor, typed_name=typed)
    except Invalid as problem:
        return _retirement(row, 422, typed, {str(problem.field): str(problem)})
    return _done(public_id, _("The old link was retired. This is the new one."))


@blueprint.get(f"{ACCOUNT}/link-limits", needs=MANAGE_BANK_ACCOUNTS)
def edit_limits(public_id: str) -> Response:
    """The least and the most that payers of the link may pay."""
    row = account_of(public_id)
    return _limits(row, LimitsForm.of(row.account))


@blueprint.post(f"{ACCOUNT}/link-limits", needs=MANAGE_BANK_ACCOUNTS)
def save_limits(public_id: str) -> AnyResponse:
    """Change the limits of an account's link (FEATURES L4)."""
    row, form = account_of(public_id), LimitsForm.from_request()
    cents, errors = form.cents(str(get_locale()))
    if errors:
        return _limits(row, form, 422, errors)
    try:
        with db.transaction() as session:
            account = account_of(public_id, session).account
            set_link_limits(
                session,
                account,
                min_cents=cents["link_min"],
                max_cents=cents["link_max"],
                by=current_user.actor,
            )
    except Invalid as problem:
        return _limits(row, form, 422, {str(problem.field): str(problem)})
    return _done(public_id, _("The limits were saved."))


def _page(accounts: list[LinkedAccount], problems: dict[str, str] | None = None) -> str:
    return render_template(
        "links/staff_new_charge.html",
        accounts=accounts,
        offline=any(not row.online for row in accounts),
        problems=problems or {},
        money=money,
    )


def _retirement(
    row: LinkedAccount, status: int = 200, typed: str = "", errors: dict[str, str] | None = None
) -> Response:
    return task(
        "links/_retirement.html",
        _("Retire link"),
        status,
        row=row,
        typed=typed,
        errors=errors or {},
    )


def _limits(
    row: LinkedAccount, form: LimitsForm, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return task(
        "links/_limits.html", _("Link limits"), status, row=row, form=form, errors=errors or {}
    )


def _done(public_id: str, message: str) -> AnyResponse:
    """Back to the account: for htmx its card in place and an empty dialog, else a redirect."""
    if wants_fragment():
        return make_response(card(account_of(public_id), done=message))
    flash(message)
    return back_to(public_id)
