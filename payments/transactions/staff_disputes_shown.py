"""What every page of disputes shares: the blueprint, one of them with all that is shown of it."""

from typing import Any

from flask import Response, g, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.money.amounts import Money
from payments.transactions import (
    dispute_answering,
    dispute_files,
    dispute_kit,
    dispute_queries,
    dispute_telling,
)
from payments.transactions.disputed import Dispute, Release
from portal.clients.access import closed_to
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing, Refusal
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import formatting, language
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.permissions import ANSWER_DISPUTES

LIST = "/online-payments/disputes"
ONE = f"{LIST}/<public_id>"

blueprint = staff_blueprint("disputes", __name__)


def dispute_of(session: Session, public_id: str, *, locked: bool = False) -> Dispute:
    """The dispute that an address names, for whoever is signed in. Raises `Missing`."""
    try:
        closed = closed_to(session, current_user)
        return dispute_queries.dispute(session, public_id, closed, locked=locked)
    except Missing as missing:
        raise Missing(_("There is no such dispute.")) from missing


def page(
    public_id: str, refusal: Refusal | None = None, typed: dict[str, str] | None = None
) -> Response:
    """The page of one dispute as it stands; after a refusal with its sentence and what was typed,
    which changed nothing."""
    with db.read() as session:
        g.brand = brand(session)
        dispute = dispute_of(session, public_id)
        context = _context(session, dispute, typed or {})
    errors, problem = _problems(refusal)
    return page_or_fragment(
        "transactions/staff_dispute.html",
        "transactions/_dispute.html",
        refusal.status if refusal else 200,
        **context,
        errors=errors,
        problem=problem,
    )


def _problems(refusal: Refusal | None) -> tuple[dict[str, str], str]:
    if isinstance(refusal, Invalid) and refusal.field:
        return {refusal.field: str(refusal)}, ""
    return {}, str(refusal) if isinstance(refusal, Conflict | Invalid) else ""


def _context(session: Session, dispute: Dispute, typed: dict[str, str]) -> dict[str, Any]:
    people = (dispute.sent_by, dispute.accepted_by, dispute.released_by)
    names = actor_names(session, people)
    answerable = dispute_answering.answerable(dispute)
    may_answer = current_user.may(ANSWER_DISPUTES) and answerable
    words, files = dispute_kit.shown(session, dispute), dispute_queries.files(session, dispute.id)
    there = {one.field for one in files}
    kinds = dispute_files.kinds()
    missing = [{"value": name, "label": kinds[name]} for name in kinds if name not in there]
    return {
        "dispute": dispute,
        "payment": dispute.payment,
        "state": dispute_telling.state(dispute),
        "meaning": dispute_telling.meaning(dispute),
        "advice": dispute_telling.advice(dispute.reason),
        "left": dispute_telling.time_left(dispute.due_at) if answerable else "",
        "facts": _facts(dispute, names),
        "answerable": answerable,
        "may_answer": may_answer,
        "may_accept": may_answer and dispute_answering.acceptable(dispute),
        "may_open": current_user.may(ANSWER_DISPUTES),
        "under_way": dispute_answering.under_way(dispute),
        "fields": dispute_kit.fields(),
        "words": words | typed,
        "edited": bool(dispute.kit),
        "seen": dispute_answering.fingerprint(words, files),
        "files": [(one, kinds.get(one.field, one.field)) for one in files],
        "missing": missing,
        "bytes_left": dispute_files.BYTES_MAX - sum(one.bytes for one in files),
        "release_options": [
            {"value": value, "label": label} for value, label in dispute_telling.releases().items()
        ],
        "released": _released(dispute),
        "released_by": names[dispute.released_by],
        "typed": typed,
    }


def _released(dispute: Dispute) -> str:
    return dispute_telling.releases()[Release(dispute.release)] if dispute.release else ""


def _facts(dispute: Dispute, names: dict[str | None, str]) -> list[dict[str, Any]]:
    payment, locale = dispute.payment, language.current()
    fee = Money(dispute.fee_cents, dispute.currency).format(locale) if dispute.fee_cents else None
    facts = [
        (_("Payer"), f"{payment.payer_name}, {payment.payer_email}"),
        (_("Paid"), payment.amount.format(locale)),
        (_("Method"), payment.method_label),
        (_("Account"), payment.bank_account.name),
        (_("Why"), dispute_telling.reason(dispute.reason)),
        (_("The bank's code"), dispute.network_code),
        (_("Disputed since"), formatting.moment(dispute.opened_at)),
        (_("Answer before"), formatting.moment(dispute.due_at)),
        (_("Answered"), _by(dispute.sent_at, names[dispute.sent_by])),
        (_("Accepted"), _by(dispute.accepted_at, names[dispute.accepted_by])),
        (_("Ended"), formatting.moment(dispute.closed_at)),
        (_("Dispute fee, borne by the firm"), fee),
        (_("Stripe dispute"), dispute.dispute_id),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]


def _by(at: Any, name: str) -> Any:
    return _("%(moment)s by %(name)s", moment=formatting.moment(at), name=name) if at else None


def address(public_id: str) -> str:
    """The page of one dispute."""
    return url_for("disputes.show", public_id=public_id)
