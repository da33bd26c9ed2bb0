"""Billing → Bills: the list, and one bill with what was booked for it."""

from functools import partial
from typing import Any, cast

from flask import Response, g, request, url_for
from flask_babel import gettext as _

from payments.billing import (
    listing,
    queries,
    staff_clients,  # noqa: F401  registers its routes
    staff_drafts,  # noqa: F401  registers its routes
    staff_states,  # noqa: F401  registers its routes
    telling,
)
from payments.billing.forms import Filters
from payments.billing.models import Bill, BillStatus
from payments.billing.panels import bill_panels
from payments.billing.quantities import plain
from payments.billing.staff_shown import (
    blueprint,
    count_words,
    may_bill,
    overdue,
    shown,
    title_of,
    today,
)
from payments.money.amounts import Money
from portal.core import db
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting, language, lists
from portal.web.blueprints import EVERY_USER
from portal.web.fragments import page_or_fragment, wants_fragment


@blueprint.get("/bills", needs=EVERY_USER)
def index() -> Response:
    """The bills that fit the filters of the address (FEATURES D1)."""
    filters = Filters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        found = listing.find(session, filters.wanted(), before=filters.before, after=filters.after)
    response = page_or_fragment(
        "billing/staff_bills.html",
        "billing/_bills.html",
        filters=filters,
        tabs=_tabs(filters),
        pages=lists.pages(found.page, partial(_address, filters)),
        rows=shown(found.page.rows, today(g.brand)),
        found=found,
        count_words=count_words(found.sums, g.brand.currency),
        turned=not filters.on_first_page,
        may_bill=may_bill(),
        announced=wants_fragment(),
    )
    if wants_fragment():
        place = {"before": filters.before, "after": filters.after}
        response.headers["HX-Push-Url"] = _address(filters, **place)
    return response


@blueprint.get("/bills/<public_id>", needs=EVERY_USER)
def show(public_id: str) -> Response:
    """One bill: lines, what each matter owes, what was paid, and what was booked."""
    with db.read() as session:
        g.brand = brand(session)
        bill = queries.bill(session, public_id)
        bookings = telling.bookings(session, bill)
        names = actor_names(session, {bill.made_by, bill.issued_by, bill.voided_by})
    return page_or_fragment(
        "billing/staff_bill.html",
        "billing/_bill.html",
        bill=bill,
        title=title_of(bill),
        facts=_facts(bill, names),
        figures=_figures(bill),
        overdue=overdue(bill, today(g.brand)),
        bookings=bookings,
        quantity=plain,
        panels=bill_panels() if bill.number else (),
        may_bill=may_bill(),
    )


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    labels = telling.states() | {BillStatus.AWAITING_PAYMENT: _("Unpaid")}
    names: list[tuple[BillStatus | None, str]] = [(None, _("All")), *labels.items()]
    return lists.tabs(names, filters.status, lambda status: _address(filters, status=status))


def _address(filters: Filters, **changed: str | int | None) -> str:
    return url_for("bills.index", **cast(Any, filters.query(**changed)))


def _facts(bill: Bill, names: dict[str | None, str]) -> list[dict[str, Any]]:
    facts = [
        (_("Account"), bill.bank_account.name),
        (_("Issued"), formatting.day(bill.issued_on)),
        (_("Due"), formatting.day(bill.due_on)),
        (_("Drafted by"), names[bill.made_by]),
        (_("Issued by"), names[bill.issued_by] if bill.issued_by else None),
        (_("Voided"), formatting.moment(bill.voided_at)),
        (_("Voided by"), names[bill.voided_by] if bill.voided_by else None),
        (_("Reason"), bill.void_reason),
        (_("Note"), bill.note),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]


def _figures(bill: Bill) -> list[dict[str, Any]]:
    locale = language.current()
    reserved = Money(bill.reserved_cents, bill.currency)
    figures = [
        (_("Total"), bill.total),
        (_("Paid"), Money(bill.applied_cents, bill.currency) if bill.number else None),
        (_("Payment under way"), reserved if bill.reserved_cents else None),
        (_("Balance"), bill.balance if bill.number else None),
    ]
    return [
        {"key": key, "value": money.format(locale), "figure": True}
        for key, money in figures
        if money is not None
    ]
