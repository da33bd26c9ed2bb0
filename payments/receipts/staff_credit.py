"""Applying credit: money that a client or matter has paid ahead goes on open bills (S5, S6)."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from payments.accounts.models import BankAccount
from payments.accounts.queries import bank_accounts
from payments.money.amounts import Money
from payments.receipts import actions, queries
from payments.receipts.actions import PlanChanged
from payments.receipts.forms import CreditForm, cents_of
from payments.receipts.planning import Plan, plan
from payments.receipts.queries import Credit
from payments.receipts.staff_shown import blueprint, ledger_url, money
from portal.clients.access import Closed, closed_to
from portal.clients.queries import ClientOption, option
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing
from portal.firm.brand import brand
from portal.web import language
from portal.web.permissions import RECORD_PAYMENTS


@dataclass(frozen=True, slots=True)
class Line:
    """Credit of one account at one level, and the page that applies it."""

    credit: Credit
    account: BankAccount
    amount: str
    url: str


@blueprint.get("/receipts/credit", needs=RECORD_PAYMENTS)
def credit() -> Response:
    """How much of some credit to apply, and what it would pay."""
    with db.read() as session:
        g.brand = brand(session)
        return _draw(session, request.args)


@blueprint.get("/receipts/credit/preview", needs=RECORD_PAYMENTS)
def credit_preview() -> str:
    """What some credit would pay, as the amount is typed."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        whose = option(session, request.args.get("client", ""), closed)
        form = CreditForm.read(request.args)
        found = _plan(session, whose, _line(session, whose, form, closed), form, closed)
    return render_template("receipts/_credit_preview.html", plan=found, money=money, announced=True)


@blueprint.post("/receipts/credit/preview", needs=RECORD_PAYMENTS)
def credit_preview_page() -> Response:
    """The same for browsers without script: the whole form with what was typed; nothing is kept."""
    with db.read() as session:
        g.brand = brand(session)
        return _draw(session, request.form)


@blueprint.post("/receipts/credit", needs=RECORD_PAYMENTS)
def apply_credit() -> Response:
    """Apply credit as it was shown. What has changed meanwhile is shown anew instead."""
    form = CreditForm.read(request.form)
    try:
        with db.transaction() as session:
            g.brand = brand(session)
            closed = closed_to(session, current_user)
            whose = option(session, request.form.get("client", ""), closed)
            line = _line(session, whose, form, closed)
            cents = cents_of(form.amount or "", language.current())
            if cents is None:
                raise Invalid(_("Enter an amount like 1,250.00."), "amount")
            done = actions.apply_credit(
                session,
                client_id=whose.contact_id,
                matter_id=line.credit.matter_id,
                bank_account_id=line.account.id,
                amount_cents=cents,
                expected=form.expected,
                by=current_user.actor,
                closed=closed,
            )
    except (Invalid, Conflict) as refusal:
        with db.read() as session:
            return _draw(session, request.form, refusal)
    flash(_("%(amount)s of credit paid bills.", amount=money(done.applied_cents)))
    return redirect(ledger_url(whose), 303)


def lines(session: Session, whose: ClientOption, closed: Closed) -> list[Line]:
    """The credit that can be applied: of a client at every level, of a matter its own."""
    accounts = {account.id: account for account in bank_accounts(session)}
    return [
        Line(
            found,
            accounts[found.bank_account_id],
            money(found.cents),
            url_for(
                "receipts.credit",
                client=whose.key,
                account=accounts[found.bank_account_id].public_id,
                matter=found.matter_public_id,
            ),
        )
        for found in queries.credits(session, whose.contact_id, closed)
        if whose.matter_id in (None, found.matter_id)
    ]


def _line(session: Session, whose: ClientOption, form: CreditForm, closed: Closed) -> Line:
    for line in lines(session, whose, closed):
        at = (line.account.public_id, line.credit.matter_public_id or "")
        if at == (form.account, form.matter):
            return line
    raise Missing(_("There is no credit left here. It may have been applied meanwhile."))


def _plan(
    session: Session, whose: ClientOption, line: Line, form: CreditForm, closed: Closed
) -> Plan:
    typed = form.amount
    cents = line.credit.cents if typed is None else cents_of(typed, language.current()) or 0
    found = _planned(session, whose, line, cents, closed)
    if typed is None and found.applied_cents < cents:
        return _planned(session, whose, line, found.applied_cents, closed)
    return found


def _planned(session: Session, whose: ClientOption, line: Line, cents: int, closed: Closed) -> Plan:
    return plan(
        session,
        client_id=whose.contact_id,
        matter_id=line.credit.matter_id,
        currency=line.account.currency,
        amount_cents=cents,
        closed=closed,
    )


def _draw(
    session: Session, asked: Mapping[str, str], refusal: Invalid | Conflict | None = None
) -> Response:
    closed = closed_to(session, current_user)
    whose = option(session, asked.get("client", ""), closed)
    form = CreditForm.read(asked)
    line = _line(session, whose, form, closed)
    found = _plan(session, whose, line, form, closed)
    errors = {"amount": str(refusal)} if isinstance(refusal, Invalid) else {}
    suggested = Money(found.amount_cents, g.brand.currency).plain()
    page = render_template(
        "receipts/staff_credit.html",
        whose=whose,
        line=line,
        amount=suggested if form.amount is None else form.amount,
        plan=found,
        errors=errors,
        changed=isinstance(refusal, PlanChanged),
        problem=str(refusal) if isinstance(refusal, Conflict) else None,
        money=money,
        back_url=url_for("receipts.new", client=whose.key),
    )
    return make_response(page, refusal.status if refusal else 200)
