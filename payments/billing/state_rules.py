"""The states of bills and trust requests, held by the database too (FEATURES D1, D2).

Void is final, what was issued is never a draft again, and a number once given never changes.
"""

from typing import cast

from sqlalchemy import DDL, Table, event

_REFUSED = (
    "OLD.status = 'void' AND NEW.status <> 'void'"
    " OR OLD.number IS NOT NULL AND NEW.number {differs} OLD.number"
    " OR OLD.number IS NOT NULL AND NEW.status IN ('draft', 'awaiting_approval')"
)
_WORDS = "void is final, and what was issued keeps its number"
_ON_SQLITE = _REFUSED.format(differs="IS NOT")
_ON_POSTGRESQL = _REFUSED.format(differs="IS DISTINCT FROM")
REFUSE_STATE = (
    "CREATE OR REPLACE FUNCTION refuse_state() RETURNS trigger AS $$ BEGIN "
    f"RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'check_violation'; "
    "END $$ LANGUAGE plpgsql"
)


def hold_states(table: object) -> None:
    """Refuse the steps above on this table. A migration that makes it writes the same triggers, and
    `tests/test_migrations.py` holds the two equal."""
    made = cast(Table, table)
    function = DDL(REFUSE_STATE)
    event.listen(made, "after_create", function.execute_if(dialect="postgresql"))
    for dialect in ("sqlite", "postgresql"):
        trigger = DDL(state_trigger(made.name, dialect))
        event.listen(made, "after_create", trigger.execute_if(dialect=dialect))


def state_trigger(table: str, dialect: str) -> str:
    """The statement that makes the trigger."""
    before = f"CREATE TRIGGER {table}_states BEFORE UPDATE ON {table} FOR EACH ROW "
    if dialect == "sqlite":
        return f"{before}WHEN {_ON_SQLITE} BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    return f"{before}WHEN ({_ON_POSTGRESQL}) EXECUTE FUNCTION refuse_state()"
