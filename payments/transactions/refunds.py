"""A payment's refunds as the people of the firm read them (FEATURES M6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.transactions.models import Payment
from payments.transactions.refunded import SUPERSEDED, Refund, RefundState
from portal.firm.queries import actor_names


@dataclass(frozen=True, slots=True)
class ShownRefund:
    """One refund, who made it, and what became of it in a sentence."""

    refund: Refund
    by: str
    sentence: str


def rows(session: Session, payment: Payment) -> Sequence[Refund]:
    """Every refund of a payment, oldest first."""
    return session.scalars(
        select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.id)
    ).all()


def of_payment(session: Session, payment: Payment) -> list[ShownRefund]:
    """Every refund of a payment with who made it, oldest first."""
    refunds = rows(session, payment)
    names = actor_names(session, {one.made_by for one in refunds})
    return [
        ShownRefund(one, _by(one, names[one.made_by]), sentence(one, payment.method))
        for one in refunds
    ]


def _by(refund: Refund, name: str) -> str:
    return _("Somebody in Stripe's own pages") if refund.origin == "processor" else name


def sentence(refund: Refund, method: str) -> str:
    """Where a refund stands, in words for staff; `method` is that of its payment."""
    match refund.state:
        case RefundState.ASKED:
            return _("Stripe has not answered yet. We ask again by ourselves.")
        case RefundState.PENDING:
            return _("On its way to the payer. A bank account takes up to ten business days.")
        case RefundState.SUCCEEDED if method == "bank":
            return _("The money is in the payer's bank account.")
        case RefundState.SUCCEEDED:
            return _("Sent. The payer sees it on the card in five to ten business days.")
        case RefundState.CANCELED:
            return _("Called off. The money is with the firm again.")
        case _ if refund.failure == SUPERSEDED:
            return why(refund.failure)
        case _:
            return _("%(why)s The money is with the firm again.", why=why(refund.failure))


def why(code: str) -> str:
    """Why a refund failed, for staff (https://docs.stripe.com/refunds#failed-refunds)."""
    known = {
        "lost_or_stolen_card": _("The card was lost or stolen."),
        "expired_or_canceled_card": _("The card has expired or was canceled."),
        "charge_for_pending_refund_disputed": _("The payer disputed the payment meanwhile."),
        "insufficient_funds": _("There was not enough money in the firm's balance at Stripe."),
        "merchant_request": _("It was called off at the firm's request."),
        "account_closed": _("The payer's bank account is closed."),
        "no_account": _("The payer's bank could not find the account."),
        "refused": _("Stripe did not take it."),
        SUPERSEDED: _("It was given up, as the money had left another way by then."),
    }
    return known.get(code, _("The payer's bank did not take the money."))
