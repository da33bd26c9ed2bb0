"""Who is told of a refund (FEATURES M6, N4): the firm and the payer, owed with the change itself.

A refund is told when the processor has taken it on, and once more if it fails after all. One that
the processor refused at once is told to the firm alone: its payer never heard of it.
"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from payments.transactions.models import Payment
from payments.transactions.notices import FIRM_AUDIENCE
from payments.transactions.refunded import REFUND_BACK, REFUND_MADE, Refund
from portal.outbox.actions import owe as owe_notice
from portal.outbox.models import Notice


def owe(session: Session, refund: Refund) -> None:
    """Owe the emails that a refund's state calls for, each once, however often this is asked."""
    if refund.state in REFUND_MADE:
        _to_firm(session, refund, "refund-made-firm")
        _to_payer(session, refund, "refund-made-payer")
    if refund.state in REFUND_BACK:
        _to_firm(session, refund, "refund-failed-firm")
        if _was_told(session, refund):
            _to_payer(session, refund, "refund-failed-payer")


def _to_firm(session: Session, refund: Refund, kind: str) -> None:
    owe_notice(session, kind, audience=FIRM_AUDIENCE, once=_once(refund, kind), refund_id=refund.id)


def _to_payer(session: Session, refund: Refund, kind: str) -> None:
    payment = session.get_one(Payment, refund.payment_id)
    owe_notice(
        session,
        kind,
        audience="address",
        once=_once(refund, kind),
        refund_id=refund.id,
        name=payment.payer_name,
        address=payment.payer_email,
        language=payment.language,
    )


def _was_told(session: Session, refund: Refund) -> bool:
    told = exists().where(Notice.once == _once(refund, "refund-made-payer"))
    return bool(session.scalar(select(told)))


def _once(refund: Refund, kind: str) -> str:
    return f"refund:{refund.public_id}:{kind}"
