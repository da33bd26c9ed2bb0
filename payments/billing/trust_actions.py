"""Drafting, approving, issuing, changing and voiding trust requests (FEATURES D2).

A request books nothing: the client owes no money on it. What is paid is booked when it arrives.
"""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.billing.details import YEARS, cleaned
from payments.billing.models import UNISSUED, BillStatus
from payments.billing.requested import TrustRequest
from payments.billing.settings import billing_settings
from payments.billing.trust_details import Terms, TrustDetails, check, wrong_with
from payments.billing.writing import OwnApproval, given_reason, has_done
from portal.clients.details import Problems
from portal.core import audit, clock, ids
from portal.core.errors import Conflict, Invalid
from portal.firm.models import Firm

FIRST_NUMBER = 2001


class RequestChanged(Conflict):
    """Somebody has changed the request since it was shown to whoever acts on it."""


def draft_trust_request(session: Session, wanted: TrustDetails, *, by: str) -> TrustRequest:
    """Save a new draft in the firm's currency. It has no number yet and asks for nothing.

    Raises `Problems` beside the fields that cannot be used; `by` is an actor of the log.
    """
    currency = session.scalars(select(Firm)).one().currency
    check(session, wanted, currency)
    asked = TrustRequest(
        public_id=ids.public_id(),
        status=BillStatus.DRAFT,
        currency=currency,
        made_at=clock.now(),
        made_by=by,
        version=1,
    )
    _fill(asked, wanted)
    session.add(asked)
    session.flush()
    _log(session, asked, "trust_request.drafted", by, amount_cents=asked.amount_cents)
    return asked


def edit_draft(
    session: Session, asked: TrustRequest, wanted: TrustDetails, *, shown: int, by: str
) -> TrustRequest:
    """Replace what a draft says. Its approval ends: something else was approved.

    `shown` is the version that was edited. Raises `RequestChanged` for an older one, `Conflict`
    for a request that was issued, `Problems` like `draft_trust_request`.
    """
    asked = _locked(session, asked)
    _refuse_issued(asked)
    _refuse_changed(asked, shown)
    check(session, wanted, asked.currency)
    _fill(asked, wanted)
    asked.status, asked.edited_by = BillStatus.DRAFT, by
    asked.approved_at = asked.approved_by = None
    asked.version += 1
    session.flush()
    _log(session, asked, "trust_request.edited", by, amount_cents=asked.amount_cents)
    return asked


def delete_draft(session: Session, asked: TrustRequest, *, by: str) -> None:
    """Throw a draft away; the log keeps that it was there. Raises `Conflict` once it was issued."""
    asked = _locked(session, asked)
    _refuse_issued(asked)
    session.delete(asked)
    session.flush()
    _log(session, asked, "trust_request.deleted", by, amount_cents=asked.amount_cents)


def submit_for_approval(session: Session, asked: TrustRequest, *, by: str) -> TrustRequest:
    """Say that a draft is ready to be looked at. Raises `Conflict` for anything but a draft."""
    asked = _locked(session, asked)
    if asked.status != BillStatus.DRAFT:
        raise Conflict(_("This trust request is no longer a draft."))
    asked.status = BillStatus.AWAITING_APPROVAL
    session.flush()
    _log(session, asked, "trust_request.submitted", by)
    return asked


def approve(session: Session, asked: TrustRequest, *, shown: int, by: str) -> TrustRequest:
    """Approve what was submitted; it can be issued then. Who and when are kept.

    `shown` is the version that was looked at. Raises `OwnApproval` where somebody else has to,
    `RequestChanged`, and `Conflict` where there is nothing to approve.
    """
    asked = _locked(session, asked)
    if asked.status != BillStatus.AWAITING_APPROVAL:
        raise Conflict(_("This trust request does not await approval."))
    if asked.approved_by is not None:
        raise Conflict(_("This trust request was approved already."))
    _refuse_changed(asked, shown)
    if not billing_settings(session).own_approval and wrote(session, asked, by):
        raise OwnApproval(_("You wrote this request, so somebody else has to approve it."))
    asked.approved_by, asked.approved_at = by, clock.now()
    session.flush()
    _log(session, asked, "trust_request.approved", by)
    return asked


def issue(session: Session, asked: TrustRequest, *, on: date, shown: int, by: str) -> TrustRequest:
    """Give a draft its number: from then on it asks for the money. Whoever issues what nobody has
    approved approves it; where the firm forbids it, nobody so approves what they wrote themselves.

    Numbers run without gaps or duplicates, however many issue at once: one at a time holds the
    firm's row. Raises `OwnApproval`, `RequestChanged`, `Conflict` where it was issued before, and
    `Invalid` where it is due before `on`.
    """
    session.execute(select(Firm.id).with_for_update()).one()
    asked = _locked(session, asked)
    _refuse_issued(asked)
    _refuse_changed(asked, shown)
    if on.year not in YEARS:
        raise Invalid(_("Enter an issue date between 2000 and 2100."), "issued_on")
    if asked.due_on < on:
        sentence = _("The request is due before it is issued. Change one of the dates.")
        raise Invalid(sentence, "issued_on")
    _approve_by_issuing(session, asked, by)
    highest = session.scalar(select(func.max(TrustRequest.number)))
    asked.number = FIRST_NUMBER if highest is None else highest + 1
    asked.status, asked.issued_on, asked.issued_by = BillStatus.AWAITING_PAYMENT, on, by
    session.flush()
    _log(session, asked, "trust_request.issued", by, number=asked.number)
    return asked


def change(
    session: Session, asked: TrustRequest, terms: Terms, *, reason: str, shown: int, by: str
) -> TrustRequest:
    """Change what an issued request asks for, while nothing is paid on it or under way.

    The log keeps what it said before. Raises `Problems` beside the fields, `reason` too,
    `RequestChanged` where `shown` is not its version, `Conflict` in any other state, `OwnApproval`
    where the firm has everything approved by a second person: nobody would look at the change.
    """
    asked = _locked(session, asked)
    _refuse_paid(asked, _("Something was paid on this request. Reverse the payment to change it."))
    _refuse_changed(asked, shown)
    if not billing_settings(session).own_approval:
        raise OwnApproval(
            _("Your firm has each request approved by a second person. Void this one instead.")
        )
    errors = wrong_with(terms)
    try:
        reason = given_reason(reason, _("Say why the request is changed."))
    except Invalid as missing:
        errors["reason"] = str(missing)
    if "due_on" not in errors and asked.issued_on and terms.due_on < asked.issued_on:
        errors["due_on"] = _("It would be due before the day it was issued.")
    if errors:
        raise Problems(errors)
    was = {"was_amount_cents": asked.amount_cents, "was_due_on": asked.due_on.isoformat()}
    _set_terms(asked, terms)
    asked.edited_by = by
    asked.version += 1
    session.flush()
    now = {"amount_cents": asked.amount_cents, "due_on": asked.due_on.isoformat()}
    _log(session, asked, "trust_request.changed", by, reason=reason, **now, **was)
    return asked


def void(session: Session, asked: TrustRequest, *, reason: str, by: str) -> TrustRequest:
    """Withdraw an issued request for good; its number is not used again.

    Raises `Invalid` beside `reason` where none is given, `Conflict` while money was paid on it or
    a payment is under way, and for a draft or a void one.
    """
    reason = given_reason(reason, _("Say why the request is voided."))
    asked = _locked(session, asked)
    _refuse_paid(asked, _("Something was paid on this request. Reverse the payment to void it."))
    asked.status, asked.voided_at = BillStatus.VOID, clock.now()
    asked.voided_by, asked.void_reason = by, reason
    session.flush()
    _log(session, asked, "trust_request.voided", by, number=asked.number, reason=reason)
    return asked


def wrote(session: Session, asked: TrustRequest, by: str) -> bool:
    """Whether this person drafted the request, or edited it since: the log knows all of them."""
    return by in (asked.made_by, asked.edited_by) or has_done(
        session, _subject(asked), by, "trust_request.drafted", "trust_request.edited"
    )


def _subject(asked: TrustRequest) -> str:
    return f"trust_request:{asked.public_id}"


def _log(session: Session, asked: TrustRequest, action: str, by: str, **detail: object) -> None:
    audit.record(session, by, action, _subject(asked), **detail)


def _locked(session: Session, asked: TrustRequest) -> TrustRequest:
    """The request as it stands now, and nobody else's until the end."""
    found = session.scalar(
        select(TrustRequest)
        .where(TrustRequest.id == asked.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Conflict(_("This draft was deleted meanwhile."))
    return found


def _fill(asked: TrustRequest, wanted: TrustDetails) -> None:
    asked.client_id, asked.matter_id = wanted.client_id, wanted.matter_id
    asked.bank_account_id = wanted.bank_account_id
    _set_terms(asked, wanted.terms)


def _set_terms(asked: TrustRequest, terms: Terms) -> None:
    asked.amount_cents, asked.due_on = terms.amount_cents, terms.due_on
    asked.note = cleaned(terms.note)


def _refuse_issued(asked: TrustRequest) -> None:
    if asked.status not in UNISSUED:
        raise Conflict(_("Trust request %(number)s was issued already.", number=asked.number))


def _refuse_changed(asked: TrustRequest, shown: int) -> None:
    if asked.version != shown:
        raise RequestChanged(_("The request was changed meanwhile. Look at it again, then go on."))


def _approve_by_issuing(session: Session, asked: TrustRequest, by: str) -> None:
    own = billing_settings(session).own_approval
    if asked.approved_by is not None and (own or not wrote(session, asked, asked.approved_by)):
        return
    if not own and wrote(session, asked, by):
        raise OwnApproval(_("You wrote this request, so somebody else has to approve it."))
    asked.approved_by, asked.approved_at = by, clock.now()


def _refuse_paid(asked: TrustRequest, paid: str) -> None:
    if asked.status in UNISSUED:
        raise Conflict(_("This request was not issued yet. Change the draft instead."))
    if asked.status == BillStatus.VOID:
        raise Conflict(_("Trust request %(number)s was voided already.", number=asked.number))
    if asked.reserved_cents:
        raise Conflict(_("A payment on this request is under way. Wait until it is through."))
    if asked.paid_cents:
        raise Conflict(paid)
