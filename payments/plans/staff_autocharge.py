"""The tab **Autocharge** of a contact: turn it on, change it, turn it off, see what it did (P9)."""

import re
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import BankAccount
from payments.methods.standing import chargeable, problem, today
from payments.plans import autocharge, autocharge_queries, queries
from payments.plans import autocharging as _jobs  # noqa: F401  registers the jobs of autocharge
from payments.plans.autocharge_emails import moment_words
from payments.plans.models import DueState, Moment
from payments.plans.staff_shown import blueprint, may_run
from portal.clients import tabs
from portal.clients.access import closed_to
from portal.clients.details import Problems
from portal.clients.models import Contact
from portal.clients.queries import contact
from portal.core import db
from portal.core.errors import Conflict
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LOOK, RUN_PLANS

ADDRESS = "/contacts/<public_id>/autocharge"
_DAYS = re.compile(r"[0-9]{1,3}")


@blueprint.get(ADDRESS, needs=LOOK)
def autocharge_of(public_id: str) -> Response:
    """What is on for a client, and what became of each bill."""
    return _page(public_id, {}, {})


@blueprint.post(ADDRESS, needs=RUN_PLANS)
def turn_on(public_id: str) -> AnyResponse:
    """**Turn on autocharge**, or save what was changed. The client is emailed of each change."""
    sent = request.form  # PostgreSQL takes no NUL
    typed = {name: sent.get(name, "").replace("\0", "") for name in ("method", "moment", "days")}
    try:
        with db.transaction() as session:
            wanted = _wanted(session, contact(session, public_id), typed)
            autocharge.turn_on(session, wanted, by=current_user.actor)
    except Problems as problems:
        return _page(public_id, typed, problems.errors, 422)
    flash(_("Autocharge is on. The client is emailed about each change."))
    return redirect(url_for(".autocharge_of", public_id=public_id), 303)


@blueprint.post("/autocharge/<public_id>/off", needs=RUN_PLANS)
def turn_off(public_id: str) -> AnyResponse:
    """**Turn off**. Pressed twice, it is off once."""
    with db.transaction() as session:
        found = autocharge_queries.locked(session, public_id)
        whose = found.client.public_id
        try:
            autocharge.turn_off(session, public_id, by=current_user.actor)
            flash(_("Autocharge is off. The client is emailed."))
        except Conflict as told:
            flash(str(told))
    return redirect(url_for(".autocharge_of", public_id=whose), 303)


def _wanted(session: Session, client: Contact, typed: dict[str, str]) -> autocharge.Wanted:
    # The method says which account it is: it was stored for one of them alone (FEATURES P5).
    method = next(
        (one for one in _methods(session, client) if one.public_id == typed["method"]), None
    )
    moment = next((one for one in Moment if one == typed["moment"]), None)
    days = int(typed["days"]) if _DAYS.fullmatch(typed["days"].strip()) else 0
    account_id = method.bank_account_id if method else _first_account(session)
    return autocharge.Wanted(client.id, account_id, typed["method"], moment, days)


def _accounts(session: Session) -> list[BankAccount]:
    g.brand = brand(session)
    accounts = queries.operating_accounts(session)
    return [one for one in accounts if one.currency == g.brand.currency]


def _first_account(session: Session) -> int:
    return next((one.id for one in _accounts(session)), 0)


def _methods(session: Session, client: Contact) -> list[Any]:
    return [
        method
        for account in _accounts(session)
        for method in chargeable(session, client.id, account.id)
    ]


def _page(
    public_id: str, typed: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    with db.read() as session:
        g.brand = brand(session)
        found = contact(session, public_id)
        standing = autocharge_queries.of_client(session, found.id)
        charges = autocharge_queries.charges_of(session, found.id, closed_to(session, current_user))
        methods, day = _methods(session, found), today(session)
        accounts = {one.id: one.name for one in _accounts(session)}
    return page_or_fragment(
        "plans/staff_autocharge.html",
        "plans/_autocharge.html",
        status,
        **tabs.contact_frame(found),
        standing=[(one, problem(one.method, day)) for one in standing],
        charges=charges,
        methods=methods,
        accounts=accounts,
        typed=typed,
        errors=errors,
        may_run=may_run(),
        moment_words=moment_words,
        states=_state_words(),
    )


def _state_words() -> dict[str, tuple[str, str, str]]:
    """What became of a bill: words, tone and icon of its badge."""
    return {
        DueState.SCHEDULED: (_("Scheduled"), "info", "hourglass"),
        DueState.CHARGING: (_("Charged, under way"), "info", "hourglass"),
        DueState.PAID: (_("Paid"), "ok", "circle-check"),
        DueState.RETRYING: (_("Tried again soon"), "warn", "circle-alert"),
        DueState.FAILED: (_("Failed"), "bad", "circle-x"),
        DueState.SKIPPED: (_("Not charged"), "info", "circle-slash"),
        DueState.CANCELED: (_("Turned off"), "info", "circle-x"),
    }
