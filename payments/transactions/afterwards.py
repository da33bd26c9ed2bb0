"""Who hears that a payment has ended: features to the right follow what they began themselves.

They follow by a job that is owed in the transaction of the step, so none is missed or told early.
"""

from sqlalchemy.orm import Session

from payments.transactions.models import Origin, Payment
from payments.transactions.states import ENDED_WITHOUT_MONEY, Status
from portal.core import jobs

_followed: dict[str, str] = {}
_ENDS = ENDED_WITHOUT_MONEY | {Status.COMPLETED}


def follow(origin: Origin, job_kind: str) -> None:
    """Owe a job of this kind, with `payment_id`, whenever a payment of this origin completes,
    fails, is canceled or returned. Its handler reads what the payment has become."""
    _followed[origin] = job_kind


def owe_following(session: Session, payment: Payment, became: Status) -> None:
    """Owe the job that follows this step, if any."""
    kind = _followed.get(payment.origin)
    if kind is not None and became in _ENDS:
        jobs.enqueue(session, kind, payment_id=payment.id)
