"""Online payments → Trust tasks: what the firm answers for at its trust accounts (FEATURES M4, M7).

The pages tell payments by their references, accounts and amounts, and nothing of a matter.
"""

from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from payments.transactions import queries, replenishing, telling, trust_tasks
from payments.transactions import trust_log_words as _log_words  # noqa: F401  register themselves
from payments.transactions.replenished import CoverReason, Replenishment, ReplenishmentState
from payments.transactions.trust_forms import MovedForm
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting, language, lists
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LOOK, MANAGE_BANK_ACCOUNTS, REPLENISH_TRUST

TASKS = "/online-payments/trust-tasks"

blueprint = staff_blueprint("trust_tasks", __name__)


@blueprint.get(TASKS, needs=LOOK)
def index() -> Response:
    """The tasks in a state, those to be done first, and what is owed at each trust account."""
    state = _state(request.args.get("state", ""))
    with db.read() as session:
        g.brand = brand(session)
        found = trust_tasks.listed(session, state)
        owed = trust_tasks.owed(session)
    names = [(one, words) for one, words in _states().items()]
    return page_or_fragment(
        "transactions/staff_trust_tasks.html",
        "transactions/_trust_tasks.html",
        rows=[(one, _what(one), _why(one)) for one in found],
        owed=owed,
        state=state,
        tabs=lists.tabs(names, state, lambda value: url_for(".index", state=value)),
        most=trust_tasks.LISTED_MAX if len(found) == trust_tasks.LISTED_MAX else None,
    )


def _state(typed: str) -> ReplenishmentState:
    return next((one for one in ReplenishmentState if one == typed), ReplenishmentState.OPEN)


def _states() -> dict[str, str]:
    return {
        ReplenishmentState.OPEN: _("To do"),
        ReplenishmentState.DONE: _("Done"),
        ReplenishmentState.RELEASED: _("No longer needed"),
    }


@blueprint.get(f"{TASKS}/<public_id>", needs=LOOK)
def show(public_id: str) -> Response:
    """One task: what to move and why, who has done it, and what was booked for it."""
    return _page(public_id)


@blueprint.post(f"{TASKS}/<public_id>", needs=REPLENISH_TRUST)
def finish(public_id: str) -> AnyResponse:
    """Record that the money was moved at the bank: the day, and the bank's reference."""
    form = MovedForm.read(request.form)
    moved_on = form.day
    if moved_on is None:
        told = Invalid(_("Enter the day the bank moved the money."), "moved_on")
        return _page(public_id, form, told)
    try:
        with db.transaction() as session:
            replenishing.done(session, public_id, moved_on, form.reference, by=current_user.actor)
    except (Invalid, Conflict) as refusal:
        return _page(public_id, form, refusal)
    flash(_("The task is done, and it is in the books."))
    return redirect(url_for(".show", public_id=public_id), 303)


def _page(
    public_id: str, form: MovedForm | None = None, refusal: Invalid | Conflict | None = None
) -> Response:
    with db.read() as session:
        g.brand = brand(session)
        task = trust_tasks.task(session, public_id)
        closed = closed_to(session, current_user)
        seen = queries.by_public_id(session, task.payment.public_id, closed) is not None
        names = actor_names(session, [task.ended_by])
        entries = telling.entries_of(session, [f"replenishment:{public_id}"], closed)
    today = g.brand.today
    page = render_template(
        "transactions/staff_trust_task.html",
        task=task,
        title=_what(task),
        why=_why(task),
        to_do=_to_do(task),
        look_url=_look_url(task),
        today=today,
        facts=_facts(task, names[task.ended_by], seen=seen),
        entries=entries,
        form=form or MovedForm(today.isoformat()),
        errors={refusal.field: str(refusal)} if isinstance(refusal, Invalid) else {},
        problem=str(refusal) if isinstance(refusal, Conflict) else "",
        may_finish=current_user.may(REPLENISH_TRUST) and task.state == ReplenishmentState.OPEN,
    )
    return make_response(page, refusal.status if refusal else 200)


def _what(task: Replenishment) -> str:
    said = {"amount": task.amount.format(language.current()), "account": task.bank_account.name}
    if task.reason == CoverReason.SURPLUS:
        return _("Take %(amount)s out of %(account)s", **said)
    return _("Put %(amount)s into %(account)s", **said)


def _to_do(task: Replenishment) -> str:
    said = {"amount": task.amount.format(language.current()), "account": task.bank_account.name}
    if task.reason == CoverReason.SURPLUS:
        return _(
            "At your bank, move %(amount)s from %(account)s into an account of your firm's own. "
            "Then record it here.",
            **said,
        )
    return _(
        "At your bank, move %(amount)s from an account of your firm's own into %(account)s. "
        "Until then the books show that your firm owes it. Then record it here.",
        **said,
    )


def _why(task: Replenishment) -> str:
    return {
        CoverReason.FEE: _("Stripe took its fee from trust money."),
        CoverReason.DISPUTE_FEE: _("Stripe took the fee of a dispute or a return from trust."),
        CoverReason.SHORTFALL: _("Trust money was taken back after it was spent."),
        CoverReason.SURPLUS: _("The money came back after your firm had put it in."),
    }[CoverReason(task.reason)]


def _look_url(task: Replenishment) -> str | None:
    """Where it shows why Stripe takes fees from trust, for those who may mend it."""
    took_a_fee = task.reason in {CoverReason.FEE, CoverReason.DISPUTE_FEE}
    if not took_a_fee or not current_user.may(MANAGE_BANK_ACCOUNTS):
        return None
    return url_for("bank_accounts.show", public_id=task.bank_account.public_id)


def _facts(task: Replenishment, ended_by: str, *, seen: bool) -> list[dict[str, Any]]:
    """`seen`: the user may open the payment's page."""
    reference = task.payment.reference
    payment = Markup('<a href="{}">{}</a>').format(
        url_for("transactions.show", public_id=task.payment.public_id), reference
    )
    ended = _("Recorded") if task.state == ReplenishmentState.DONE else _("No longer needed")
    facts = [
        (_("State"), _states()[task.state]),
        (_("Amount"), task.amount.format(language.current())),
        (_("Account"), task.bank_account.name),
        (_("Payment"), payment if seen else reference),
        (_("Since"), formatting.moment(task.made_at)),
        (_("Moved on"), formatting.day(task.moved_on) if task.moved_on else ""),
        (_("Bank's reference"), task.bank_reference),
        (ended, formatting.moment(task.ended_at)),
        (_("Recorded by"), ended_by if task.state == ReplenishmentState.DONE else ""),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]
