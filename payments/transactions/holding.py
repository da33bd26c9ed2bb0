"""Until when the trust money of a payment is on hold (FEATURES M8)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.accounts.settings import online_payments
from payments.gateway.results import MethodKind
from payments.receipts.holds import held_until
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import clock
from portal.firm.models import Firm


def hold_from_now(session: Session, payment: Payment) -> datetime | None:
    """For a payment that completes now: the end of its hold, kept with it whoever it is linked to
    later. None for cards and for money that is not held in trust."""
    if payment.method != MethodKind.BANK or payment.bank_account.kind != AccountKind.TRUST:
        return None
    zone = session.scalars(select(Firm.timezone)).one_or_none() or "UTC"
    return held_until(clock.now(), online_payments(session).hold_days, zone)


def still_held_until(payment: Payment) -> datetime | None:
    """The end of its hold, while that lasts and any of its money is still here."""
    here = payment.status == Status.COMPLETED and payment.withdrawn_cents < payment.amount_cents
    until = payment.held_until
    return until if here and until is not None and until > clock.now() else None
