"""Work that is owed: one table, written in the business transaction, claimed by the worker.

A job is inserted in the transaction that causes it, so it exists exactly when its cause does.
`due_at` is the only scheduler and runs on business time; leases run on wall time, so that
advancing the demo clock expires nobody's lease. Handlers are idempotent: a job runs at least once.
"""

from portal.core.jobs.handlers import Again, handler, recurring
from portal.core.jobs.models import Job, JobState, WorkerHeartbeat
from portal.core.jobs.queue import enqueue

__all__ = [
    "Again",
    "Job",
    "JobState",
    "WorkerHeartbeat",
    "enqueue",
    "handler",
    "recurring",
]
