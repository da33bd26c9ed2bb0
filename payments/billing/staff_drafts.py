"""Writing a bill: choosing the client, the draft's page, and saving it."""

from datetime import date, timedelta

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import AccountKind, BankAccount
from payments.accounts.queries import bank_accounts
from payments.billing import actions, queries
from payments.billing.actions import UNISSUED
from payments.billing.details import check
from payments.billing.forms import BillForm, Choices, LineForm, in_page_order
from payments.billing.models import Bill
from payments.billing.staff_shown import BILLERS, blueprint, today
from portal.clients.choosing import Choice, read_choice
from portal.clients.details import Problems
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact, contact_by_id, matters_of
from portal.core import db
from portal.core.errors import Conflict
from portal.firm.brand import brand
from portal.web import language
from portal.web.fragments import page_or_fragment

DUE_AFTER_DAYS = 30


class _Desk:
    """What stands around a draft while it is written: whose it is, and what it may name."""

    def __init__(self, session: Session, client: Contact, bill: Bill | None = None) -> None:
        g.brand = brand(session)
        self.client = client
        self.bill = bill
        self.currency = bill.currency if bill else g.brand.currency
        self.matters: list[Matter] = matters_of(session, client.id)
        self.accounts: list[BankAccount] = [
            account
            for account in bank_accounts(session)
            if account.kind == AccountKind.OPERATING and account.currency == self.currency
        ]

    @property
    def choices(self) -> Choices:
        """The ids behind what the page offers."""
        return Choices(
            self.client.id,
            {matter.public_id: matter.id for matter in self.matters},
            {account.public_id: account.id for account in self.accounts},
        )

    def blank(self, matter: str) -> BillForm:
        """A new draft: one line of today on this matter, else on the client's newest one."""
        day: date = today(g.brand)
        known = [one.public_id for one in self.matters]
        first = matter if matter in known else "".join(known[:1])
        return BillForm(
            account=self.accounts[0].public_id if self.accounts else "",
            due_on=(day + timedelta(days=DUE_AFTER_DAYS)).isoformat(),
            note="",
            lines=[LineForm(matter=first, worked_on=day.isoformat())],
        )

    def page(
        self,
        form: BillForm,
        errors: dict[str, str] | None = None,
        status: int = 200,
        focus: str | None = None,
    ) -> Response:
        """The draft's page; for htmx, which adds and removes lines, the form alone."""
        amounts = form.amounts(language.current())
        return page_or_fragment(
            "billing/staff_draft.html",
            "billing/_draft.html",
            status,
            desk=self,
            form=form,
            errors=in_page_order(errors or {}),
            focus=focus,
            amounts=amounts,
            total=sum(amount or 0 for amount in amounts),
        )


@blueprint.get("/bills/new", needs=BILLERS)
def new() -> Response | str:
    """Choose whose bill it is, then write it. `client` is a contact or a matter of theirs."""
    with db.read() as session:
        g.brand = brand(session)
        choice = read_choice(session, request.args, "client")
        if choice.chosen is None:
            return _choose(choice)
        desk = _Desk(session, contact_by_id(session, choice.chosen.contact_id))
    matter = choice.chosen.public_id if choice.chosen.matter_id else ""
    return desk.page(desk.blank(matter)) if desk.matters else _choose(choice, desk)


def _choose(choice: Choice, without_matters: _Desk | None = None) -> str:
    return render_template(
        "billing/staff_choose_client.html", choice=choice, without_matters=without_matters
    )


@blueprint.post("/bills", needs=BILLERS)
def create() -> AnyResponse:
    """Save a new draft, or redraw its page with a line more or less."""
    with db.read() as session:
        desk = _Desk(session, contact(session, request.form.get("client", "")))
    return _save(desk)


@blueprint.get("/bills/<public_id>/draft", needs=BILLERS)
def edit(public_id: str) -> Response:
    """The page on which a draft is changed."""
    desk = _desk_of(public_id)
    assert desk.bill is not None
    return desk.page(BillForm.of(desk.bill))


@blueprint.post("/bills/<public_id>/draft", needs=BILLERS)
def save(public_id: str) -> AnyResponse:
    """Save a changed draft, or redraw its page with a line more or less."""
    return _save(_desk_of(public_id))


@blueprint.post("/bills/totals", needs=BILLERS)
def totals() -> Response:
    """What the lines of a draft come to while they are typed. Nothing is saved."""
    with db.read() as session:
        g.brand = brand(session)
    amounts = BillForm.from_request().amounts(language.current())
    return make_response(
        render_template(
            "billing/_totals.html",
            amounts=amounts,
            total=sum(amount or 0 for amount in amounts),
            currency=g.brand.currency,
        )
    )


def _desk_of(public_id: str) -> _Desk:
    """The desk of a bill that was not issued. Raises `Missing`, `Conflict`."""
    with db.read() as session:
        g.brand = brand(session)
        bill = queries.bill(session, public_id)
        if bill.status not in UNISSUED:
            raise Conflict(_("Bill %(number)s was issued already.", number=bill.number))
        return _Desk(session, bill.client, bill)


def _save(desk: _Desk) -> AnyResponse:
    form = BillForm.from_request()
    asked = request.form
    if "add_line" in asked:
        form = form.with_line()
        return desk.page(form, focus=f"matter-{len(form.lines) - 1}")
    if "remove_line" in asked:
        form = form.without_line(asked["remove_line"])
        return desk.page(form, focus="add-line")
    if "update_total" in asked:
        return desk.page(form)
    form = form.without_blanks()
    wanted, errors = form.details(desk.choices, language.current())
    try:
        if errors:  # nothing can be saved, but the rest of what is wrong is said at once
            with db.read() as session:
                check(session, wanted, desk.currency)
            return desk.page(form, errors, 422)
        with db.transaction() as session:
            bill = (
                actions.edit_draft(session, desk.bill, wanted, by=current_user.actor)
                if desk.bill
                else actions.draft_bill(session, wanted, by=current_user.actor)
            )
    except Problems as problems:
        return desk.page(form, problems.errors | errors, 422)
    flash(_("The draft was saved."))
    return redirect(url_for("bills.show", public_id=bill.public_id), 303)
