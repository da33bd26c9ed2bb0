"""**Charge stored method** on an unpaid bill or trust request (FEATURES P8).

By a user with the accounts level, with a reason that is kept. The client is emailed as for any
payment; where it fails both sides are told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import BankAccount
from payments.accounts.settings import PROCESSOR_CENTS_MIN
from payments.billing import queries as bills
from payments.billing import trust_queries
from payments.billing.panels import ON_BILLS, ON_TRUST_REQUESTS, Action
from payments.billing.payables import Payable, left_cents, refuse_unpayable
from payments.methods import standing
from payments.methods.models import StoredMethod
from payments.methods.standing import NotChargeable
from payments.money.amounts import NotAnAmount, as_typed, parse_cents
from payments.transactions.actions import Outcome, outcome
from payments.transactions.charging import (
    REASON_CHARS_MAX,
    Charge,
    charge,
    link_for,
    part_of,
)
from payments.transactions.failures import words
from payments.transactions.models import Origin, Payment
from payments.transactions.reserving import NotPayable
from payments.transactions.staff import blueprint
from payments.transactions.states import Status
from portal.clients.access import closed_to
from portal.clients.models import Contact
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.core.tokens import new_token
from portal.firm.brand import brand
from portal.web import language
from portal.web.fragments import page_or_fragment
from portal.web.permissions import CHARGE_METHODS

BILL, TRUST_REQUEST = "bill", "trust_request"
ADDRESSES = {BILL: "bills", TRUST_REQUEST: "trust-requests"}
PAGES = {BILL: "bills.show", TRUST_REQUEST: "trust_requests.show"}
NONCE_CHARS_MAX = 64
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ChargeForm:
    """The form as typed; `version` is that of the document which was shown."""

    method: str = ""
    amount: str = ""
    reason: str = ""
    version: str = ""
    nonce: str = ""

    @classmethod
    def read(cls) -> "ChargeForm":
        """What was sent, without NUL, which PostgreSQL does not take."""
        said = {
            name: request.form.get(name, "").replace("\0", "").strip() for name in cls.__slots__
        }
        return cls(**said)

    @property
    def named(self) -> str:
        """The nonce of the charge that this form makes."""
        return f"staff:{self.nonce}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A document, its client, and what can be charged for it."""

    kind: str
    payable: Payable
    client: Contact
    account: BankAccount
    methods: list[StoredMethod]

    @property
    def page(self) -> str:
        """The document's own page."""
        return url_for(PAGES[self.kind], public_id=self.payable.public_id)


def _on_both(method: str) -> Callable[[View], View]:
    """Register a view under bills and under trust requests; it is told which as `kind`."""

    def register(view: View) -> View:
        for kind, address in ADDRESSES.items():
            options: dict[str, Any] = {"endpoint": f"{kind}_{view.__name__}"}
            options["defaults"] = {"kind": kind}
            rule = f"/{address}/<public_id>/charge"
            blueprint.route(rule, needs=CHARGE_METHODS, methods=[method], **options)(view)
        return view

    return register


def _asks(shown: Any) -> bool:
    try:
        refuse_unpayable(shown)
    except Conflict:
        return False
    return True


def _offer() -> None:
    """The button on issued, unpaid bills and trust requests."""
    for kind, on in ((BILL, ON_BILLS), (TRUST_REQUEST, ON_TRUST_REQUESTS)):
        endpoint = f"transactions.{kind}_choose_charge"
        label = _lazy("Charge stored method")
        on.add_action(Action(label, endpoint, CHARGE_METHODS, _asks, dialog=True))


_offer()


@_on_both("GET")
def choose_charge(kind: str, public_id: str) -> Response:
    """Choose which stored method, how much, and say why."""
    with db.read() as session:
        shown = _shown(session, kind, public_id)
    return _page(shown, ChargeForm())


@_on_both("POST")
def charge_it(kind: str, public_id: str) -> AnyResponse:
    """Charge it, once however often it is pressed, and go to the payment."""
    form = ChargeForm.read()
    if (known := _pressed(form)) is not None:
        return _go_to(outcome(known))
    with db.transaction() as session:
        shown = _shown(session, kind, public_id)
        try:
            wanted = _wanted(session, shown, form)
        except (Invalid, Conflict) as problem:
            return _page(shown, form, problem)
    try:
        done = charge(wanted)
    except (NotPayable, NotChargeable) as problem:
        with db.read() as session:
            shown = _shown(session, kind, public_id)
        return _page(shown, form, problem)
    return _go_to(done)


def _pressed(form: ChargeForm) -> int | None:
    """The payment that this form has made already; none where it was not pressed before."""
    by_me = (Payment.nonce == form.named, Payment.charged_by == current_user.actor)
    with db.read() as session:
        return session.scalar(select(Payment.id).where(*by_me))


def _go_to(done: Outcome) -> AnyResponse:
    with db.read() as session:
        payment = session.get_one(Payment, done.payment_id)
    flash(_told(done, payment))
    return redirect(url_for("transactions.show", public_id=payment.public_id), 303)


def _shown(session: Session, kind: str, public_id: str) -> Shown:
    g.brand = brand(session)
    closed = closed_to(session, current_user)
    payable: Payable = (
        bills.bill(session, public_id, closed)
        if kind == BILL
        else trust_queries.trust_request(session, public_id, closed)
    )
    return Shown(
        kind,
        payable,
        session.get_one(Contact, payable.client_id),
        session.get_one(BankAccount, payable.bank_account_id),
        standing.chargeable(session, payable.client_id, payable.bank_account_id),
    )


def _wanted(session: Session, shown: Shown, form: ChargeForm) -> Charge:
    """The charge as typed. Raises `Invalid` beside the field, `Conflict` where nothing is owed."""
    refuse_unpayable(shown.payable)
    method = next((one for one in shown.methods if one.public_id == form.method), None)
    if method is None:
        raise Invalid(_("Choose the payment method to charge."), "method")
    cents = _checked_cents(form.amount, left_cents(shown.payable))
    if not form.reason:
        raise Invalid(_("Say why it is charged. The reason is kept."), "reason")
    if len(form.reason) > REASON_CHARS_MAX:
        raise Invalid(_("Keep the reason under 500 characters."), "reason")
    if not form.nonce or len(form.named) > NONCE_CHARS_MAX:
        raise Invalid(_("This form cannot be used any more. Open it again."))
    if form.version != str(shown.payable.version):
        raise Conflict(_("This was changed since you opened it. Look again, then charge it."))
    actor = current_user.actor
    return Charge(
        nonce=form.named,
        method_id=method.id,
        link_id=link_for(session, shown.payable, by=actor).id,
        parts=(part_of(shown.payable, cents),),
        origin=Origin.STAFF,
        by=actor,
        reason=form.reason,
    )


def _checked_cents(typed: str, open_cents: int) -> int:
    try:
        cents = parse_cents(typed, language.current())
    except NotAnAmount:
        raise Invalid(_("Enter an amount like 1,250.00."), "amount") from None
    if cents < PROCESSOR_CENTS_MIN:
        raise Invalid(_("The least that can be charged is 0.50."), "amount")
    if cents > open_cents:
        raise Invalid(_("This is more than is still owed."), "amount")
    if 0 < open_cents - cents < PROCESSOR_CENTS_MIN:
        raise Invalid(_("Charge all of it: the rest would be too small to pay online."), "amount")
    return cents


def _told(done: Outcome, payment: Payment) -> str:
    if done.status is Status.FAILED:
        sentence = words(done.failure_code, payment.method)
        return _(
            "No money has been taken. The client was told: %(sentence)s They got a link to pay.",
            sentence=sentence,
        )
    if done.status is Status.PENDING:
        return _("The charge is on its way. Its page tells what becomes of it.")
    return _("%(method)s was charged. The client is emailed.", method=payment.method_label)


def _page(shown: Shown, form: ChargeForm, problem: Exception | None = None) -> Response:
    """A dialog for htmx, else a page of its own."""
    payable, title = shown.payable, _("Charge stored method")
    field = problem.field if isinstance(problem, Invalid) else None
    refused = "" if _asks(payable) else str(problem or _("Nothing is left to charge."))
    errors = {field or "method": str(problem)} if problem is not None and not refused else {}
    statuses = {Invalid: 422, type(None): 200}
    return page_or_fragment(
        "transactions/staff_charge.html",
        "components/task_dialog.html",
        statuses.get(type(problem), 409),
        body="transactions/_charge.html",
        title=title,
        errors=errors,
        refused=refused,
        shown=shown,
        form=form,
        amount=form.amount or as_typed(left_cents(payable), language.current()),
        chosen=form.method or (shown.methods[0].public_id if shown.methods else ""),
        nonce=form.nonce or new_token(),
        action_url=url_for(f"transactions.{shown.kind}_charge_it", public_id=payable.public_id),
    )
