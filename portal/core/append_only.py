"""Tables whose rows are only ever added: triggers on both databases refuse every change."""

from typing import cast

from sqlalchemy import DDL, Table, event

OPERATIONS = ("UPDATE", "DELETE")
REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN "
    "RAISE EXCEPTION '% rows are never changed: reverse instead', TG_TABLE_NAME; "
    "END $$ LANGUAGE plpgsql"
)


def append_only(table: object) -> None:
    """Refuse UPDATE and DELETE on this table. A migration that makes it writes the same triggers
    by hand, and `tests/test_migrations.py` holds the two equal."""
    made = cast(Table, table)
    # DDL() formats its text with %, so a percent sign for the database is written twice.
    function = DDL(REFUSE_CHANGE.replace("%", "%%"))
    event.listen(made, "after_create", function.execute_if(dialect="postgresql"))
    for operation in OPERATIONS:
        sqlite, postgresql = _triggers(made.name, operation)
        event.listen(made, "after_create", DDL(sqlite).execute_if(dialect="sqlite"))
        event.listen(made, "after_create", DDL(postgresql).execute_if(dialect="postgresql"))


def _triggers(table: str, operation: str) -> tuple[str, str]:
    name = f"{table}_no_{operation.lower()}"
    before = f"CREATE TRIGGER {name} BEFORE {operation} ON {table} "
    words = f"{table} rows are never changed: reverse instead"
    return (
        f"{before}BEGIN SELECT RAISE(ABORT, '{words}'); END",
        f"{before}FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    )
