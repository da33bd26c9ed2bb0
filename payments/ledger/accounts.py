"""Naming a ledger account, and finding or opening it."""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from payments.ledger.models import FLOORED, AccountKind, LedgerAccount, LedgerBalance


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


def find(session: Session, key: AccountKey) -> int | None:
    """The id of the account, None while nothing was ever booked on it."""
    return session.scalar(select(LedgerAccount.id).where(LedgerAccount.key == str(key)))


def find_or_open(session: Session, key: AccountKey) -> int:
    """The id of the account, opened with a balance of zero where it does not exist yet."""
    found = find(session, key)
    if found is not None:
        return found
    sqlite = session.get_bind().dialect.name == "sqlite"
    statement = (
        (sqlite_insert if sqlite else postgresql_insert)(LedgerAccount)
        .values(
            key=str(key),
            kind=key.kind,
            currency=key.currency,
            bank_account_id=key.bank_account_id,
            client_id=key.client_id,
            matter_id=key.matter_id,
            bill_id=key.bill_id,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(LedgerAccount.id)
    )
    opened = session.execute(statement).scalar_one_or_none()
    if opened is None:  # another transaction opened it meanwhile, and has committed
        return session.execute(
            select(LedgerAccount.id).where(LedgerAccount.key == str(key))
        ).scalar_one()
    session.execute(
        insert(LedgerBalance).values(
            account_id=opened,
            floored=key.kind in FLOORED,
            posted_cents=0,
            pending_cents=0,
            held_cents=0,
        )
    )
    return opened
