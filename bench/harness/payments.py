"""Many payments at once, written straight into the table: what they look like, not how made."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import create_engine

from bench.harness.bulk import fill, stored
from portal.core import clock

STATUSES = ("completed",) * 16 + ("authorized", "authorized", "failed", "canceled")
NAMES = ("Dana Whitfield", "Omar Haddad", "Lucía Prado", "Wei Chen", "Ingrid Olsen", "Sam Poole")
# More payments come from more payers, so that a payer's list is as long in any table.
PAYMENTS_PER_PAYER = 20
# One payer pays all the time: over 1,000 times in 100,000 payments.
REGULAR = "Ruth Regular"
REGULAR_EMAIL = "ruth@payers.test"
REGULAR_EVERY = 50
# Of the completed ones: over 1,000 in 100,000 payments.
UNLINKED_EVERY = 33
MINUTE = timedelta(minutes=1)
CLIENT_ID = 1

PAYMENT = (
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
    "receipt_id",
)
RECEIPT = (
    "id",
    "public_id",
    "source",
    "cause",
    "client_id",
    "bank_account_id",
    "currency",
    "amount_cents",
    "applied_cents",
    "received_on",
    "number",
    "note",
    "made_at",
    "made_by",
    "undone_reason",
)

Row = tuple[object, ...]


def add_payments(url: str, account_id: int, count: int) -> datetime:
    """Fill the empty table: `count` payments with ids from 1, a minute apart, the newest last.

    Nearly all that are Completed are linked, to one client. Answers when the first was made.
    """
    from payments.receipts.models import Receipt
    from payments.transactions.models import Payment
    from portal.clients.models import Contact

    engine = create_engine(url)
    began = (clock.wall_time() - MINUTE * count).replace(microsecond=0)
    client = {"public_id": "benchclient", "kind": "person", "name": REGULAR, "name_key": REGULAR}
    client |= {"id": CLIENT_ID, "phone": "", "note": "", "made_at": stored(began)}
    fill(engine, Contact.__table__, tuple(client), [tuple(client.values())])
    fill(engine, Receipt.__table__, RECEIPT, _receipts(account_id, count, began))
    fill(engine, Payment.__table__, PAYMENT, _payments(account_id, count, began))
    engine.dispose()
    return began


def reference(number: int) -> str:
    """The reference of the payment with this number, counted from 0."""
    return f"{number // 10_000:04d}-{number % 10_000:04d}"


def _status(number: int) -> str:
    return STATUSES[number * 13 % len(STATUSES)]


def _linked(number: int) -> bool:
    return number % UNLINKED_EVERY > 0 and _status(number) == "completed"


def _account(first: int, number: int) -> int:
    # Three accounts of the demo firm; most payments go to the first.
    return first + (0, 0, 1, 0, 2)[(number + number // 20) % 5]


def _cents(number: int) -> int:
    return 1_000 + number * 37 % 499_000


def _receipts(account_id: int, count: int, began: datetime) -> Iterator[Row]:
    linked = (number for number in range(count) if _linked(number))
    for receipt_id, number in enumerate(linked, 1):
        made_at = stored(began + MINUTE * number)
        yield (
            receipt_id,
            f"bench{number:010d}",
            "payment",
            f"payment:{number:08x}",
            CLIENT_ID,
            _account(account_id, number),
            "USD",
            _cents(number),
            0,
            made_at[:10],
            "",
            "",
            made_at,
            "bench",
            "",
        )


def _payments(account_id: int, count: int, began: datetime) -> Iterator[Row]:
    payers = max(1, count // PAYMENTS_PER_PAYER)
    luck, receipts = random.Random(count), 0
    for number in range(count):
        payer = number * 7_919 % payers
        name, email = f"{NAMES[payer % len(NAMES)]} {payer}", f"payer{payer}@payers.test"
        if number % REGULAR_EVERY == 0:
            name, email = REGULAR, REGULAR_EMAIL
        receipts += _linked(number)
        yield (
            # In order for the loading's sake, and no easier to compress than a real one.
            f"{number:08x}{luck.getrandbits(64):016x}",
            reference(number),
            f"status{number:010d}",
            f"nonce{number:010d}",
            _account(account_id, number),
            _cents(number),
            "USD",
            "card",
            "Visa •••• 4242",
            _status(number),
            name,
            name.casefold(),
            email,
            "Legal services",
            "",
            "en_US",
            stored(began + MINUTE * number),
            receipts if _linked(number) else None,
        )
