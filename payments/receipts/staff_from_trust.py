"""**Pay from trust** on an issued bill, the page of such a transfer, and its reversal (S9, S8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from payments.billing import queries as bills
from payments.billing.models import Bill, BillStatus
from payments.billing.panels import ON_BILLS, Action
from payments.ledger.actions import Overdrawn
from payments.money.amounts import Money
from payments.receipts import actions, once, paying_from_trust, staff_holds
from payments.receipts.actions import PlanChanged
from payments.receipts.forms import TrustForm, cents_of
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.holds import echecks
from payments.receipts.paying_from_trust import obstacle, planned
from payments.receipts.staff_shown import blueprint, money
from payments.receipts.trust_ledgers import Choice, TrustPlan, choice
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.core.tokens import new_token
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting, language
from portal.web.permissions import LOOK, PAY_FROM_TRUST, WRITE_BILLS

PAY = "/bills/<public_id>/pay-from-trust"
TRANSFER = "/trust-transfers/<public_id>"


def show_on_bills() -> None:
    """**Pay from trust** on issued unpaid bills. Called where the other pages are shown."""
    ON_BILLS.add_action(
        Action(
            label=_lazy("Pay from trust"),
            endpoint="receipts.choose_trust",
            needs=PAY_FROM_TRUST,
            fits=_is_open,
        )
    )


def _is_open(bill: Bill) -> bool:
    return bill.status == BillStatus.AWAITING_PAYMENT


@blueprint.get(PAY, needs=PAY_FROM_TRUST)
def choose_trust(public_id: str) -> Response:
    """What is available in each trust ledger of the client, and what a transfer would do (S9)."""
    return _draw(public_id, request.args)


@blueprint.get(f"{PAY}/preview", needs=PAY_FROM_TRUST)
def trust_preview(public_id: str) -> str:
    """Both sides of the transfer as it is typed: what stays owed, and what stays in trust."""
    form = TrustForm.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        bill, found = _read(session, public_id)
    return render_template(
        "receipts/_trust_preview.html",
        bill=bill,
        announced=True,
        **_planned(bill, found, form),
    )


@blueprint.post(f"{PAY}/preview", needs=PAY_FROM_TRUST)
def trust_preview_page(public_id: str) -> Response:
    """The same for browsers without script: the whole form with what was typed; nothing is kept."""
    return _draw(public_id, request.form)


@blueprint.post(PAY, needs=PAY_FROM_TRUST)
def pay_from_trust(public_id: str) -> Response:
    """Pay the bill as it was shown. What has changed meanwhile is shown anew instead."""
    form = TrustForm.read(request.form)
    try:
        with db.transaction() as session:
            g.brand = brand(session)
            told = _told(session, _pay(session, public_id, form))
    except once.SentBefore:
        told = _("This was paid already. It was paid once.")
    except (Invalid, Conflict) as refusal:
        return _draw(public_id, request.form, refusal)
    flash(told)
    return redirect(url_for("bills.show", public_id=public_id), 303)


def _pay(session: Session, public_id: str, form: TrustForm) -> TrustTransfer:
    closed = closed_to(session, current_user)
    actions.lock_clients(session, [bills.bill(session, public_id, closed).client_id])
    once.mark(session, form.nonce, by=current_user.actor)
    return paying_from_trust.pay(
        session,
        public_id,
        ledger_key=form.ledger,
        amount_cents=cents_of(form.amount or "", language.current()),
        note=form.note,
        expected=form.expected,
        by=current_user.actor,
        closed=closed,
    )


def _told(session: Session, paid: TrustTransfer) -> str:
    told = _("%(amount)s was paid from trust.", amount=money(paid.amount_cents))
    address = paying_from_trust.address_of(session, paid.client_id)
    more = _("The client was not emailed: they have no primary email address.")
    if address is not None:
        more = _("The client is emailed at %(address)s.", address=address)
    return f"{told} {more}"


def _read(session: Session, public_id: str) -> tuple[Bill, Choice]:
    closed = closed_to(session, current_user)
    bill = bills.bill(session, public_id, closed)
    return bill, choice(session, bill, closed)


def _draw(
    public_id: str, asked: Mapping[str, str], refusal: Invalid | Conflict | None = None
) -> Response:
    form = TrustForm.read(asked)
    with db.read() as session:
        g.brand = brand(session)
        bill, found = _read(session, public_id)
        closed = closed_to(session, current_user)
        by_echeck = echecks(session, bill.client_id, g.brand.today, closed=closed)
        address = paying_from_trust.address_of(session, bill.client_id)
    shown = _planned(bill, found, form)
    errors = shown.pop("errors")
    if isinstance(refusal, Invalid):
        errors = {refusal.field or "amount": str(refusal)}
    page = render_template(
        "receipts/staff_pay_from_trust.html",
        bill=bill,
        obstacle=obstacle(bill),
        found=found,
        elsewhere=money(found.elsewhere_cents) if found.elsewhere_cents else None,
        options=[_option(one) for one in found.ledgers],
        holds=staff_holds.told(replace(by_echeck, on_hold=found.on_hold)),
        form=form,
        nonce=form.nonce or new_token(),
        errors=errors,
        changed=isinstance(refusal, PlanChanged),
        problem=_problem(refusal),
        address=address,
        request_url=_request_url(bill),
        back_url=url_for("bills.show", public_id=public_id),
        **shown,
    )
    return make_response(page, refusal.status if refusal else 200)


def _request_url(bill: Bill) -> str | None:
    """Where trust money is asked for, for those who may."""
    if not current_user.may(WRITE_BILLS):
        return None
    return url_for("trust_requests.new", client=f"contact:{bill.client.public_id}")


def _problem(refusal: Invalid | Conflict | None) -> str | None:
    if isinstance(refusal, Overdrawn):
        return _("This money was spent or paid back meanwhile. Nothing was paid.")
    return str(refusal) if isinstance(refusal, Conflict) else None


def _option(one: Any) -> dict[str, Any]:
    label = f"{one.account.name}, {one.matter}" if one.matter else one.account.name
    hint = _(
        "%(available)s available. Paying %(most)s leaves %(left)s.",
        available=money(one.available_cents),
        most=money(one.most_cents),
        left=money(one.available_cents - one.most_cents),
    )
    if one.on_hold_cents:
        hint += " " + _("Another %(amount)s is on hold.", amount=money(one.on_hold_cents))
    return {"value": one.key, "label": label, "hint": hint}


def _planned(bill: Bill, found: Choice, form: TrustForm) -> dict[str, Any]:
    """The ledger and amount as chosen, else as they are offered; and the plan, or why not."""
    key = form.ledger or (found.ledgers[0].key if found.ledgers else "")
    one = found.named(key)
    amount = form.amount
    if amount is None:
        amount = Money(one.most_cents, bill.currency).plain() if one else ""
    plan: TrustPlan | None = None
    errors: dict[str, str] = {}
    try:
        plan = planned(bill, found, key, cents_of(amount, language.current()))
    except Invalid as refusal:
        errors = {refusal.field or "amount": str(refusal)}
    why_not = obstacle(bill) or next(iter(errors.values()), None)
    asked = form.amount is not None or form.ledger
    return {
        "plan": plan,
        "why_not": why_not,
        "errors": errors if asked else {},
        "ledger": key,
        "amount": amount,
        "money": money,
    }


@blueprint.get(TRANSFER, needs=LOOK)
def trust_transfer(public_id: str) -> str:
    """One transfer: from which ledger, onto which bill, by whom, and whether it was reversed."""
    with db.read() as session:
        g.brand = brand(session)
        found = _transfer(session, public_id)
        names = actor_names(session, {found.made_by, found.undone_by})
    return render_template(
        "receipts/staff_trust_transfer.html",
        transfer=found,
        facts=_facts(found, names),
        may_reverse=current_user.may(PAY_FROM_TRUST) and found.undone_at is None,
    )


def _transfer(session: Session, public_id: str) -> TrustTransfer:
    return paying_from_trust.transfer(session, public_id, closed_to(session, current_user))


def _facts(found: TrustTransfer, names: Mapping[str | None, str]) -> list[dict[str, Any]]:
    matter = f"{found.matter.number} {found.matter.name}" if found.matter else ""
    facts = [
        (_("Amount"), found.amount.format(language.current())),
        (_("From"), found.trust_account.name),
        (_("Held for"), f"{found.client.name}, {matter}" if matter else found.client.name),
        (_("To"), found.operating_account.name),
        (_("Paid"), formatting.moment(found.made_at)),
        (_("Paid by"), names[found.made_by]),
        (_("Note"), found.note),
        (_("Reversed"), formatting.moment(found.undone_at)),
        (_("Reversed by"), names[found.undone_by] if found.undone_by else None),
        (_("Reason"), found.undone_reason),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]


@blueprint.get(f"{TRANSFER}/reversal", needs=PAY_FROM_TRUST)
def trust_reversal(public_id: str) -> Response:
    """What reversing a transfer from trust would take back, and why it is done (FEATURES S8)."""
    return _draw_reversal(public_id)


@blueprint.post(f"{TRANSFER}/reversal", needs=PAY_FROM_TRUST)
def reverse_trust(public_id: str) -> Response:
    """Take a transfer back: the bill is owed again, and the money is in trust again."""
    reason = request.form.get("reason", "").replace("\0", "")
    try:
        with db.transaction() as session:
            closed = closed_to(session, current_user)
            found = paying_from_trust.reverse(
                session, public_id, reason=reason, by=current_user.actor, closed=closed
            )
            bill = found.bill
    except (Invalid, Conflict) as refusal:
        return _draw_reversal(public_id, refusal)
    flash(_("The payment from trust was taken off bill %(number)s.", number=bill.number))
    return redirect(url_for("bills.show", public_id=bill.public_id), 303)


def _draw_reversal(public_id: str, refusal: Invalid | Conflict | None = None) -> Response:
    with db.read() as session:
        g.brand = brand(session)
        found = _transfer(session, public_id)
    amount = money(found.amount_cents)
    undone = found.undone_at is not None
    page = render_template(
        "receipts/staff_reversal.html",
        title=_("Reverse payment from trust"),
        action=url_for(".reverse_trust", public_id=public_id),
        back_url=url_for(".trust_transfer", public_id=public_id),
        obstacle=_("This was reversed already.") if undone else None,
        problem=str(refusal) if isinstance(refusal, Conflict) and not undone else None,
        errors={"reason": str(refusal)} if isinstance(refusal, Invalid) else {},
        reason=request.form.get("reason", ""),
        words=_(
            "%(amount)s goes back from %(operating)s into %(trust)s, held for %(name)s.",
            amount=amount,
            operating=found.operating_account.name,
            trust=found.trust_account.name,
            name=found.client.name,
        ),
        paid=[(found.bill.number, amount)],
    )
    return make_response(page, refusal.status if refusal else 200)
