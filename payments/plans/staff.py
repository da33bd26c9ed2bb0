"""Online payments → Payment plans, one plan's page, and the tab of a contact (FEATURES P9)."""

from functools import partial
from typing import Any

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

from payments.methods.standing import today
from payments.plans import ended as _jobs  # noqa: F401  registers the jobs of plans
from payments.plans import (  # noqa: F401  their routes
    queries,
    staff_autocharge,
    staff_changes,
    staff_new,
    staff_stops,
)
from payments.plans import voided as _voided  # noqa: F401  registers its job
from payments.plans.agreement import every_words
from payments.plans.models import PlanState
from payments.plans.staff_shown import (
    blueprint,
    may_run,
    plan_of,
    shown,
    state_words,
    tries_shown,
)
from payments.transactions import overlays
from portal.clients import tabs
from portal.clients.queries import contact
from portal.core import db
from portal.firm.brand import brand
from portal.web import lists
from portal.web.asked import row_id
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LOOK


def show_on_other_pages() -> None:
    """Payment plans as a tab of their client. Called by app.py."""
    tabs.add_contact_tab(_lazy("Payment plans"), "payment_plans.of_contact")
    tabs.add_contact_tab(_lazy("Autocharge"), "payment_plans.autocharge_of")


@blueprint.get("/online-payments/payment-plans", needs=LOOK)
def index() -> Response:
    """The plans in a state, those with a failed instalment first, page by page."""
    state = next((one for one in PlanState if one == request.args.get("state")), None)
    before, after = (row_id(request.args.get(name, "")) for name in ("before", "after"))
    with db.read() as session:
        g.brand = brand(session)
        page = queries.listed(session, state, before=before, after=after)
        day = today(session)
    return page_or_fragment(
        "plans/staff_plans.html",
        "plans/_plans.html",
        rows=[shown(plan, day) for plan in page.rows],
        state=state,
        tabs=_tabs(state),
        pages=lists.pages(page, partial(url_for, "payment_plans.index", state=state)),
        turned=(before, after) != (None, None),
        may_run=may_run(),
        every_words=every_words,
    )


def _tabs(state: PlanState | None) -> list[dict[str, Any]]:
    names: list[tuple[PlanState | None, str]] = [(None, _("All")), *state_words().items()]
    return lists.tabs(names, state, lambda value: url_for("payment_plans.index", state=value))


@blueprint.get("/contacts/<public_id>/payment-plans", needs=LOOK)
def of_contact(public_id: str) -> Response:
    """Every plan of one client, newest first. A plan is of a client, and of no matter."""
    with db.read() as session:
        g.brand = brand(session)
        found = contact(session, public_id)
        plans = queries.of_client(session, found.id)
        day = today(session)
    return page_or_fragment(
        "plans/staff_contact_plans.html",
        "plans/_contact_plans.html",
        **tabs.contact_frame(found),
        rows=[shown(plan, day) for plan in plans],
        may_run=may_run(),
        every_words=every_words,
    )


@blueprint.get("/payment-plans/<public_id>", needs=LOOK)
def show(public_id: str) -> Response:
    """One plan: its schedule, what became of each instalment, and what can be done."""
    with db.read() as session:
        plan = plan_of(session, public_id)
        made = queries.payments_of(session, [one.id for one in plan.instalments])
        over = overlays.of(session, [one.id for tried in made.values() for one in tried])
        day = today(session)
    return page_or_fragment(
        "plans/staff_plan.html",
        "plans/_plan.html",
        plan=plan,
        shown=shown(plan, day),
        tries=tries_shown(plan, made),
        marks={payment_id: one.marks for payment_id, one in over.items()},
        may_run=may_run(),
        every_words=every_words,
    )
