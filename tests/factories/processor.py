"""What stands in the processor's own books, read past its API."""

from typing import Any

from payments.sandbox.book import PLATFORM, Page
from payments.sandbox.current import sandbox
from payments.sandbox.making import TRUST_ACCOUNT_ID
from tests.factories.payments import CANADA_ACCOUNT_ID

Json = dict[str, Any]

ACCOUNTS = (PLATFORM, TRUST_ACCOUNT_ID, CANADA_ACCOUNT_ID)
EVERYTHING = Page(limit=1_000_000)


def objects(kind: str, account: str | None = None) -> list[Json]:
    """Every object of a kind as the API shows it, oldest first; of one account, or of all."""
    service = sandbox().service
    service.tick()
    with service.store.reading() as book:
        found = [
            record
            for name in (ACCOUNTS if account is None else (account,))
            for record in book.page(name, kind, EVERYTHING)[0]
        ]
    return [record.body for record in sorted(found, key=lambda record: record.seq)]


def charges(*, paid: bool | None = None) -> list[Json]:
    """Every charge that was tried; with `paid`, those that took money, or did not."""
    tried = objects("charge")
    return tried if paid is None else [one for one in tried if one["paid"] is paid]


def net_cents(account: str = PLATFORM) -> int:
    """What the processor owes the account by its own balance transactions, in cents."""
    return sum(one["net"] for one in objects("balance_transaction", account))
