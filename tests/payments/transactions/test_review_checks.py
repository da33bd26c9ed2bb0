"""The check of the books says the same under every locale of the database."""

import re

from payments.transactions import checks
from portal.core import db
from portal.core.db import Database
from tests.support.statements import statements

# In en_US ";" sorts before ":", so on PostgreSQL a range from "payment:" to "payment;" is empty,
# and every payment looked as if nothing was booked for it.
RANGE_OF_TEXTS = re.compile(r"\bcause (?:<|>)")


def test_the_books_are_checked_without_asking_in_which_order_a_locale_puts_texts(
    database: Database,
) -> None:
    with statements() as asked, db.read() as session:
        assert checks.all_problems(session) == []
    assert any("ledger_transfer.cause" in statement for statement, _said in asked)
    assert not [statement for statement, _said in asked if RANGE_OF_TEXTS.search(statement)]
