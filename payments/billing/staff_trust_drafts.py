"""Writing a trust request: choosing the client, the draft's page, saving and deleting it."""

from datetime import timedelta

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import AccountKind, BankAccount
from payments.accounts.queries import bank_accounts
from payments.billing import trust_actions, trust_queries
from payments.billing.choices import Choices
from payments.billing.requested import TrustRequest
from payments.billing.settings import billing_settings
from payments.billing.staff_trust_shown import blueprint
from payments.billing.trust_details import TrustDetails, check
from payments.billing.trust_forms import CLIENT_LEVEL, TermsForm, TrustRequestForm
from portal.clients.access import Closed, closed_to
from portal.clients.choosing import Choice, read_choice, waited_for
from portal.clients.details import Problems
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact, contact_by_id, matters_of
from portal.core import db
from portal.core.errors import Conflict
from portal.firm.brand import brand
from portal.web import language
from portal.web.asked import row_id
from portal.web.permissions import WRITE_BILLS

FIELDS = ("matter", "amount", "due_on", "account", "note")


class _Desk:
    """What stands around a draft while it is written: whose it is, and what it may name."""

    def __init__(
        self, session: Session, client: Contact, closed: Closed, asked: TrustRequest | None = None
    ) -> None:
        g.brand = brand(session)
        self.client = client
        self.asked = asked
        self.currency = asked.currency if asked else g.brand.currency
        self.due_days = billing_settings(session).due_days
        self.matters: list[Matter] = matters_of(session, client.id, closed)
        self.accounts: list[BankAccount] = [
            account
            for account in bank_accounts(session)
            if account.kind == AccountKind.TRUST and account.currency == self.currency
        ]

    @property
    def choices(self) -> Choices:
        """The ids behind what the page offers."""
        return Choices.of(self.client, self.matters, self.accounts)

    def blank(self, matter: str) -> TrustRequestForm:
        """A new draft on this matter, else at client level."""
        due_on = g.brand.today + timedelta(days=self.due_days)
        # One that takes no money online yet is rarely meant.
        account = next((one for one in self.accounts if one.connected), None)
        account = account or next(iter(self.accounts), None)
        return TrustRequestForm(
            matter=matter or CLIENT_LEVEL,
            account=account.public_id if account else "",
            terms=TermsForm(due_on=due_on.isoformat()),
        )

    def page(
        self,
        form: TrustRequestForm,
        errors: dict[str, str] | None = None,
        status: int = 200,
        told: str | None = None,
    ) -> Response:
        """The draft's page; `told` says what has changed meanwhile."""
        errors = errors or {}
        page = render_template(
            "billing/staff_trust_draft.html",
            desk=self,
            form=form,
            client_level=CLIENT_LEVEL,
            errors={field: errors[field] for field in FIELDS if field in errors},
            told=told,
        )
        return make_response(page, status)


@blueprint.get("/trust-requests/new", needs=WRITE_BILLS)
def new() -> Response:
    """Choose whom to ask, then write it. `client` is a contact or a matter of theirs."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        choice = read_choice(session, request.args, "client", closed)
        if choice.chosen is None:
            return _choose(choice)
        desk = _Desk(session, contact_by_id(session, choice.chosen.contact_id), closed)
    return desk.page(desk.blank(choice.chosen.public_id if choice.chosen.matter_id else ""))


def _choose(choice: Choice) -> Response:
    nobody = _("Choose a client or a matter.")
    error, status = waited_for(choice, request.args, "client", nobody)
    page = render_template("billing/staff_trust_choose.html", choice=choice, error=error)
    return make_response(page, status)


@blueprint.post("/trust-requests", needs=WRITE_BILLS)
def create() -> AnyResponse:
    """**Save draft** of a new trust request."""
    with db.read() as session:
        closed = closed_to(session, current_user)
        desk = _Desk(session, contact(session, request.form.get("client", "")), closed)
    return _save(desk)


@blueprint.get("/trust-requests/<public_id>/edit", needs=WRITE_BILLS)
def edit(public_id: str) -> Response:
    """What a draft says, ready to be changed."""
    desk, asked = _desk_of(public_id)
    return desk.page(TrustRequestForm.of(asked, language.current()))


@blueprint.post("/trust-requests/<public_id>/edit", needs=WRITE_BILLS)
def save(public_id: str) -> AnyResponse:
    """**Save draft**."""
    return _save(_desk_of(public_id)[0])


def _desk_of(public_id: str) -> tuple[_Desk, TrustRequest]:
    """The desk of a request that was not issued. Raises `Missing`, `Conflict`."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        asked = trust_queries.trust_request(session, public_id, closed)
        if asked.status not in trust_actions.UNISSUED:
            raise Conflict(_("Trust request %(number)s was issued already.", number=asked.number))
        return _Desk(session, asked.client, closed, asked), asked


def _save(desk: _Desk) -> AnyResponse:
    form = TrustRequestForm.read(request.form)
    wanted, errors = form.details(desk.choices, language.current())
    try:
        if errors:  # nothing can be saved, but the rest of what is wrong is said at once
            with db.read() as session:
                check(session, wanted, desk.currency)
            return desk.page(form, errors, 422)
        saved = _saved(desk, wanted)
    except Problems as problems:
        return desk.page(form, problems.errors | errors, 422)
    except trust_actions.RequestChanged as changed:
        desk = _desk_of(request.view_args["public_id"])[0] if request.view_args else desk
        return desk.page(form, status=changed.status, told=_stale())
    flash(_("The draft was saved."))
    return redirect(url_for("trust_requests.show", public_id=saved.public_id), 303)


def _saved(desk: _Desk, wanted: TrustDetails) -> TrustRequest:
    by = current_user.actor
    with db.transaction() as session:
        if desk.asked is None:
            return trust_actions.draft_trust_request(session, wanted, by=by)
        shown = row_id(request.form.get("version", "")) or 0
        return trust_actions.edit_draft(session, desk.asked, wanted, shown=shown, by=by)


def _stale() -> str:
    return _(
        "Somebody has saved this draft since you opened it. What you typed is below and not saved: "
        "saving it now replaces what they wrote."
    )
