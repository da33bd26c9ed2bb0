"""Receipts that pay trust requests: the whole of such a receipt is on its request (FEATURES D2)."""

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
    move_paid(session, request.id, receipt.amount_cents)


def take_back(session: Session, receipt: Receipt) -> None:
    """What a receipt that is undone had paid is asked for again."""
    if receipt.trust_request_id is None:
        return
    request = _locked(session, receipt)
    move_paid(session, request.id, -receipt.amount_cents)


def _locked(session: Session, receipt: Receipt) -> TrustRequest:
    statement = select(TrustRequest).where(TrustRequest.id == receipt.trust_request_id)
    locked = statement.with_for_update(of=TrustRequest)
    return session.scalars(locked.execution_options(populate_existing=True)).one()
