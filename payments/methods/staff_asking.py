"""**Ask to store a method**: the form, the press, and **Withdraw** (FEATURES P8)."""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import BankAccount
from payments.accounts.queries import bank_accounts
from payments.accounts.settings import online_payments
from payments.billing.reminders import primary_first
from payments.methods import queries, staff_shown
from payments.methods.requests import MESSAGE_CHARS_MAX, Asked, ask, withdraw
from payments.methods.staff_shown import blueprint
from portal.clients.models import Contact
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing
from portal.web.permissions import CHARGE_METHODS

ADDRESS = "/contacts/<public_id>/payment-method-requests"


@blueprint.get(f"{ADDRESS}/new", needs=CHARGE_METHODS)
def ask_form(public_id: str) -> Response:
    """For which account, to which address, with which words."""
    with db.read() as session:
        return _form(session, staff_shown.client(session, public_id), {}, {})


@blueprint.post(ADDRESS, needs=CHARGE_METHODS)
def ask_now(public_id: str) -> AnyResponse:
    """Send the link. An older one for the same account stores nothing from now on."""
    typed = request.form
    try:
        with db.transaction() as session:
            found = staff_shown.client(session, public_id)
            asked = ask(
                session,
                Asked(
                    client_id=found.id,
                    bank_account_id=_account(session, typed.get("account", "")).id,
                    address=typed.get("address", ""),
                    message=typed.get("message", ""),
                    by=current_user.actor,
                ),
            )
            sent_to = asked.address
    except (Invalid, Conflict) as refusal:
        field = refusal.field if isinstance(refusal, Invalid) else None
        errors = {field or "account": str(refusal)}
        with db.read() as session:
            found = staff_shown.client(session, public_id)
            return _form(session, found, typed, errors, refusal.status)
    flash(_("The link is being emailed to %(address)s.", address=sent_to))
    return _back(public_id)


@blueprint.post("/payment-method-requests/<public_id>/withdrawal", needs=CHARGE_METHODS)
def withdraw_request(public_id: str) -> AnyResponse:
    """**Withdraw**: the emailed link stores nothing from now on."""
    with db.transaction() as session:
        found = queries.request_by_public_id(session, public_id)
        if found is None:
            raise Missing(_("There is no such request."))
        client = found.client.public_id
        withdrawn = withdraw(session, found.id, by=current_user.actor)
    if withdrawn:
        flash(_("The request was withdrawn. Its link stores nothing any more."))
    return _back(client)


def _account(session: Session, public_id: str) -> BankAccount:
    for account in bank_accounts(session):
        if account.public_id == public_id:
            return account
    raise Invalid(_("Choose one of the firm's bank accounts."), "account")


def _form(
    session: Session, found: Contact, typed: Any, errors: dict[str, str], status: int = 200
) -> Response:
    accounts = bank_accounts(session)
    emails = [one.address for one in primary_first(found.emails)]
    usable = [account for account in accounts if account.connected]
    page = render_template(
        "methods/staff_ask.html",
        contact=found,
        back_url=_tab(found.public_id),
        accounts=accounts,
        addresses=emails,
        typed={
            "account": typed.get("account") or (usable[0].public_id if usable else ""),
            "address": typed.get("address") or (emails[0] if emails else ""),
            "message": typed.get("message", ""),
        },
        online=online_payments(session).online,
        ready=bool(usable and emails) and online_payments(session).online,
        message_most=MESSAGE_CHARS_MAX,
        errors=errors,
    )
    return make_response(page, status)


def _tab(public_id: str) -> str:
    return url_for("stored_methods.of_contact", public_id=public_id)


def _back(public_id: str) -> AnyResponse:
    return redirect(_tab(public_id), 303)
