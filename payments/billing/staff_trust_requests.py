"""Billing → Trust requests: the list, and one request with all that happened to it."""

from functools import partial
from typing import Any, cast

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.billing import (
    staff_trust_clients,  # noqa: F401  registers its routes
    staff_trust_drafts,  # noqa: F401  registers its routes
    staff_trust_states,  # noqa: F401  registers its routes
    telling,
    trust_listing,
    trust_log_words,  # noqa: F401  its words register themselves
    trust_queries,
)
from payments.billing.bulk_choosing import TRUST_REQUESTS
from payments.billing.models import BillStatus
from payments.billing.panels import ON_TRUST_REQUESTS
from payments.billing.requested import TrustRequest
from payments.billing.settings import billing_settings
from payments.billing.staff_bulk_lists import choosing
from payments.billing.staff_shown import may_bill
from payments.billing.staff_trust_shown import blueprint, count_words, overdue, shown, title_of
from payments.billing.trust_actions import wrote
from payments.billing.trust_forms import Filters
from payments.money.amounts import Money
from portal.clients import tabs
from portal.clients.access import closed_to
from portal.core import db
from portal.firm.brand import brand
from portal.firm.log_telling import tell
from portal.firm.queries import actor_names
from portal.web import formatting, language, lists
from portal.web.fragments import list_or_fragment, page_or_fragment
from portal.web.permissions import EXPORT_BOOKS, LOOK


def show_on_other_pages() -> None:
    """Trust requests as a tab of their client and matter. Called by app.py."""
    tabs.add_contact_tab(_lazy("Trust requests"), "trust_requests.of_contact")
    tabs.add_matter_tab(_lazy("Trust requests"), "trust_requests.of_matter")


@blueprint.get("/trust-requests", needs=LOOK)
def index() -> Response:
    """The trust requests that fit the filters of the address (FEATURES D2)."""
    filters = Filters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        found = trust_listing.find(
            session,
            filters.wanted(g.brand.today),
            closed_to(session, current_user),
            before=filters.before,
            after=filters.after,
        )
    return list_or_fragment(
        "billing/staff_trust_requests.html",
        "billing/_trust_requests.html",
        _address(filters, before=filters.before, after=filters.after),
        filters=filters,
        tabs=_tabs(filters),
        due_options=_due_options(),
        pages=lists.pages(found.page, partial(_address, filters)),
        rows=shown(found.page.rows, g.brand.today),
        found=found,
        count_words=count_words(found.sums, g.brand.currency),
        turned=not filters.on_first_page,
        may_bill=may_bill(),
        export_url=url_for("trust_requests.export_requests", **cast(Any, filters.query()))
        if current_user.may(EXPORT_BOOKS) and not found.more_clients
        else None,
        choosing=choosing(TRUST_REQUESTS, filters.status, filters.query(), found.sums.requests),
    )


@blueprint.get("/trust-requests/<public_id>", needs=LOOK)
def show(public_id: str) -> Response:
    """One trust request: what it asks for, who approved it, what was paid, and its history."""
    with db.read() as session:
        g.brand = brand(session)
        asked = trust_queries.trust_request(session, public_id, closed_to(session, current_user))
        lines = trust_queries.history(session, asked)
        history = tell(session, lines, lambda cents: _money(cents, asked.currency))
        people = {asked.made_by, asked.approved_by, asked.issued_by, asked.voided_by}
        names = actor_names(session, people)
        own_approval = billing_settings(session).own_approval
        may_approve = own_approval or not wrote(session, asked, current_user.actor)
        may_issue = may_approve or _approved_by_another(session, asked)
    return page_or_fragment(
        "billing/staff_trust_request.html",
        "billing/_trust_request.html",
        asked=asked,
        title=title_of(asked),
        facts=_facts(asked, names),
        figures=_figures(asked),
        overdue=overdue(asked, g.brand.today),
        history=history,
        panels=ON_TRUST_REQUESTS.panels() if asked.number else {},
        actions=ON_TRUST_REQUESTS.actions(asked, current_user.may),
        may_bill=may_bill(),
        may_approve=may_approve,
        may_issue=may_issue,
        may_change=own_approval,
    )


def _approved_by_another(session: Session, asked: TrustRequest) -> bool:
    return asked.approved_by is not None and not wrote(session, asked, asked.approved_by)


def _tabs(filters: Filters) -> list[dict[str, Any]]:
    labels = telling.states() | {BillStatus.AWAITING_PAYMENT: _("Unpaid")}
    names: list[tuple[BillStatus | None, str]] = [(None, _("All")), *labels.items()]
    return lists.tabs(names, filters.status, lambda status: _address(filters, status=status))


def _due_options() -> list[dict[str, str]]:
    return [
        {"value": "", "label": _("Any due date")},
        {"value": "overdue", "label": _("Overdue")},
        {"value": "week", "label": _("Due within 7 days")},
        {"value": "month", "label": _("Due within 30 days")},
    ]


def _address(filters: Filters, **changed: str | int | None) -> str:
    return url_for("trust_requests.index", **cast(Any, filters.query(**changed)))


def _facts(asked: TrustRequest, names: dict[str | None, str]) -> list[dict[str, Any]]:
    matter = asked.matter
    facts = [
        (_("Level"), _("Client level, no one matter") if matter is None else None),
        (_("Matter"), f"{matter.number} {matter.name}" if matter else None),
        (_("Paid into"), asked.bank_account.name),
        (_("Issued"), formatting.day(asked.issued_on)),
        (_("Due"), formatting.day(asked.due_on)),
        (_("Drafted by"), names[asked.made_by]),
        (_("Approved by"), names[asked.approved_by] if asked.approved_by else None),
        (_("Approved"), formatting.moment(asked.approved_at)),
        (_("Issued by"), names[asked.issued_by] if asked.issued_by else None),
        (_("Voided"), formatting.moment(asked.voided_at)),
        (_("Voided by"), names[asked.voided_by] if asked.voided_by else None),
        (_("Reason"), asked.void_reason),
        (_("Note"), asked.note),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]


def _figures(asked: TrustRequest) -> list[dict[str, Any]]:
    figures = [
        (_("Amount"), asked.amount_cents),
        (_("Paid"), asked.paid_cents if asked.number else None),
        (_("Payment under way"), asked.reserved_cents or None),
        (_("Still to pay"), asked.balance.cents if asked.number else None),
    ]
    return [
        {"key": key, "value": _money(cents, asked.currency), "figure": True}
        for key, cents in figures
        if cents is not None
    ]


def _money(cents: int, currency: str) -> str:
    return Money(cents, currency).format(language.current())
