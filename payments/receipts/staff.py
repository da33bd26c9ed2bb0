"""**Create New → Record Payment**: a check or cash received, or credit that is applied."""

from collections.abc import Mapping
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from payments.accounts.models import AccountKind, BankAccount
from payments.accounts.queries import bank_accounts
from payments.billing.panels import ON_BILLS
from payments.billing.requested import TrustRequest
from payments.receipts import (
    actions,
    once,
    queries,
    recording,
    staff_credit,
    staff_from_trust,
    staff_ledger,  # noqa: F401  registers its routes
    staff_requested,
    staff_reversals,  # noqa: F401  registers its routes
    staff_statement,  # noqa: F401  registers its routes
)
from payments.receipts.actions import PlanChanged
from payments.receipts.forms import RecordForm, cents_of
from payments.receipts.models import Receipt
from payments.receipts.planning import plan
from payments.receipts.staff_shown import blueprint, ledger_url, money
from payments.receipts.telling import name_of
from portal.clients import tabs
from portal.clients.access import Closed, closed_to
from portal.clients.choosing import Choice, read_choice, waited_for
from portal.clients.queries import ClientOption, option
from portal.core import db
from portal.core.errors import Invalid
from portal.core.tokens import new_token
from portal.firm.brand import brand
from portal.web import language
from portal.web.permissions import RECORD_PAYMENTS

BILLS_NAMED_MAX = 3


def show_on_other_pages() -> None:
    """The ledger as a tab, money on overviews, payments on a bill or trust request. Called by
    app.py."""
    tabs.add_contact_tab(_lazy("Ledger"), "receipts.contact_ledger")
    tabs.add_matter_tab(_lazy("Ledger"), "receipts.matter_ledger")
    tabs.add_contact_panel("receipts.contact_money")
    tabs.add_matter_panel("receipts.matter_money")
    ON_BILLS.add_panel("receipts.of_bill", _lazy("Show the payments on this bill"))
    staff_from_trust.show_on_bills()
    staff_requested.show_on_trust_requests()


@blueprint.get("/receipts/new", needs=RECORD_PAYMENTS)
def new() -> Response:
    """Choose a client or a matter, then say what came in (FEATURES S5)."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        choice = read_choice(session, request.args, "client", closed)
        if choice.chosen is None:
            return _choose(choice)
        if "client_typed" in request.args:
            return redirect(url_for(".new", client=choice.chosen.key), 303)
        return _draw(session, choice.chosen, request.args)


@blueprint.get("/receipts/preview", needs=RECORD_PAYMENTS)
def preview() -> str:
    """What a receipt would pay, as it is typed: each bill's new balance, and what is left."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        whose = option(session, request.args.get("client", ""), closed)
        accounts = bank_accounts(session)
        form = RecordForm.read(request.args, g.brand.today, accounts)
        shown = _preview(session, whose, form, form.account_of(accounts), closed)
    return render_template(
        "receipts/_preview.html", whose=whose, form=form, errors={}, announced=True, **shown
    )


@blueprint.post("/receipts/preview", needs=RECORD_PAYMENTS)
def preview_page() -> Response:
    """The same for browsers without script: the whole form with what was typed; nothing is kept."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        whose = option(session, request.form.get("client", ""), closed)
        return _draw(session, whose, request.form)


@blueprint.post("/receipts", needs=RECORD_PAYMENTS)
def record() -> Response:
    """Record a check or cash as it was shown. What has changed meanwhile is shown anew instead."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        whose = option(session, request.form.get("client", ""), closed)
    try:
        with db.transaction() as session:
            told = _told(session, _record(session, whose, closed), closed)
    except once.SentBefore:
        told = _("This was recorded already. It was recorded once.")
    except (Invalid, PlanChanged) as refusal:
        return _again(whose, refusal)
    flash(told)
    return redirect(ledger_url(whose), 303)


def _record(session: Session, whose: ClientOption, closed: Closed) -> Receipt:
    accounts = bank_accounts(session)
    form = RecordForm.read(request.form, g.brand.today, accounts)
    actions.lock_clients(session, [whose.contact_id])
    requests = staff_requested.open_for(session, whose, closed)
    recorded, errors = form.recorded(whose, accounts, requests, language.current())
    if recorded is None:
        raise Unreadable(errors)
    once.mark(session, form.nonce, by=current_user.actor)
    # A form that was not asked about invoices says nothing of them; a forged one is refused.
    apply = form.applies(recorded.bank_account) if form.unasked else form.apply
    return recording.record(
        session,
        recorded,
        apply=apply,
        expected=form.expected,
        by=current_user.actor,
        closed=closed,
    )


class Unreadable(Invalid):
    """Fields that cannot be read, each with its sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values())), next(iter(errors)))
        self.errors = errors


def _again(whose: ClientOption, refusal: Invalid | PlanChanged) -> Response:
    """The form once more, with what was typed and what is wrong with it."""
    errors: dict[str, str] = {}
    if isinstance(refusal, Unreadable):
        errors = refusal.errors
    elif isinstance(refusal, Invalid):
        errors = {refusal.field or "client": str(refusal)}
    with db.read() as session:
        changed = isinstance(refusal, PlanChanged)
        return _draw(session, whose, request.form, refusal.status, errors, changed=changed)


def _choose(choice: Choice) -> Response:
    nobody = _("Choose a client or a matter.")
    error, status = waited_for(choice, request.args, "client", nobody)
    errors = {"client": error} if error else {}
    page = render_template("receipts/staff_choose.html", choice=choice, errors=errors)
    return make_response(page, status)


def _draw(
    session: Session,
    whose: ClientOption,
    asked: Mapping[str, str],
    status: int = 200,
    errors: dict[str, str] | None = None,
    *,
    changed: bool = False,
) -> Response:
    accounts = bank_accounts(session)
    form = RecordForm.read(asked, g.brand.today, accounts)
    closed = closed_to(session, current_user)
    page = render_template(
        "receipts/staff_new.html",
        whose=whose,
        form=form,
        nonce=form.nonce or new_token(),
        errors=errors or {},
        changed=changed,
        today=g.brand.today,
        account_options=[{"value": a.public_id, "label": _named(a)} for a in accounts],
        credits=staff_credit.lines(session, whose, closed),
        back_url=ledger_url(whose),
        **_preview(session, whose, form, form.account_of(accounts), closed),
    )
    return make_response(page, status)


def _named(account: BankAccount) -> str:
    if account.kind == AccountKind.TRUST:
        return _("%(account)s (trust)", account=account.name)
    return _("%(account)s (operating)", account=account.name)


def _preview(
    session: Session,
    whose: ClientOption,
    form: RecordForm,
    account: BankAccount | None,
    closed: Closed,
) -> dict[str, Any]:
    cents = cents_of(form.amount, language.current()) or 0
    trust = account is not None and account.kind == AccountKind.TRUST
    found = None
    if form.applies(account):
        found = plan(
            session,
            client_id=whose.contact_id,
            matter_id=whose.matter_id,
            currency=account.currency if account else g.brand.currency,
            amount_cents=cents,
            closed=closed,
        )
    requests = staff_requested.open_for(session, whose, closed) if trust else []
    return {
        "trust": trust,
        "trust_requests": staff_requested.options(requests, account),
        "trust_request": form.request_of(account, requests),
        "cents": cents,
        "plan": found,
        "money": money,
    }


def _told(session: Session, receipt: Receipt, closed: Closed) -> str:
    """What was recorded and what it paid, for the page that follows."""
    told = _(
        "%(name)s recorded: %(amount)s.", name=name_of(receipt), amount=money(receipt.amount_cents)
    )
    if receipt.trust_request_id is not None:
        number = session.get_one(TrustRequest, receipt.trust_request_id).number
        return f"{told} " + _("It was paid on trust request %(number)s.", number=number)
    paid = queries.paid_bills(session, receipt.id, closed)
    if not paid:
        return told
    if len(paid) > BILLS_NAMED_MAX:
        bills = ngettext("%(num)s bill", "%(num)s bills", len(paid))
    else:
        bills = ", ".join(
            _("bill %(number)s (%(amount)s)", number=bill.number, amount=money(cents))
            for bill, cents in paid
        )
    told = f"{told} " + _("It paid %(bills)s.", bills=bills)
    left = receipt.left.cents
    if left:
        told = f"{told} " + _("%(amount)s is left as credit.", amount=money(left))
    return told
