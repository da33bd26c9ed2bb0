"""Where one request, or one thing that happens by itself, does its work."""

import secrets
from dataclasses import dataclass, field, fields

from payments.sandbox.book import PLATFORM, Book, Due, Json, Record
from payments.sandbox.errors import no_such

# The version of the API that the installed SDK speaks; a test holds the two together.
API_VERSION = "2026-10-28.endive"

DAY_SECONDS = 86_400

PLATFORM_ACCOUNT_ID = "acct_sandboxplatform"


def new_id(prefix: str) -> str:
    """An id shaped like Stripe's: `pi_` and 24 unguessable letters and digits."""
    return f"{prefix}_{secrets.token_hex(12)}"


@dataclass(frozen=True, slots=True)
class Switches:
    """How the sandbox misbehaves on purpose. Percents are 0 to 100; a seed repeats the same luck.

    `balance_transaction_delay_seconds`: how long after a payment its book entry appears
    (`latest_charge.balance_transaction` is null until then). `dispute_delay_seconds`: how long
    after a payment a test dispute is opened.
    """

    duplicate_percent: int = 0
    reorder_percent: int = 0
    drop_percent: int = 0
    seed: int = 0
    balance_transaction_delay_seconds: int = 0
    dispute_delay_seconds: int = 0

    @classmethod
    def read(cls, stored: dict[str, object]) -> "Switches":
        """The stored switches, the defaults where nothing is stored."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: int(str(value)) for name, value in stored.items() if name in known})


@dataclass(slots=True)
class Desk:
    """One account of the processor at one second of business time, within one transaction.

    `at` is in seconds since 1970. `request_id` is None where nobody asked: the bank answered.
    `upload` is the file that came with the request.
    """

    book: Book
    account: str
    at: int
    base_url: str
    switches: Switches = field(default_factory=Switches)
    request_id: str | None = None
    idempotency_key: str | None = None
    upload: bytes | None = None

    def named(self, kind: str, object_id: str, param: str = "id") -> Record:
        """An object of this account. Raises ApiError `resource_missing`."""
        record = self.book.find(self.account, object_id)
        if record is None or record.kind != kind:
            raise no_such(kind, object_id, param)
        return record

    def account_body(self) -> Json:
        """The account that the money goes to."""
        return self.account_record().body

    def account_record(self) -> Record:
        """The stored account; the platform's own is kept under the platform."""
        own_id = PLATFORM_ACCOUNT_ID if self.account == PLATFORM else self.account
        return self.book.get(self.account, own_id)

    def nets_fees(self) -> bool:
        """Whether this account is paid net of the processor's fees, or the platform is billed."""
        account = self.account_record()
        payer = account.body["controller"].get("fees", {}).get("payer", "account")
        return payer == "account" or bool(account.hidden.get("fees_from_account"))

    def schedule(self, after_seconds: int, action: str, object_id: str) -> None:
        """Let something happen by itself, that many seconds of business time from now."""
        self.book.schedule(Due(self.at + after_seconds, self.account, action, object_id))

    def at_account(self, account: str) -> "Desk":
        """The same moment on another account."""
        return Desk(
            self.book,
            account,
            self.at,
            self.base_url,
            self.switches,
            self.request_id,
            self.idempotency_key,
        )
