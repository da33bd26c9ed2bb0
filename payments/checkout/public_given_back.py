"""What a payer is told of money that comes back to them: refunds, and disputes (FEATURES M5, M6).

It tells of no bill and no matter: the payer may be somebody else than the client (M12).
"""

from dataclasses import dataclass

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.checkout.dispute_words import of_disputes
from payments.money.amounts import Money
from payments.transactions import overlays, refunds
from payments.transactions.models import Payment
from payments.transactions.overlays import NOTHING, Overlay
from payments.transactions.refunded import REFUND_UNDER_WAY, Refund, RefundState


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What lies over a payment, a sentence for each thing that happened, and the cents that its
    payer has got back by refunds."""

    marks: tuple[Overlay, ...]
    sentences: list[str]
    refunded_cents: int

    @property
    def whole(self) -> bool:
        """Whether all of it was refunded."""
        return Overlay.REFUNDED in self.marks

    @property
    def disputed(self) -> bool:
        """Whether the payer's bank has the money, or asks for it."""
        return Overlay.DISPUTED in self.marks or self.lost

    @property
    def lost(self) -> bool:
        """Whether a dispute has ended, and the payer keeps the money."""
        return Overlay.DISPUTE_LOST in self.marks


def given_back(session: Session, payment: Payment, locale: str) -> GivenBack:
    """What became of a payment after it was complete; amounts are written as in `locale`."""
    over = overlays.of(session, [payment.id]).get(payment.id, NOTHING)
    told = [_of_refund(one, payment, locale) for one in refunds.rows(session, payment)]
    sentences = [*of_disputes(over.marks), *(sentence for sentence in told if sentence)]
    return GivenBack(over.marks, sentences, over.refunded_cents)


def _of_refund(refund: Refund, payment: Payment, locale: str) -> str:
    amount = Money(refund.cents, refund.currency).format(locale)
    if refund.state == RefundState.SUCCEEDED:
        return _(
            "%(amount)s was refunded to %(method)s on %(date)s.",
            amount=amount,
            method=payment.method_label,
            date=format_date(refund.ended_at or refund.made_at, "long"),
        )
    if refund.state in REFUND_UNDER_WAY:
        return _(
            "%(amount)s is being refunded to %(method)s. This can take up to ten business days.",
            amount=amount,
            method=payment.method_label,
        )
    if refund.state == RefundState.FAILED and refund.refund_id is not None:
        return _(
            "A refund of %(amount)s could not be paid out to %(method)s. Please contact the firm.",
            amount=amount,
            method=payment.method_label,
        )
    return ""  # called off, or refused before its payer heard of it
