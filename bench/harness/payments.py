"""Many payments at once, written straight into a SQLite file: what they look like, not how made."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from portal.core import clock

STATUSES = ("completed",) * 16 + ("authorized", "authorized", "failed", "canceled")
NAMES = ("Dana Whitfield", "Omar Haddad", "Lucía Prado", "Wei Chen", "Ingrid Olsen", "Sam Poole")
PAYERS = 20_000
COLUMNS = (
    "public_id",
    "reference",
    "status_token",
    "nonce",
    "bank_account_id",
    "amount_cents",
    "currency",
    "method",
    "method_label",
    "status",
    "payer_name",
    "payer_name_key",
    "payer_email",
    "paid_for",
    "payer_reference",
    "language",
    "made_at",
)


def add_payments(file: Path, account_id: int, count: int, first: int = 0) -> None:
    """Add `count` payments numbered from `first`, a minute apart, the newest last."""
    places = ", ".join("?" * len(COLUMNS))
    names = ", ".join(COLUMNS)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        connection.executemany(
            f"INSERT INTO payment ({names}) VALUES ({places})", _rows(account_id, count, first)
        )
    connection.execute("ANALYZE")
    connection.close()


def _rows(account_id: int, count: int, first: int) -> Iterator[tuple[object, ...]]:
    luck = random.Random(first)
    began = (clock.wall_time() - timedelta(minutes=first + count)).replace(tzinfo=None)
    for number in range(first, first + count):
        payer = luck.randrange(PAYERS)
        name = f"{NAMES[payer % len(NAMES)]} {payer}"
        yield (
            f"bench{number}",
            f"B{number:012d}",
            f"status{number}",
            f"nonce{number}",
            # Three accounts of the demo firm; most payments go to the first.
            account_id + luck.choice((0, 0, 0, 1, 2)),
            luck.randrange(1_000, 500_000),
            "USD",
            "card",
            "Visa •••• 4242",
            luck.choice(STATUSES),
            name,
            name.casefold(),
            f"payer{payer}@payers.test",
            "Legal services",
            "",
            "en_US",
            _stored(began + timedelta(minutes=number)),
        )


def _stored(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")
