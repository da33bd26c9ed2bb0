"""Whether anything was committed, on any database of this process."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


class Commits:
    """Told of each commit while watched."""

    def __init__(self) -> None:
        self._some = True

    def note(self, _connection: Connection) -> None:
        """There was one."""
        self._some = True

    def since_asked(self) -> bool:
        """Whether there was one since this was asked last; the first time, yes."""
        some, self._some = self._some, False
        return some


@contextmanager
def watched() -> Generator[Commits]:
    """What is true of rows need not be asked again where nothing was committed meanwhile."""
    commits = Commits()
    event.listen(Engine, "commit", commits.note)
    try:
        yield commits
    finally:
        event.remove(Engine, "commit", commits.note)
