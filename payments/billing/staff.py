"""Billing → Bills: the list, and one bill with what was booked for it."""

from functools import partial
from typing import Any, cast

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user

from payments.billing import importing as _importing  # noqa: F401  what can be imported
from payments.billing import (
    listing,
    queries,
    staff_bulk,  # noqa: F401  registers its routes
    staff_bulk_shown,  # noqa: F401  registers its routes
    staff_changes,  # noqa: F401  registers its routes
    staff_clients,  # noqa: F401  registers its routes
    staff_documents,  # noqa: F401  registers its routes
    staff_drafts,  # noqa: F401  registers its routes
    staff_exports,  # noqa: F401  registers its routes
    staff_overview,  # noqa: F401  registers its route and what it tells
    staff_rates,  # noqa: F401  registers its routes
    staff_sending,  # noqa: F401  registers its routes and buttons
    staff_states,  # noqa: F401  registers its routes
    telling,
)
from payments.billing.bulk_choosing import BILLS
from payments.billing.filters import Filters
from payments.billing.fitting import Sort
from payments.billing.models import Bill, BillStatus
from payments.billing.panels import ON_BILLS
from payments.billing.quantities import plain
from payments.billing.settings import billing_settings
from payments.billing.staff_bulk_lists import choosing
from payments.billing.staff_search import search_documents
from payments.billing.staff_shown import (
    blueprint,
    count_words,
    may_bill,
    overdue,
    shown,
    sums_shown,
    tab_labels,
    title_of,
)
from payments.billing.writing import needs_another
from payments.money.amounts import Money
from portal.clients import tabs
from portal.clients.access import closed_to
from portal.core import db
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting, language, lists
from portal.web.fragments import list_or_fragment, page_or_fragment
from portal.web.permissions import EXPORT_BOOKS, LOOK


def show_on_other_pages() -> None:
    """Bills and billing rates as tabs of their client and matter, and bills in the search. Called
    by app.py."""
    tabs.add_contact_tab(_lazy("Bills"), "bills.of_contact")
    tabs.add_matter_tab(_lazy("Bills"), "bills.of_matter")
    tabs.add_contact_tab(_lazy("Billing rates"), "bills.rates_of_contact")
    tabs.add_matter_tab(_lazy("Billing rates"), "bills.rates_of_matter")
    search_documents()


@blueprint.get("/bills", needs=LOOK)
def index() -> Response:
    """The bills that fit the filters of the address (FEATURES D1)."""
    filters = Filters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        found = listing.find(
            session,
            filters.wanted(g.brand.today),
            closed_to(session, current_user),
            before=filters.before,
            after=filters.after,
        )
    return list_or_fragment(
        "billing/staff_bills.html",
        "billing/_bills.html",
        _address(filters, before=filters.before, after=filters.after),
        filters=filters,
        tabs=_tabs(filters),
        pages=lists.pages(found.page, partial(_address, filters)),
        rows=shown(found.page.rows, g.brand.today),
        found=found,
        sorts=_sorts(filters),
        count_words=count_words(found.sums, g.brand.currency),
        turned=not filters.on_first_page,
        may_bill=may_bill(),
        export_url=url_for("bills.export_csv", **cast(Any, filters.query()))
        if current_user.may(EXPORT_BOOKS) and not found.more_clients
        else None,
        choosing=choosing(BILLS, filters.status, filters.query(), found.sums.bills),
    )


@blueprint.get("/bills/<public_id>", needs=LOOK)
def show(public_id: str) -> Response:
    """One bill: lines, what each matter owes, what was paid, and what was booked."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        bill = queries.bill(session, public_id, closed)
        bookings = telling.bookings(session, bill, closed)
        versions = telling.versions(session, bill, closed)
        back = telling.sent_back(session, bill)
        wrote = {bill.made_by, bill.edited_by, bill.approved_by, bill.issued_by, bill.voided_by}
        told = {one.ended_by for one in versions} | ({back.actor} if back else set())
        names = actor_names(session, wrote | told)
        for_another = needs_another(session, bill, current_user.actor)
        four_eyes = not billing_settings(session).own_approval
    return page_or_fragment(
        "billing/staff_bill.html",
        "billing/_bill.html",
        bill=bill,
        title=title_of(bill),
        facts=_facts(bill, names),
        figures=_figures(bill),
        overdue=overdue(bill, g.brand.today),
        bookings=bookings,
        versions=versions,
        names=names,
        back=back,
        for_another=for_another,
        may_change=not four_eyes and bill.status == BillStatus.AWAITING_PAYMENT,
        quantity=plain,
        panels=ON_BILLS.panels() if bill.number else {},
        notes=ON_BILLS.notes() if bill.number else {},
        actions=ON_BILLS.actions(bill, current_user.may),
        may_bill=may_bill(),
    )


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    names: list[tuple[BillStatus | None, str]] = [(None, _("All")), *tab_labels().items()]
    return lists.tabs(
        names, filters.status, lambda status: _address(filters, **_only(filters, status))
    )


def _only(filters: Filters, status: BillStatus | None) -> dict[str, str | None]:
    """A tab keeps what else was asked for, as far as it goes with its state."""
    overdue = "yes" if filters.overdue and status == BillStatus.AWAITING_PAYMENT else None
    return {"status": status, "overdue": overdue, "sort": None if status else filters.sort}


def _sorts(filters: Filters) -> dict[str, dict[str, str]]:
    """The headings that are links: each turns its order round when it is in use."""
    up_and_down = {"due": (Sort.DUE, Sort.DUE_DOWN)}
    if filters.status is None:
        up_and_down["number"] = (Sort.NUMBER, Sort.NUMBER_DOWN)
    told: dict[str, dict[str, str]] = {}
    for name, (up, down) in up_and_down.items():
        asked = down if filters.sort == up else up
        told[name] = {"url": _address(filters, sort=asked)}
        if filters.sort in {up, down}:
            told[name]["sort"] = "ascending" if filters.sort == up else "descending"
    return told


def _address(filters: Filters, **changed: str | int | None) -> str:
    return url_for("bills.index", **cast(Any, filters.query(**changed)))


def _facts(bill: Bill, names: dict[str | None, str]) -> list[dict[str, Any]]:
    facts = [
        (_("Account"), bill.bank_account.name),
        (_("Issued"), formatting.day(bill.issued_on)),
        (_("Due"), formatting.day(bill.due_on)),
        (_("Drafted by"), names[bill.made_by]),
        (_("Last changed by"), names[bill.edited_by] if bill.edited_by else None),
        (_("Approved by"), names[bill.approved_by] if bill.approved_by else None),
        (_("Approved"), formatting.moment(bill.approved_at)),
        (_("Issued by"), names[bill.issued_by] if bill.issued_by else None),
        (_("Version"), bill.version if bill.version > 1 else None),
        (_("Voided"), formatting.moment(bill.voided_at)),
        (_("Voided by"), names[bill.voided_by] if bill.voided_by else None),
        (_("Reason"), bill.void_reason),
        (_("Note"), bill.note),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]


def _figures(bill: Bill) -> list[dict[str, Any]]:
    locale = language.current()
    reserved = Money(bill.reserved_cents, bill.currency)
    taxes = [(tax.label, tax.percent_thousandths, tax.cents) for tax in bill.taxes]
    off = (bill.discount_percent_thousandths, bill.discount_cents)
    sums = sums_shown(bill.currency, bill.subtotal_cents, off, taxes, bill.total_cents)
    figures = [
        (_("Paid"), Money(bill.applied_cents, bill.currency) if bill.number else None),
        (_("Payment under way"), reserved if bill.reserved_cents else None),
        (_("Balance"), bill.balance if bill.number else None),
    ]
    return sums + [
        {"key": key, "value": money.format(locale), "figure": True}
        for key, money in figures
        if money is not None
    ]
