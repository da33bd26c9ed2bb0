"""**Settings → Bank accounts**: adding one, and whether it can take money."""

from collections.abc import Mapping, Sequence

import structlog
from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts import actions, preflight, queries
from payments.accounts import jobs as _jobs  # noqa: F401  registers its jobs
from payments.accounts import setup as _setup  # noqa: F401  its steps register themselves
from payments.accounts.forms import AccountForm
from payments.accounts.models import BankAccount
from payments.gateway.errors import GatewayError
from payments.money.amounts import Money
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import wants_fragment
from portal.web.permissions import MANAGE_BANK_ACCOUNTS, SET_UP_FIRM

ACCOUNTS = "/settings/bank-accounts"

log = structlog.get_logger("accounts")

blueprint = staff_blueprint("bank_accounts", __name__)


@blueprint.get(ACCOUNTS, needs=MANAGE_BANK_ACCOUNTS)
def index() -> str:
    """Every bank account: what payers read, and whether it can take money."""
    return _page()


@blueprint.get(f"{ACCOUNTS}/new", needs=MANAGE_BANK_ACCOUNTS)
def new() -> Response:
    """An empty form."""
    return _form(AccountForm())


@blueprint.post(f"{ACCOUNTS}/new", needs=MANAGE_BANK_ACCOUNTS)
def add() -> AnyResponse:
    """Add a bank account in the firm's currency. Its connection is checked by a job at once."""
    form = AccountForm.read(request.form)
    if errors := form.errors():
        return _form(form, errors)
    try:
        with db.transaction() as session:
            account = actions.add_account(
                session,
                name=form.name,
                public_label=form.public_label,
                kind=form.kind,
                currency=brand(session).currency,
                processor_account=form.processor_account or None,
                statement_suffix=form.statement_suffix,
                by=current_user.actor,
            )
    except Invalid as wrong:
        return _form(form, {str(wrong.field): str(wrong)})
    except Conflict as taken:
        return _form(form, {"name": str(taken)}, status=409)
    flash(_("The bank account was added. Stripe is being asked about it."))
    return _to(account)


@blueprint.get(f"{ACCOUNTS}/<public_id>/edit", needs=MANAGE_BANK_ACCOUNTS)
def edit(public_id: str) -> Response:
    """The words of an account. Its kind and its currency never change."""
    account = _account(public_id)
    return _form(AccountForm.of(account), account=account)


@blueprint.post(f"{ACCOUNTS}/<public_id>/edit", needs=MANAGE_BANK_ACCOUNTS)
def save(public_id: str) -> AnyResponse:
    """Change the words of an account."""
    account, form = _account(public_id), AccountForm.read(request.form)
    if errors := form.errors_of_words():
        return _form(form, errors, account)
    try:
        with db.transaction() as session:
            actions.describe(
                session,
                queries.bank_account(session, public_id),
                name=form.name,
                public_label=form.public_label,
                statement_suffix=form.statement_suffix,
                by=current_user.actor,
            )
    except Conflict as taken:
        return _form(form, {"name": str(taken)}, account, status=409)
    flash(_("The bank account was saved."))
    return _to(account)


@blueprint.get(f"{ACCOUNTS}/<public_id>", needs=MANAGE_BANK_ACCOUNTS)
def show(public_id: str) -> AnyResponse:
    """The card of an account, for the page that waits for Stripe's answer."""
    account = _account(public_id)
    return make_response(_card(account)) if wants_fragment() else _to(account)


@blueprint.post(f"{ACCOUNTS}/<public_id>/connection-checks", needs=SET_UP_FIRM)
def check(public_id: str) -> AnyResponse:
    """Ask Stripe about an account now. The call is made outside any transaction."""
    problem = None
    try:
        actions.check_connection(_account(public_id).id)
    except GatewayError:
        problem = _("Stripe could not be asked just now. Try again in a minute.")
    account = _account(public_id)
    if wants_fragment():
        return make_response(_card(account, problem, asked=True))
    return make_response(_page({public_id: problem})) if problem else _to(account)


@blueprint.get(f"{ACCOUNTS}/<public_id>/override", needs=MANAGE_BANK_ACCOUNTS)
def confirm_override(public_id: str) -> Response:
    """What Stripe told of a trust account, what is wrong with it, and an override of that (M4)."""
    return _override_page(_account(public_id))


@blueprint.post(f"{ACCOUNTS}/<public_id>/override", needs=MANAGE_BANK_ACCOUNTS)
def override(public_id: str) -> AnyResponse:
    """Let a trust account take payments though its preflight fails, for what was shown."""
    reason = request.form.get("reason", "").replace("\0", "")
    expected = request.form.get("expected", "")
    try:
        with db.transaction() as session:
            account = queries.locked(session, public_id)
            preflight.override(
                session, account, reason=reason, expected=expected, by=current_user.actor
            )
    except (Invalid, Conflict) as refusal:
        return _override_page(_account(public_id), refusal, reason)
    flash(_("The override is recorded."))
    return _to(account)


@blueprint.post(f"{ACCOUNTS}/<public_id>/override/end", needs=MANAGE_BANK_ACCOUNTS)
def end_override(public_id: str) -> AnyResponse:
    """Take an override back: the account takes no payments until its preflight passes."""
    try:
        with db.transaction() as session:
            account = queries.locked(session, public_id)
            preflight.withdraw(session, account, by=current_user.actor)
    except Conflict as refusal:
        return _override_page(_account(public_id), refusal)
    flash(_("The override has ended. The account takes no payments until its preflight passes."))
    return _to(account)


def _override_page(
    account: BankAccount, refusal: Invalid | Conflict | None = None, reason: str = ""
) -> Response:
    page = render_template(
        "accounts/staff_override.html",
        account=account,
        lines=preflight.lines(account),
        unsafe=preflight.problems(account),
        mark=preflight.mark(account),
        by=_override_names([account]),
        reason=reason,
        errors={"reason": str(refusal)} if isinstance(refusal, Invalid) else {},
        problem=str(refusal) if isinstance(refusal, Conflict) else "",
    )
    return make_response(page, refusal.status if refusal else 200)


def _override_names(accounts: Sequence[BankAccount]) -> Mapping[str | None, str]:
    """Who let each of them take payments all the same."""
    asked = {account.override_by for account in accounts if account.override_by}
    if not asked:
        return {}
    with db.read() as session:
        return actor_names(session, asked)


@blueprint.post("/settings/processor-checks", needs=SET_UP_FIRM)
def check_processor() -> AnyResponse:
    """Ask Stripe about the firm's own account now."""
    with db.read() as session:
        currency = brand(session).currency
    try:
        actions.check_processor(currency, by=current_user.actor)
    except GatewayError:
        log.warning("processor not checked")  # the checklist tells it, from the activity log
    return redirect(url_for("settings.index", _anchor="step-processor"), 303)


def _account(public_id: str) -> BankAccount:
    with db.read() as session:
        return queries.bank_account(session, public_id)


def _to(account: BankAccount) -> AnyResponse:
    return redirect(url_for("bank_accounts.index", _anchor=f"account-{account.public_id}"), 303)


def _page(problems: dict[str, str] | None = None) -> str:
    with db.read() as session:
        accounts = queries.bank_accounts(session)
    return render_template(
        "accounts/staff_accounts.html",
        accounts=accounts,
        problems=problems or {},
        money=_money,
        preflight_lines=preflight.lines,
        by=_override_names(accounts),
    )


def _card(account: BankAccount, problem: str | None = None, *, asked: bool = False) -> str:
    return render_template(
        "accounts/_account.html",
        account=account,
        problem=problem,
        asked=asked,
        money=_money,
        preflight_lines=preflight.lines,
        by=_override_names([account]),
    )


def _form(
    form: AccountForm,
    errors: dict[str, str] | None = None,
    account: BankAccount | None = None,
    *,
    status: int | None = None,
) -> Response:
    page = render_template(
        "accounts/staff_account.html", form=form, errors=errors or {}, account=account
    )
    return make_response(page, status or (422 if errors else 200))


def _money(cents: int, currency: str) -> str:
    return Money(cents, currency).format(str(get_locale()))
