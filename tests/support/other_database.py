"""Which tests a second run, on PostgreSQL, has to run again after the first, on SQLite.

- A test that asks the database itself, without the product around it, always runs again.
- A test that goes through the whole product mostly sends what others have sent before it, and so
  do the further cases of any test. Of these, as many run again as it takes for every statement
  that any test sent to reach PostgreSQL. A statement counts anew with a NULL among its values in
  another place, and with each way in which the database refused it.
- What is marked `both_databases` ran on PostgreSQL in the first run, and its statements with it.
  A test through the product has to be marked if it is about what the databases may answer
  differently: an order, the case of letters, a lock.
- Not again: what is slow, what needs a browser, and what names the database that it is about.

Most new statements go first, and the alphabet decides between equals: from the same statements
follows the same choice. What was copied instead of made (`stages`) counts for whoever made it; on
PostgreSQL all make it. `RETAINER_TEST_DATABASE=postgresql` alone runs every test there.
"""

import re
from collections.abc import Collection, Generator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

# Whoever has none of these does not know which database it is.
KNOWING = {"databases", "postgres_databases"}
PRODUCT, BROWSER = "app", "browser"
LOCKS = ("read", "nowait", "skip_locked", "key_share", "of")

_LIST = re.compile(r"\(\?(, \?)+\)")
_LISTS = re.compile(r"\(\?\)(, \(\?\))+")

Sent = Mapping[str, Collection[str]]


class Choice:
    """A plugin of the first run: notes what each test sends, and writes down at the end which of
    them run again, one a line, as pytest reads them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._direct: list[str] = []
        self._alike: dict[str, set[str]] = {}
        self._there_already: set[str] = set()
        self._sent: set[str] = set()

    def pytest_sessionstart(self) -> None:
        """Listen to every engine of this process."""
        event.listen(Engine, "before_cursor_execute", self._note)
        event.listen(Engine, "handle_error", self._note_refusal)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, bool, bool]:
        """Gather what this test sends, from its fixtures on."""
        self._sent = set()
        result = yield
        if item.get_closest_marker("both_databases"):
            self._there_already |= self._sent
        elif not _may_run_again(item):
            pass
        elif PRODUCT in _fixtures(item) or not self._is_first_case(item):
            self._alike[item.nodeid] = self._sent
        else:
            self._direct.append(item.nodeid)
            self._there_already |= self._sent
        return result

    def pytest_sessionfinish(self) -> None:
        """Choose, and write it down."""
        event.remove(Engine, "before_cursor_execute", self._note)
        event.remove(Engine, "handle_error", self._note_refusal)
        again = self._direct + covering(self._alike, self._there_already)
        self._file.write_text("".join(f"{one}\n" for one in again))

    def _is_first_case(self, item: pytest.Item) -> bool:
        test = item.nodeid.partition("[")[0]
        return not any(other.partition("[")[0] == test for other in self._direct)

    def _note(
        self, _connection: Any, _cursor: Any, words: str, values: Any, context: Any, many: bool
    ) -> None:
        statement = without_counts(words) + _lock(context)
        self._sent.add(statement)
        # Many rows come one by one, or all in a row where one INSERT takes them.
        one_by_one = many and all(isinstance(row, tuple | dict) for row in values)
        for row in values if one_by_one else [values]:
            self._sent.update(f"{statement} NULL {at}" for at in _places_of_nothing(row))

    def _note_refusal(self, refused: ExceptionContext) -> None:
        statement = without_counts(refused.statement or "")
        self._sent.add(f"{statement} {refused.original_exception!r}")


def _fixtures(item: pytest.Item) -> set[str]:
    return set(cast(pytest.Function, item).fixturenames)


def _may_run_again(item: pytest.Item) -> bool:
    cases = getattr(item, "callspec", None)
    if item.get_closest_marker("slow") or (cases and "database_kind" in cases.params):
        return False
    return bool(_fixtures(item) & KNOWING) and BROWSER not in _fixtures(item)


def covering(sent: Sent, there_already: Collection[str]) -> list[str]:
    """As few tests as come by taking the one with most statements that none taken has sent."""
    left = {test: set(statements).difference(there_already) for test, statements in sent.items()}
    taken: list[str] = []
    while left := {test: statements for test, statements in left.items() if statements}:
        test = max(sorted(left), key=lambda one: len(left[one]))
        new = left.pop(test)
        left = {other: statements - new for other, statements in left.items()}
        taken.append(test)
    return taken


@cache
def without_counts(statement: str) -> str:
    """The statement, whatever number of values stands in its lists."""
    return _LISTS.sub("(?)", _LIST.sub("(?)", statement))


def _lock(context: Any) -> str:
    """How the rows are locked: SQLite is not told, as its transactions queue."""
    statement = getattr(getattr(context, "compiled", None), "statement", None)
    lock = getattr(statement, "_for_update_arg", None)
    if lock is None:
        return ""
    asked = [word for word in LOCKS if getattr(lock, word)]
    return " ".join([" FOR UPDATE", *asked])


def _places_of_nothing(row: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
    places = row.items() if isinstance(row, Mapping) else enumerate(row)
    return [place for place, value in places if value is None]
