"""What the firm answers: the kit, its release, **Send to the bank**, **Accept dispute**."""

from collections.abc import Callable

from flask import Response, flash, g, redirect, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.transactions import dispute_answering, dispute_kit
from payments.transactions.disputed import Dispute
from payments.transactions.staff_disputes_shown import ONE, address, blueprint, dispute_of, page
from portal.core import db
from portal.core.errors import Conflict, Invalid, Refusal
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.permissions import ANSWER_DISPUTES

KIT_BYTES_MAX = 1_000_000
SEEN_CHARS_MAX = 64


def _sent(name: str) -> str:
    """A field as typed, without NUL, which PostgreSQL does not take, and with plain line ends."""
    return request.form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()


def _seen() -> str:
    return _sent("seen")[:SEEN_CHARS_MAX]


def _do(
    public_id: str, act: Callable[[Session, Dispute], str], typed: dict[str, str]
) -> AnyResponse:
    """Do one thing with a dispute whose row is locked; then its page, with a word of it."""
    try:
        with db.transaction() as session:
            told = act(session, dispute_of(session, public_id, locked=True))
    except (Conflict, Invalid) as refusal:
        return page(public_id, refusal, typed)
    flash(told)
    return redirect(address(public_id), 303)


@blueprint.post(f"{ONE}/kit", needs=ANSWER_DISPUTES, body_bytes_max=KIT_BYTES_MAX)
def save_kit(public_id: str) -> AnyResponse:
    """Keep what was written into the fields. It has to be released anew."""
    words = {name: _sent(name) for name in dispute_kit.TEXT_FIELDS if name in request.form}

    def act(session: Session, dispute: Dispute) -> str:
        changed = dispute_answering.keep_kit(
            session, dispute, words, expected=_seen(), by=current_user.actor
        )
        return _("The kit is saved. Nothing was sent.") if changed else _("Nothing was changed.")

    return _do(public_id, act, words)


@blueprint.post(f"{ONE}/kit/anew", needs=ANSWER_DISPUTES)
def gather_anew(public_id: str) -> AnyResponse:
    """Put what the books say now in the place of what was written."""

    def act(session: Session, dispute: Dispute) -> str:
        dispute_answering.gather_anew(session, dispute, by=current_user.actor)
        return _("The kit shows what the books say now, redacted.")

    return _do(public_id, act, {})


@blueprint.post(f"{ONE}/release", needs=ANSWER_DISPUTES)
def release(public_id: str) -> AnyResponse:
    """Record on whose word the kit may be shown to the bank."""
    said = {"release": _sent("release"), "note": _sent("note")}

    def act(session: Session, dispute: Dispute) -> str:
        dispute_answering.release(
            session,
            dispute,
            said["release"],
            said["note"],
            expected=_seen(),
            by=current_user.actor,
        )
        return _("The release is recorded. Nothing was sent yet.")

    return _do(public_id, act, said)


@blueprint.post(f"{ONE}/answer", needs=ANSWER_DISPUTES)
def send(public_id: str) -> AnyResponse:
    """**Send to the bank**: once, and for good."""

    def act(session: Session, dispute: Dispute) -> str:
        dispute_answering.send(session, dispute, expected=_seen(), by=current_user.actor)
        return _("The evidence is on its way to the bank.")

    return _do(public_id, act, {})


@blueprint.get(f"{ONE}/acceptance", needs=ANSWER_DISPUTES)
def confirm_acceptance(public_id: str) -> Response:
    """Ask once more before the firm gives in."""
    return _acceptance(public_id)


@blueprint.post(f"{ONE}/acceptance", needs=ANSWER_DISPUTES)
def accept(public_id: str) -> AnyResponse:
    """**Accept dispute**: the money stays with the payer."""
    try:
        with db.transaction() as session:
            dispute = dispute_of(session, public_id, locked=True)
            dispute_answering.accept(session, dispute, by=current_user.actor)
    except Conflict as refusal:
        return _acceptance(public_id, refusal)
    flash(_("The dispute is being accepted. The money stays with the payer."))
    return redirect(address(public_id), 303)


def _acceptance(public_id: str, refusal: Refusal | None = None) -> Response:
    with db.read() as session:
        g.brand = brand(session)
        dispute = dispute_of(session, public_id)
    return page_or_fragment(
        "transactions/staff_dispute_acceptance.html",
        "components/task_dialog.html",
        refusal.status if refusal else 200,
        dispute=dispute,
        payment=dispute.payment,
        body="transactions/_dispute_acceptance.html",
        title=_("Accept the dispute of payment %(reference)s", reference=dispute.payment.reference),
        errors={},
        problem=str(refusal or ""),
        open=dispute_answering.acceptable(dispute),
    )
