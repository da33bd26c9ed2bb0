"""Receipts that pay trust requests: how many cents of such a receipt count there (FEATURES D2)."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.applying import move_paid
from payments.billing.models import BillStatus
from payments.billing.requested import TrustRequest
from payments.receipts.models import Receipt
from portal.core.errors import Conflict, Invalid


def pay(session: Session, receipt: Receipt) -> None:
    """Count a new receipt on the request that it names, which is **Paid** once it is whole.

    The money is of the request's own client, matter and trust account. Raises `Invalid` where it
    is not, or is more than is still asked for; `Conflict` for a request that asks for nothing.
    """
    request = _locked(session, receipt)
    if request.status != BillStatus.AWAITING_PAYMENT:
        raise Conflict(_("This trust request is not open. Look at it again."))
    if (request.client_id, request.matter_id, request.bank_account_id) != (
        receipt.client_id,
        receipt.matter_id,
        receipt.bank_account_id,
    ):
        raise Invalid(
            _("This trust request is for another client, matter or account."), "trust_request"
        )
    if receipt.amount_cents > request.balance.cents - request.reserved_cents:
        raise Invalid(
            _("This is more than the trust request still asks for. Record it without the request."),
            "trust_request",
        )
    receipt.request_cents = receipt.amount_cents
    session.flush()
    move_paid(session, request.id, receipt.request_cents)


def take_back(session: Session, receipt: Receipt) -> None:
    """What a receipt that is undone had paid is asked for again."""
    keep(session, receipt, 0)


def keep(session: Session, receipt: Receipt, most_cents: int) -> None:
    """Leave at most so many cents of a receipt on its request: the rest is asked for again, as the
    money leaves the client (FEATURES M6, M7)."""
    off = receipt.request_cents - most_cents
    if receipt.trust_request_id is None or off <= 0:
        return
    request = _locked(session, receipt)
    receipt.request_cents = most_cents
    session.flush()
    move_paid(session, request.id, -off)


def count_again(session: Session, receipt: Receipt, cents: int) -> None:
    """Money of a receipt came back: count it on its request, as far as that still asks for it."""
    if receipt.trust_request_id is None:
        return
    request = _locked(session, receipt)
    if request.status != BillStatus.AWAITING_PAYMENT:
        return
    again = min(cents, request.balance.cents - request.reserved_cents)
    if again <= 0:
        return
    receipt.request_cents += again
    session.flush()
    move_paid(session, request.id, again)


def _locked(session: Session, receipt: Receipt) -> TrustRequest:
    statement = select(TrustRequest).where(TrustRequest.id == receipt.trust_request_id)
    locked = statement.with_for_update(of=TrustRequest)
    return session.scalars(locked.execution_options(populate_existing=True)).one()
