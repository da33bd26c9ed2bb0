"""The check of the books says the same under every locale of the database."""

import re
from typing import Any

from sqlalchemy import event

from payments.transactions import checks
from portal.core import db
from portal.core.db import Database

# In en_US ";" sorts before ":", so on PostgreSQL a range from "payment:" to "payment;" is empty,
# and every payment looked as if nothing was booked for it.
RANGE_OF_TEXTS = re.compile(r"\bcause (?:<|>)")


def test_the_books_are_checked_without_asking_in_which_order_a_locale_puts_texts(
    database: Database,
) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with db.read() as session:
        assert checks.all_problems(session) == []
    assert any("ledger_transfer.cause" in statement for statement in asked)
    assert not [statement for statement in asked if RANGE_OF_TEXTS.search(statement)]
