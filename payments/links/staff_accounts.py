"""What the pages of payment links share: the account of the address, and how a task is shown."""

from typing import Any

from flask import Response, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.links import queries
from payments.links.queries import LinkedAccount
from payments.money.amounts import Money
from portal.core import db
from portal.core.errors import Conflict, Missing
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment

ACCOUNT = "/online-payments/accounts/<public_id>"

blueprint = staff_blueprint("links", __name__)


def account_of(public_id: str, session: Session | None = None) -> LinkedAccount:
    """The account of the address with its live link. Raises `Missing`."""
    if session is None:
        with db.read() as reading:
            return account_of(public_id, reading)
    found = queries.linked_accounts(session, public_id)
    if not found:
        raise Missing(_("There is no such bank account."))
    return found[0]


def with_link(public_id: str) -> tuple[LinkedAccount, str]:
    """An account that shows a link, and the link's address. Raises `Conflict` for one that is not
    connected, and while online payments are off (FEATURES P1): there is no link to give out then,
    whatever the page showed."""
    row = account_of(public_id)
    if not row.online:
        raise Conflict(
            _(
                "Online payments are turned off, so there is no link or QR code to give out. "
                "Clients can pay by check: record it with Create New, Record Payment."
            )
        )
    if row.url is None:
        raise Conflict(_("This bank account has no payment link yet, as it is not connected."))
    return row, row.url


def task(body: str, title: str, status: int = 200, **context: Any) -> Response:
    """One thing to do with an account: a dialog for htmx, else a page of its own."""
    context = {"errors": {}, "body": body, "title": title, "money": money} | context
    return page_or_fragment(
        "links/staff_task.html", "components/task_dialog.html", status, **context
    )


def card(row: LinkedAccount, *, problem: str | None = None, done: str | None = None) -> str:
    """The account's card, which takes its own place; what was `done` is announced."""
    return render_template(
        "links/_account.html", row=row, problem=problem, done=done, in_place=True, money=money
    )


def back_to(public_id: str) -> AnyResponse:
    """To the account's card on New charge."""
    return redirect(url_for("links.new_charge", _anchor=f"account-{public_id}"), 303)


def money(cents: int, currency: str) -> str:
    """An amount of cents as staff read it."""
    return Money(cents, currency).format(str(get_locale()))
