"""Changing an issued bill, and what it said before (FEATURES D1)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import changing, queries, telling
from payments.billing.details import BillDetails
from payments.billing.forms import BillForm, read_day
from payments.billing.models import Bill
from payments.billing.portals import stop_if_mixed
from payments.billing.quantities import plain
from payments.billing.staff_desk import Desk
from payments.billing.staff_shown import FORM_BYTES_MAX, blueprint, sums_shown, title_of
from payments.billing.writing import refuse_unless_untouched
from portal.clients.access import closed_to
from portal.core import db
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting
from portal.web.permissions import LOOK, WRITE_BILLS


@blueprint.get("/bills/<public_id>/change", needs=WRITE_BILLS)
def begin_change(public_id: str) -> Response:
    """The page on which an issued bill is changed while nothing is paid on it."""
    bill, desk = _bill_and_desk(public_id)
    return desk.page(desk.written(bill))


@blueprint.post("/bills/<public_id>/change", needs=WRITE_BILLS, body_bytes_max=FORM_BYTES_MAX)
def change(public_id: str) -> AnyResponse:
    """Save a changed bill: what it said before is kept, with the reason."""
    bill, desk = _bill_and_desk(public_id)

    def write(session: Session, wanted: BillDetails, form: BillForm) -> Bill:
        changed = changing.change_bill(
            session,
            bill,
            wanted,
            reason=form.reason,
            by=current_user.actor,
            shown=form.mark or None,
        )
        if stop_if_mixed(session, changed, by=current_user.actor):
            flash(_("It names another matter now, so it is no longer shared in the client portal."))
        return changed

    return desk.save(write, _changed)


@blueprint.get("/bills/<public_id>/versions/<number>", needs=LOOK)
def version(public_id: str, number: str) -> str:
    """What the bill said until it was changed, to read."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        bill = queries.bill(session, public_id, closed)
        kept = telling.version(session, bill, number, closed)
        who = actor_names(session, {kept.ended_by})[kept.ended_by]
    return render_template(
        "billing/staff_version.html",
        bill=bill,
        kept=kept,
        lines=kept.said["lines"],
        who=who,
        figures=_figures(bill, kept.said),
        title=title_of(bill),
        quantity=plain,
        read_day=read_day,
    )


def _figures(bill: Bill, said: Mapping[str, Any]) -> list[dict[str, Any]]:
    taxes = [(tax["label"], tax["percent_thousandths"], tax["cents"]) for tax in said["taxes"]]
    off = (said["discount_percent_thousandths"], said["discount_cents"])
    sums = sums_shown(bill.currency, said["subtotal_cents"], off, taxes, said["total_cents"])
    told = [(_("Due"), formatting.day(read_day(said["due_on"]))), (_("Note"), said["note"])]
    return sums + [{"key": key, "value": value} for key, value in told if value]


def _bill_and_desk(public_id: str) -> tuple[Bill, Desk]:
    with db.read() as session:
        closed = closed_to(session, current_user)
        bill = queries.bill(session, public_id, closed)
        g.brand = brand(session)
        refuse_unless_untouched(session, bill)
        return bill, Desk(session, bill.client, closed, bill)


def _changed(bill: Bill) -> AnyResponse:
    flash(_("Bill %(number)s was changed.", number=bill.number))
    return redirect(url_for("bills.show", public_id=bill.public_id), 303)
