"""Which documents a bulk sending is at now: nobody sends them a second time meanwhile (FEATURES
D5)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.bulk import BulkItem, ItemState
from portal.core.jobs import Job, JobState

JOB = "billing.bulk_send"


def job_key(sending_id: int) -> str:
    """By which the one job of a bulk sending is found."""
    return f"{JOB}:{sending_id}"


def being_sent(session: Session) -> set[tuple[str, int]]:
    """What waits to be sent by a job that is at it, each by its kind and id. What a job was given
    up for is not among it."""
    at_it = session.scalars(select(Job.args).where(Job.kind == JOB, Job.state == JobState.OWED))
    runs = [args["bulk_sending_id"] for args in at_it]
    if not runs:
        return set()
    waiting = select(BulkItem.bill_id, BulkItem.trust_request_id).where(
        BulkItem.bulk_sending_id.in_(runs), BulkItem.state == ItemState.WAITING
    )
    return {
        ("trust-request", row.trust_request_id) if row.bill_id is None else ("bill", row.bill_id)
        for row in session.execute(waiting)
    }
