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
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext, to_user_timezone
from flask_login import current_user
from sqlalchemy import Row

from payments.accounts.models import BankAccount
from payments.accounts.queries import bank_accounts
from payments.money.amounts import Money
from payments.transactions import export, listing, overlays, queries, telling
from payments.transactions.forms import Filters
from payments.transactions.listing import Found
from payments.transactions.overlays import NOTHING, Overlaid
from payments.transactions.queries import Owner
from payments.transactions.states import Status
from portal.clients.access import closed_to
from portal.core import audit, db
from portal.core.errors import Conflict
from portal.firm.brand import brand
from portal.web import language, lists
from portal.web.blueprints import staff_blueprint
from portal.web.downloads import csv_answer
from portal.web.fragments import list_or_fragment, nothing_new, page_or_fragment, wants_fragment
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
            return nothing_new()
        g.brand = brand(session)
        accounts = bank_accounts(session)
        filters = Filters.read(request.args, accounts)
        wanted = filters.wanted(g.brand.timezone)
        closed = closed_to(session, current_user)
        found = listing.find(session, wanted, closed, before=filters.before, after=filters.after)
        linked = {row.receipt_id for row in found.page.rows if row.receipt_id is not None}
        owners = queries.owners(session, linked)
        over = overlays.of(session, [row.id for row in found.page.rows])
    context = {
        **_context(filters, accounts, found, version),
        "rows": _shown(found.page.rows, accounts, owners, over),
        "badges": _badges(found.page.rows, over),
    }
    page = "transactions/staff_transactions.html"
    if polled:
        return page_or_fragment(page, "transactions/_list.html", **context)
    here = _address(filters, before=filters.before, after=filters.after)
    return list_or_fragment(page, "transactions/_transactions.html", here, **context)


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
    return csv_answer("transactions.csv", lines)


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
    rows: Sequence[Row[Any]],
    accounts: Sequence[BankAccount],
    owners: dict[int, Owner],
    over: dict[int, Overlaid],
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
            "marks": over.get(row.id, NOTHING).marks,
            "unlinked": row.status == Status.COMPLETED
            and row.receipt_id is None
            and row.withdrawn_cents < row.amount_cents,
        }
        for row, local in ((row, to_user_timezone(row.made_at)) for row in rows)
    ]


def _badges(rows: Sequence[Row[Any]], over: dict[int, Overlaid]) -> dict[str, str]:
    # Drawn once a status, not once a row: fifty macro calls cost more than the query.
    badge = get_template_attribute("components/badge.html", "status_badge")
    mark_badge = get_template_attribute("components/badge.html", "overlay_badge")
    marks: set[str] = {mark for one in over.values() for mark in one.marks}
    statuses: set[str] = {row.status for row in rows}
    return {one: badge(one) for one in statuses} | {one: mark_badge(one) for one in marks}


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
