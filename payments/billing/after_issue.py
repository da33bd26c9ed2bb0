"""Who hears that a bill was issued or changed: features to the right act on it by a job of theirs,
owed in the same transaction."""

from sqlalchemy.orm import Session

from payments.billing.models import Bill
from portal.core import jobs

_followed: set[str] = set()


def follow(job_kind: str) -> None:
    """Owe a job of this kind, with `bill_id`, whenever a bill is issued, or changed after that."""
    _followed.add(job_kind)


def owe_following(session: Session, bill: Bill) -> None:
    """Owe the jobs that follow this bill."""
    for kind in _followed:
        jobs.enqueue(session, kind, bill_id=bill.id)
