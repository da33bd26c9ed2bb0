"""Several people at the same moment: real threads that begin together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy.exc import IntegrityError

from portal.core.errors import Refusal


def at_once(
    *works: Callable[[], object], answers: tuple[type[Exception], ...] = (Refusal,)
) -> list[object]:
    """Run all of these together. A refusal is an answer too; any other exception is an error."""
    ready = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        ready.wait()
        try:
            return work()
        except answers as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def done_at_once(*works: Callable[[], object]) -> list[bool]:
    """The same: whether each was done, and not refused by us or by the database."""
    told = at_once(*works, answers=(Refusal, IntegrityError))
    return [not isinstance(one, Exception) for one in told]
