"""Writing a bill: choosing the client, the draft's page, saving it, and throwing it away."""

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import actions, queries
from payments.billing.details import BillDetails
from payments.billing.forms import BillForm
from payments.billing.models import UNISSUED, Bill
from payments.billing.staff_desk import Desk
from payments.billing.staff_shown import FORM_BYTES_MAX, blueprint, task
from portal.clients.access import closed_to
from portal.clients.choosing import Choice, read_choice, waited_for
from portal.clients.queries import CONTACT, contact, contact_by_id
from portal.core import db
from portal.core.errors import Conflict
from portal.firm.brand import brand
from portal.web import language
from portal.web.permissions import WRITE_BILLS


@blueprint.get("/bills/new", needs=WRITE_BILLS)
def new() -> Response:
    """Choose whose bill it is, then write it. `client` is a contact or a matter of theirs."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        choice = read_choice(session, request.args, "client", closed)
        if choice.chosen is None:
            return _choose(choice)
        desk = Desk(session, contact_by_id(session, choice.chosen.contact_id), closed)
    matter = choice.chosen.public_id if choice.chosen.matter_id else ""
    return desk.page(desk.blank(matter)) if desk.matters else _choose(choice, desk)


def _choose(
    choice: Choice, without_matters: Desk | None = None, bill: Bill | None = None
) -> Response:
    nobody = _("Choose a client.") if bill else _("Choose a client or a matter.")
    error, status = waited_for(choice, request.args, "client", nobody)
    if without_matters:
        error, status = None, 200  # somebody was chosen; the banner says what is missing
    page = render_template(
        "billing/staff_choose_client.html",
        choice=choice,
        error=error,
        without_matters=without_matters,
        bill=bill,
    )
    return make_response(page, status)


@blueprint.post("/bills", needs=WRITE_BILLS, body_bytes_max=FORM_BYTES_MAX)
def create() -> AnyResponse:
    """Save a new draft, or redraw its page with a line more or less."""
    with db.read() as session:
        client = contact(session, request.form.get("client", ""))
        desk = Desk(session, client, closed_to(session, current_user))

    def write(session: Session, wanted: BillDetails, _form: BillForm) -> Bill:
        return actions.draft_bill(session, wanted, by=current_user.actor)

    return desk.save(write, _saved)


@blueprint.get("/bills/<public_id>/draft", needs=WRITE_BILLS)
def edit(public_id: str) -> Response:
    """The page on which a draft is changed. `client` is the contact that it is to be for."""
    bill, desk = _bill_and_desk(public_id, request.args.get("client"))
    return desk.page(desk.written(bill))


@blueprint.post("/bills/<public_id>/draft", needs=WRITE_BILLS, body_bytes_max=FORM_BYTES_MAX)
def save(public_id: str) -> AnyResponse:
    """Save a changed draft, or redraw its page with a line more or less."""
    bill, desk = _bill_and_desk(public_id, request.form.get("client"))

    def write(session: Session, wanted: BillDetails, form: BillForm) -> Bill:
        by, shown = current_user.actor, form.mark or None
        return actions.edit_draft(session, bill, wanted, by=by, shown=shown)

    return desk.save(write, _saved)


@blueprint.get("/bills/<public_id>/client", needs=WRITE_BILLS)
def change_client(public_id: str) -> AnyResponse:
    """Choose another client for a draft; the matters of its lines are chosen anew then."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        bill = _unissued(session, public_id)
        choice = read_choice(session, request.args, "client", closed, kinds=(CONTACT,))
        if choice.chosen is None:
            return _choose(choice, bill=bill)
        desk = Desk(session, contact_by_id(session, choice.chosen.contact_id), closed, bill)
    if not desk.matters:
        return _choose(choice, desk, bill)
    place = url_for("bills.edit", public_id=public_id, client=desk.client.public_id)
    return redirect(place, 303)


@blueprint.get("/bills/<public_id>/deletion", needs=WRITE_BILLS)
def confirm_deletion(public_id: str) -> Response:
    """Ask before a draft is thrown away."""
    with db.read() as session:
        bill = _unissued(session, public_id)
    return task(bill, "billing/_deletion.html", _("Delete draft"), 200, errors={})


@blueprint.post("/bills/<public_id>/deletion", needs=WRITE_BILLS)
def delete(public_id: str) -> AnyResponse:
    """**Delete draft**: it had no number, so none is missing."""
    with db.transaction() as session:
        actions.delete_draft(session, _unissued(session, public_id), by=current_user.actor)
    flash(_("The draft was deleted."))
    return redirect(url_for("bills.index"), 303)


@blueprint.post("/bills/totals", needs=WRITE_BILLS, body_bytes_max=FORM_BYTES_MAX)
def totals() -> Response:
    """What the lines of a draft come to while they are typed. Nothing is saved."""
    with db.read() as session:
        g.brand = brand(session)
    form, locale = BillForm.from_request(), language.current()
    return make_response(
        render_template(
            "billing/_totals.html",
            amounts=form.amounts(locale),
            sums=form.sums(locale),
            currency=g.brand.currency,
        )
    )


def _unissued(session: Session, public_id: str) -> Bill:
    """A bill that was not issued. Raises `Missing`, `Conflict`."""
    g.brand = brand(session)
    bill = queries.bill(session, public_id, closed_to(session, current_user))
    if bill.status not in UNISSUED:
        raise Conflict(_("Bill %(number)s was issued already.", number=bill.number))
    return bill


def _bill_and_desk(public_id: str, client: str | None) -> tuple[Bill, Desk]:
    with db.read() as session:
        bill = _unissued(session, public_id)
        whose = contact(session, client) if client else bill.client
        return bill, Desk(session, whose, closed_to(session, current_user), bill)


def _saved(bill: Bill) -> AnyResponse:
    flash(_("The draft was saved."))
    return redirect(url_for("bills.show", public_id=bill.public_id), 303)
