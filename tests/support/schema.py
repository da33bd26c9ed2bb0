"""Everything a database says about its own shape, to compare two of them."""

from typing import Any

from sqlalchemy import Connection, inspect

from portal.core.db import Database

VERSIONS = "alembic_version"
TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal"
    ),
}

Shape = dict[str, list[str]]


def shape_of(url: str) -> Shape:
    """Each table's columns, keys, indexes, checks and triggers, as sorted lines."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            inspector = inspect(connection)
            names = [name for name in inspector.get_table_names() if name != VERSIONS]
            shape = {name: sorted(_table(inspector, name)) for name in names}
            for line, table in _triggers(connection):
                shape[table].append(line)
    finally:
        database.dispose()
    return shape


def _table(inspector: Any, name: str) -> list[str]:
    lines = [
        f"column {c['name']} {c['type']!r} null={c['nullable']} default={c['default']}"
        for c in inspector.get_columns(name)
    ]
    key = inspector.get_pk_constraint(name)
    lines.append(f"primary key {key['name']} {key['constrained_columns']}")
    lines += [f"unique {u['name']} {u['column_names']}" for u in _named(inspector, "unique", name)]
    lines += [f"check {c['name']} {c['sqltext']}" for c in _named(inspector, "check", name)]
    lines += [
        f"foreign key {f['name']} {f['constrained_columns']} → "
        f"{f['referred_table']}{f['referred_columns']} {f['options']}"
        for f in inspector.get_foreign_keys(name)
    ]
    lines += [
        f"index {i['name']} {i['column_names']} {i.get('expressions')} unique={i['unique']} "
        f"{ {k: str(v) for k, v in i.get('dialect_options', {}).items()} }"
        for i in inspector.get_indexes(name)
    ]
    return lines


def _named(inspector: Any, kind: str, table: str) -> list[dict[str, Any]]:
    return getattr(inspector, f"get_{kind}_constraints")(table)


def _triggers(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.exec_driver_sql(TRIGGERS[connection.dialect.name])
    return sorted((f"trigger {name}", table) for name, table in rows)
