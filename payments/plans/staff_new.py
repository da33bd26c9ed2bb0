"""**New payment plan**: choose the client, write the plan, see its schedule, agree it."""

from datetime import date
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import BankAccount
from payments.methods.models import StoredMethod
from payments.methods.standing import chargeable, today
from payments.plans import queries
from payments.plans.agreement import every_words
from payments.plans.calendar import Due
from payments.plans.forms import PlanForm
from payments.plans.models import INSTALMENTS_MAX, Every
from payments.plans.proposing import Wanted, overlaps, propose
from payments.plans.staff_shown import blueprint
from payments.plans.terms import NOTE_CHARS_MAX, plan_out
from portal.clients.access import closed_to
from portal.clients.choosing import Choice, read_choice, searched
from portal.clients.details import Problems
from portal.clients.models import Contact
from portal.clients.queries import contact, contact_by_id
from portal.core import db
from portal.core.errors import Conflict
from portal.firm.brand import brand
from portal.web import language
from portal.web.fragments import wants_fragment
from portal.web.permissions import RUN_PLANS

NEW = "/contacts/<public_id>/payment-plans/new"
FIELDS = ("account", "method", "total", "count", "each", "every", "starts_on", "note")


class Desk:
    """What stands around a plan while it is written: whose it is, what is owed, what can pay it."""

    def __init__(self, session: Session, client: Contact, account: str = "") -> None:
        g.brand = brand(session)
        self.client = client
        self.accounts = [
            one for one in queries.operating_accounts(session) if one.currency == g.brand.currency
        ]
        self.account = self._chosen(session, account)
        self.today: date = today(session)
        self.methods: list[StoredMethod] = []
        self.owed_cents, self.live = 0, None
        if self.account is not None:
            closed = closed_to(session, current_user)
            self.methods = chargeable(session, client.id, self.account.id)
            self.owed_cents = queries.owed_cents(session, client.id, self.account.id, closed)
            self.live = queries.live_plan(session, client.id, self.account.id)

    def _chosen(self, session: Session, asked: str) -> BankAccount | None:
        named = next((one for one in self.accounts if one.public_id == asked), None)
        if named is not None or asked:
            return named
        # Where the client has stored something, there a plan can be.
        able = (one for one in self.accounts if chargeable(session, self.client.id, one.id))
        return next(able, None) or next(iter(self.accounts), None)

    def schedule(self, form: PlanForm, room: int = INSTALMENTS_MAX) -> tuple[list[Due], list[str]]:
        """What the form comes to, or why it comes to nothing yet."""
        terms, errors = form.terms(language.current())
        try:
            return plan_out(terms, self.owed_cents, self.today, room), []
        except Problems as problems:
            return [], list((problems.errors | errors).values())

    def blank(self) -> PlanForm:
        """A new plan: three months from today on."""
        return PlanForm(
            account=self.account.public_id if self.account else "",
            method=self.methods[0].public_id if self.methods else "",
            starts_on=self.today.isoformat(),
            owed=str(self.owed_cents),
        )


@blueprint.get("/payment-plans/new", needs=RUN_PLANS)
def choose() -> AnyResponse:
    """Choose whose plan it is. `client` is a contact or a matter of theirs."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        choice = read_choice(session, request.args, "client", closed)
        if choice.chosen is None or searched(request.args, "client"):
            return _choose(choice)
        client = contact_by_id(session, choice.chosen.contact_id)
    return redirect(url_for("payment_plans.new", public_id=client.public_id), 303)


def _choose(choice: Choice) -> Response:
    asked = "client_typed" in request.args and not searched(request.args, "client")
    error = (choice.error or _("Choose a client.")) if asked else choice.error
    page = render_template("plans/staff_choose_client.html", choice=choice, error=error)
    return make_response(page, 422 if error and asked else 200)


@blueprint.get(NEW, needs=RUN_PLANS)
def new(public_id: str) -> Response:
    """The form, with its schedule as it would be; for htmx the schedule alone, as it is typed."""
    with db.read() as session:
        client = contact(session, public_id)
        desk = Desk(session, client, request.args.get("account", ""))
    form = PlanForm.read(request.args) if "kind" in request.args else desk.blank()
    if wants_fragment():
        return fragment("plans/_schedule.html", **shown_schedule(desk, form))
    return _page(desk, form)


def fragment(template: str, **context: Any) -> Response:
    """A part of a page for htmx."""
    response = make_response(render_template(template, **context))
    response.headers.add("Vary", "HX-Request")
    return response


def shown_schedule(desk: Desk, form: PlanForm, room: int = INSTALMENTS_MAX) -> dict[str, Any]:
    """The schedule of what is typed, for its fragment."""
    dues, problems = desk.schedule(form, room)
    account = desk.account
    return {
        "dues": dues,
        "problems": problems,
        "owed_cents": desk.owed_cents,
        "currency": account.currency if account else g.brand.currency,
    }


def every_options() -> list[dict[str, str]]:
    """How often, to choose from."""
    return [{"value": one, "label": every_words(one)} for one in Every]


def _page(
    desk: Desk, form: PlanForm, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    errors = errors or {}
    page = render_template(
        "plans/staff_new.html",
        desk=desk,
        form=form,
        errors={field: errors[field] for field in FIELDS if field in errors},
        overlaps=overlaps() if desk.live else None,
        every_options=every_options(),
        note_chars_max=NOTE_CHARS_MAX,
        **shown_schedule(desk, form),
    )
    return make_response(page, status)


@blueprint.post(NEW, needs=RUN_PLANS)
def agree(public_id: str) -> AnyResponse:
    """**Agree plan**: it is active at once, or the client is asked first."""
    form = PlanForm.read(request.form)
    with db.read() as session:
        client = contact(session, public_id)
        desk = Desk(session, client, form.account)
    if request.form.get("show"):
        return _page(desk, form)
    terms, errors = form.terms(language.current())
    wanted = Wanted(
        client_id=client.id,
        bank_account_id=desk.account.id if desk.account else 0,
        method=form.method,
        terms=terms,
        asks=form.asks,
        seen_cents=form.owed_cents,
        note=form.note,
    )
    try:
        with db.transaction() as session:
            closed = closed_to(session, current_user)
            plan = propose(session, wanted, closed, by=current_user.actor)
    except Problems as problems:
        return _page(desk, form, problems.errors | errors, 422)
    except Conflict as overlap:
        return _page(desk, form, {"account": str(overlap)}, overlap.status)
    flash(_("The client was asked to accept the plan.") if form.asks else _("The plan is active."))
    return redirect(url_for("payment_plans.show", public_id=plan.public_id), 303)
