"""Who is told of a dispute (FEATURES M7, N4): the firm, by email and alert, with the change itself.

The payer is not: it is the payer who has complained, and the payer's bank that tells them.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.transactions.disputed import (
    DISPUTE_ENDED,
    DISPUTE_UNANSWERED,
    Dispute,
    DisputeState,
)
from payments.transactions.models import Payment
from payments.transactions.notices import FIRM_AUDIENCE
from portal.core import clock
from portal.notifications.actions import raise_alert, seen_to
from portal.notifications.models import Alert
from portal.outbox.actions import owe as owe_notice

ANSWER = "dispute_to_answer"
LOST = "dispute_lost"
REFUSED = "dispute_answer_refused"
REMINDED_BEFORE = timedelta(days=2)
UNANSWERED_AUDIENCE = "firm.unanswered_dispute"


def owe(session: Session, dispute: Dispute) -> None:
    """Owe what a dispute's state calls for, each once, however often this is asked.

    While it waits for the firm's answer an alert stands with the days that are left; it goes when
    the answer was sent or the dispute has ended. A dispute that is seen first when it has ended was
    opened as well: only its end is told.
    """
    state = DisputeState(dispute.state)
    if state in DISPUTE_UNANSWERED:
        _email(session, dispute, "dispute-opened-firm", state)
        _remind(session, dispute)
        if dispute.sent_at is None and dispute.accepted_at is None:
            asked = f"{subject(dispute)}:{state}"
            _seen_to(session, dispute, _all_asked(dispute) - {asked})
            raise_alert(session, ANSWER, asked, _to_answer(session, dispute), again=False)
    else:
        answered(session, dispute)
    if state in DISPUTE_ENDED:
        _email(session, dispute, "dispute-ended-firm", state)
    if state is DisputeState.LOST:
        raise_alert(session, LOST, subject(dispute), _lost(session, dispute), again=False)


def answered(session: Session, dispute: Dispute) -> None:
    """Take the alert away that asks for an answer: it was sent, or none is needed any more."""
    _seen_to(session, dispute, {subject(dispute), *_all_asked(dispute)})


def _all_asked(dispute: Dispute) -> set[str]:
    """The subjects of the alerts that ask for an answer, one for each state that does."""
    return {f"{subject(dispute)}:{state}" for state in DISPUTE_UNANSWERED}


def _seen_to(session: Session, dispute: Dispute, subjects: set[str]) -> None:
    asking = session.execute(
        select(Alert.kind, Alert.subject)
        .where(Alert.kind.in_([ANSWER, REFUSED]))
        .where(Alert.subject.in_(subjects))
        .where(Alert.resolved_at.is_(None))
    )
    by = dispute.sent_by or dispute.accepted_by or "processor"
    for kind, asked in asking.all():
        seen_to(session, kind, asked, by=by)


def refused(session: Session, dispute: Dispute) -> None:
    """The processor has refused the firm's answer: it has to be given otherwise, and in time."""
    reference, _amount = _named(session, dispute)
    sentence = (
        f"The answer to the dispute of payment {reference} was refused by the processor, and the "
        "bank has not got it. Open the dispute, look at what is to be sent, and send it again."
    )
    raise_alert(session, REFUSED, subject(dispute), sentence)


def subject(dispute: Dispute) -> str:
    """What alerts and the activity log call a dispute."""
    return f"dispute:{dispute.public_id}"


def _email(session: Session, dispute: Dispute, kind: str, state: DisputeState) -> None:
    once = f"{subject(dispute)}:{state}"
    owe_notice(session, kind, audience=FIRM_AUDIENCE, once=once, dispute_id=dispute.id)


def _remind(session: Session, dispute: Dispute) -> None:
    if dispute.due_at is None or dispute.due_at - REMINDED_BEFORE <= clock.now():
        return
    owe_notice(
        session,
        "dispute-due-firm",
        audience=UNANSWERED_AUDIENCE,
        once=f"{subject(dispute)}:{dispute.state}:due",
        due_at=dispute.due_at - REMINDED_BEFORE,
        dispute_id=dispute.id,
        asked=dispute.state,
    )


def _to_answer(session: Session, dispute: Dispute) -> str:
    # Everybody at the firm reads alerts, so nothing of matters is named (FEATURES N8).
    reference, amount = _named(session, dispute)
    if dispute.state == DisputeState.INQUIRY:
        return (
            f"The payer's bank asks about payment {reference} ({amount}). No money has left. "
            "Answer it, or it may become a dispute."
        )
    return (
        f"The payer's bank disputes payment {reference} and took {amount} back. What it had paid "
        "is unpaid again. Send the evidence, or accept the dispute."
    )


def _lost(session: Session, dispute: Dispute) -> str:
    reference, amount = _named(session, dispute)
    return (
        f"The dispute of payment {reference} was lost: {amount} stays with the payer. What it had "
        "paid stays unpaid. Agree with the client on how to pay it."
    )


def _named(session: Session, dispute: Dispute) -> tuple[str, str]:
    payment = session.get_one(Payment, dispute.payment_id)
    return payment.reference, f"{dispute.amount.plain()} {dispute.currency}"
