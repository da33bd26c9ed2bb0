"""Naming ledger accounts, and finding or opening them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from payments.ledger.models import FLOORED, AccountKind, LedgerAccount, LedgerBalance
from portal.core import db


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Which account of the books: no two bank accounts, clients or matters ever share one."""

    kind: AccountKind
    bank_account_id: int
    currency: str
    client_id: int | None = None
    matter_id: int | None = None
    bill_id: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.bank_account_id}", self.kind.value]
        for letter, value in (("c", self.client_id), ("m", self.matter_id), ("b", self.bill_id)):
            if value is not None:
                parts.append(f"{letter}{value}")
        return ":".join(parts)


# Statements are built once: building one costs several times what running it does.
_IDS = select(LedgerAccount.key, LedgerAccount.id).where(
    LedgerAccount.key.in_(bindparam("keys", expanding=True))
)
_INSERT = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}
_OPEN = {
    dialect: insert(LedgerAccount).on_conflict_do_nothing(index_elements=["key"])
    for dialect, insert in _INSERT.items()
}
_OPEN_BALANCE = {
    dialect: insert(LedgerBalance).on_conflict_do_nothing(index_elements=["account_id"])
    for dialect, insert in _INSERT.items()
}


def find_or_open(session: Session, keys: Collection[AccountKey]) -> dict[AccountKey, int]:
    """The ids of the accounts; those that do not exist yet are opened with a balance of zero."""
    connection = db.writing(session)
    by_key = {str(key): key for key in keys}
    found = _ids(connection, list(by_key))
    missing = sorted(by_key.keys() - found.keys())  # in one order, so that two never wait crosswise
    if missing:
        rows = [_row(key, by_key[key]) for key in missing]
        connection.execute(_OPEN[connection.dialect.name], rows)
        opened = _ids(connection, missing)
        balances = [_zero(opened[key], by_key[key]) for key in missing]
        connection.execute(_OPEN_BALANCE[connection.dialect.name], balances)
        found |= opened
    return {by_key[key]: id for key, id in found.items()}


def _ids(connection: Connection, names: list[str]) -> dict[str, int]:
    return {row.key: row.id for row in connection.execute(_IDS, {"keys": names})}


def _row(name: str, key: AccountKey) -> dict[str, str | int | None]:
    return {
        "key": name,
        "kind": key.kind,
        "currency": key.currency,
        "bank_account_id": key.bank_account_id,
        "client_id": key.client_id,
        "matter_id": key.matter_id,
        "bill_id": key.bill_id,
    }


def _zero(account_id: int, key: AccountKey) -> dict[str, int | bool]:
    return {
        "account_id": account_id,
        "floored": key.kind in FLOORED,
        "posted_cents": 0,
        "pending_cents": 0,
        "held_cents": 0,
    }
