"""Online payments → Transactions: every payment, its life, what was booked, and the export."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, cast

from babel.dates import format_date, format_time
from flask import (
    Response,
    g,
    get_template_attribute,
    make_response,
    request,
    stream_with_context,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext, to_user_timezone
from flask_login import current_user
from sqlalchemy import Row
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.accounts.queries import bank_accounts
from payments.billing.handing_out import document_url
from payments.links.queries import pay_url
from payments.methods.models import StoredMethod
from payments.money.amounts import Money
from payments.transactions import export, listing, queries, telling
from payments.transactions.failures import words
from payments.transactions.forms import Filters
from payments.transactions.linked import linked
from payments.transactions.listing import Found
from payments.transactions.models import Payment
from payments.transactions.queries import Owner
from payments.transactions.states import Status
from portal.clients.access import closed_to
from portal.core import audit, db
from portal.core.errors import Conflict, Missing
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting, language, lists
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import EXPORT_BOOKS, LINK_PAYMENTS, LOOK

LIST = "/online-payments/transactions"

blueprint = staff_blueprint("transactions", __name__)


@blueprint.get(LIST, needs=LOOK)
def index() -> Response:
    """The payments that fit the filters of the address, newest first (FEATURES S1, M10).

    The first page asks every five seconds with the version that it has `seen`.
    """
    with db.read() as session:
        version = queries.version(session)
        polled = wants_fragment() and "seen" in request.args
        if polled and request.args["seen"] == version:
            return _nothing_new()
        g.brand = brand(session)
        accounts = bank_accounts(session)
        filters = Filters.read(request.args, accounts)
        wanted = filters.wanted(g.brand.timezone)
        closed = closed_to(session, current_user)
        found = listing.find(session, wanted, closed, before=filters.before, after=filters.after)
        linked = {row.receipt_id for row in found.page.rows if row.receipt_id is not None}
        owners = queries.owners(session, linked)
    fragment = "transactions/_list.html" if polled else "transactions/_transactions.html"
    response = page_or_fragment(
        "transactions/staff_transactions.html",
        fragment,
        **_context(filters, accounts, found, version),
        rows=_shown(found.page.rows, accounts, owners),
        announced=wants_fragment() and not polled,
    )
    if wants_fragment() and not polled:
        place = {"before": filters.before, "after": filters.after}
        response.headers["HX-Push-Url"] = _address(filters, **place)
    return response


def _context(
    filters: Filters, accounts: Sequence[BankAccount], found: Found, version: str
) -> dict[str, Any]:
    names = [{"value": account.public_id, "label": account.name} for account in accounts]
    return {
        "filters": filters,
        "account_options": [{"value": "", "label": _("All accounts")}, *names],
        "linked_options": [
            {"value": "", "label": _("Linked or not")},
            {"value": "no", "label": _("Unlinked")},
            {"value": "yes", "label": _("Linked")},
        ],
        "tabs": _tabs(filters),
        "pages": lists.pages(found.page, partial(_address, filters)),
        "badges": _badges(found.page.rows),
        "may_link": current_user.may(LINK_PAYMENTS),
        "found": found,
        "count_words": _count_words(found),
        "turned": not filters.on_first_page,
        "only_unlinked": filters.query() == {"linked": "no"} and filters.on_first_page,
        "detail_url": f"{url_for('.index')}/",
        "contact_url": f"{url_for('contacts.index')}/",
        "matter_url": f"{url_for('matters.index')}/",
        "export_url": url_for(".export_csv", **cast(Any, filters.query()))
        if current_user.may(EXPORT_BOOKS) and not found.more_payers
        else None,
        "reload_url": _address(filters, before=filters.before, after=filters.after, seen="-"),
        "poll_url": _address(filters, seen=version) if filters.on_first_page else None,
    }


def _address(filters: Filters, **changed: str | int | None) -> str:
    return url_for(".index", **cast(Any, filters.query(**changed)))


@blueprint.get(f"{LIST}.csv", needs=EXPORT_BOOKS)
def export_csv() -> Response:
    """The payments that fit the filters of the address as a CSV file (**Export**, FEATURES M10).

    Refused where the list itself shows only some of the payers that begin like this.
    """
    with db.read() as session:
        g.brand = brand(session)
        accounts = bank_accounts(session)
        filters = Filters.read(request.args, accounts)
        closed = closed_to(session, current_user)
        if listing.too_many_payers(session, filters.wanted(g.brand.timezone)):
            raise Conflict(_("Many payers begin like this. Type more of the name, then export."))
    with db.transaction() as session:
        audit.record(
            session, current_user.actor, "payments.exported", "payments", filters=filters.query()
        )
    rows = listing.every_row(filters.wanted(g.brand.timezone), closed)
    lines = export.lines(rows, accounts, g.brand.timezone)
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="transactions.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get(f"{LIST}/<public_id>", needs=LOOK)
def show(public_id: str) -> Response:
    """One payment: who paid what, what happened to it, and what was booked for it."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        payment = queries.by_public_id(session, public_id, closed)
        if payment is None:
            raise Missing(_("There is no such payment."))
        steps = queries.steps(session, payment)
        version = queries.version_of(session, payment, steps)
        if wants_fragment() and request.args.get("seen") == version:
            return _nothing_new()
        entries = telling.entries(session, payment, closed)
        ever = linked(session, payment, closed)
        charged_by = _charged_by(session, payment)
        approved_at = _approved_at(session, payment)
    return page_or_fragment(
        "transactions/staff_payment.html",
        "transactions/_payment.html",
        payment=payment,
        life=telling.life(payment, steps),
        entries=entries,
        reason=words(payment.failure_code, payment.method) if payment.failure_code else None,
        facts=_facts(payment, charged_by),
        linked=ever,
        approved_at=approved_at,
        may_link=current_user.may(LINK_PAYMENTS),
        poll_url=url_for(".show", public_id=public_id, seen=version),
    )


def _charged_by(session: Session, payment: Payment) -> str | None:
    if payment.charged_by is None:
        return None
    return actor_names(session, [payment.charged_by])[payment.charged_by]


def _approved_at(session: Session, payment: Payment) -> datetime:
    """When its payer agreed to the withdrawal: a charge by the firm, when its method was stored."""
    if payment.charged_by is None:
        return payment.made_at
    return session.get_one(StoredMethod, payment.stored_method_id).stored_at


def _facts(payment: Payment, charged_by: str | None) -> list[dict[str, Any]]:
    link, locale = payment.account_link, language.current()
    fee = Money(payment.fee_cents, payment.currency).format(locale) if payment.fee_cents else None
    paid_on = payment.document_link
    facts = [
        (_("Payer"), payment.payer_name),
        (_("Email"), payment.payer_email),
        (_("Client"), payment.client.name if payment.client else None),
        (_("Payer is"), _("Somebody else than the client") if payment.third_party else None),
        (_("Paid for"), payment.paid_for),
        (_("Payer's reference"), payment.payer_reference),
        (_("Account"), payment.bank_account.name),
        (_("Payment link"), pay_url(link.token) if link else None),
        (_("Paid on"), document_url(paid_on) if paid_on else None),
        (_("Link retired"), formatting.moment(link.retired_at) if link else None),
        (_("Method"), payment.method_label),
        (_("Charged by"), charged_by),
        (_("Reason"), payment.charge_reason),
        (_("Submitted"), formatting.moment(payment.made_at)),
        (_("Expected to complete"), None if payment.completed_at else _day_of(payment)),
        (_("Completed"), formatting.moment(payment.completed_at)),
        (_("Processing fee"), fee),
        (_("Stripe payment"), payment.intent_id),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]


def _day_of(payment: Payment) -> str | None:
    waits = payment.status in {Status.AUTHORIZED, Status.COMPLETED}
    return formatting.day(payment.expected_on) if waits else None


def _nothing_new() -> Response:
    response = make_response("", 204)
    response.headers.add("Vary", "HX-Request")
    return response


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    names: list[tuple[Status | None, str]] = [(None, _("All")), *telling.statuses().items()]
    return lists.tabs(names, filters.status, lambda status: _address(filters, status=status))


def _count_words(found: Found) -> str:
    return lists.count_words(
        found.count,
        len(found.page.rows),
        lambda count: ngettext("%(num)s payment", "%(num)s payments", count),
        lambda most: _("More than %(count)s payments", count=most),
    )


def _shown(
    rows: Sequence[Row[Any]], accounts: Sequence[BankAccount], owners: dict[int, Owner]
) -> list[dict[str, Any]]:
    names = {account.id: account.name for account in accounts}
    locale = language.current()
    return [
        {
            "row": row,
            "made_at": local,
            "day": _day(local, locale),
            "time": _minute(local, locale),
            "amount": _amount(row.amount_cents, row.currency, locale),
            "account": names[row.bank_account_id],
            "owner": owners.get(row.receipt_id),
            "unlinked": row.status == Status.COMPLETED and row.receipt_id is None,
        }
        for row, local in ((row, to_user_timezone(row.made_at)) for row in rows)
    ]


def _badges(rows: Sequence[Row[Any]]) -> dict[str, str]:
    # Drawn once a status, not once a row: fifty macro calls cost more than the query.
    badge = get_template_attribute("components/badge.html", "status_badge")
    return {status: badge(status) for status in {row.status for row in rows}}


def _day(local: datetime, locale: str) -> str:
    return _day_words(local.year, local.month, local.day, locale)


def _minute(local: datetime, locale: str) -> str:
    return _minute_words(local.hour, local.minute, locale)


@lru_cache(maxsize=1_000)
def _day_words(year: int, month: int, day: int, locale: str) -> str:
    return format_date(datetime(year, month, day), "medium", locale=locale)  # noqa: DTZ001


@lru_cache(maxsize=4_500)
def _minute_words(hour: int, minute: int, locale: str) -> str:
    return format_time(datetime(2000, 1, 1, hour, minute), "short", locale=locale)  # noqa: DTZ001


@lru_cache(maxsize=10_000)
def _amount(cents: int, currency: str, locale: str) -> str:
    return Money(cents, currency).format(locale)
