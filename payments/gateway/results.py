"""Frozen answers of the processor. Amounts are integer minor units (cents); times are aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class MethodKind(StrEnum):
    """How a payer pays: by card, or by eCheck from a US bank account (FEATURES P2)."""

    CARD = "card"
    BANK = "bank"


class IntentStatus(StrEnum):
    """Where the processor stands with a payment (https://docs.stripe.com/payments/paymentintents/lifecycle)."""

    NEEDS_METHOD = "needs_method"
    NEEDS_CONFIRMATION = "needs_confirmation"
    NEEDS_ACTION = "needs_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


UNCONFIRMED = frozenset({IntentStatus.NEEDS_METHOD, IntentStatus.NEEDS_CONFIRMATION})
"""Nobody has paid by it or stored a method by it so far."""


@dataclass(frozen=True, slots=True)
class ProcessorAccount:
    """One account at the processor: our own (`account_id` None), or one connected to it."""

    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What the page needs to draw the processor's fields."""

    publishable_key: str
    account_id: str | None
    script_url: str


@dataclass(frozen=True, slots=True)
class MethodPreview:
    """What the payer chose, to be shown on the review page. Never a full number."""

    kind: MethodKind
    last4: str
    brand: str = ""  # card brand, in the processor's word ("visa")
    funding: str = ""  # "credit", "debit", "prepaid"
    country: str = ""
    bank_name: str = ""
    holder_name: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class GatewayMethod:
    """A card or bank account that the processor keeps, as it is now. Never a full number.

    `customer_id` is empty where it is attached to nobody: such a one can never be charged again.
    """

    method_id: str
    customer_id: str
    preview: MethodPreview
    expires_month: int | None = None
    expires_year: int | None = None


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """The processor's book entry for a payment. It kept `fee_cents` of `amount_cents`."""

    entry_id: str
    amount_cents: int
    fee_cents: int
    currency: str
    available: bool
    available_at: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a payment did not go through: the processor's code, and the bank's R-code if any."""

    code: str
    network_code: str = ""


class RefundStatus(StrEnum):
    """Where the processor stands with a refund (https://docs.stripe.com/api/refunds/object)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """A refund as it is now. `ours` is the name that we gave it, empty where others made it."""

    refund_id: str
    amount_cents: int
    currency: str
    status: RefundStatus
    created_at: datetime
    failure: str = ""  # the processor's code of why it failed
    ours: str = ""


class DisputeStatus(StrEnum):
    """Where a dispute stands (https://docs.stripe.com/api/disputes/object): an inquiry moves no
    money; what is closed or prevented ended without moving any."""

    INQUIRY = "inquiry"
    OPEN = "open"
    REVIEW = "review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """A dispute as it is now. `out_cents` is what has left the account by it and not come back,
    `fee_cents` what the processor keeps for it and has not given back."""

    dispute_id: str
    amount_cents: int
    currency: str
    status: DisputeStatus
    created_at: datetime
    out_cents: int
    fee_cents: int = 0
    reason: str = ""
    network_code: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """A snapshot of one payment at the processor, as it is now.

    `refunds` and `disputes` are all that it has, oldest first.
    """

    intent_id: str
    status: IntentStatus
    amount_cents: int
    currency: str
    livemode: bool
    created_at: datetime
    method: MethodPreview | None = None
    charge_id: str | None = None
    balance_entry: BalanceEntry | None = None
    failure: Failure | None = None
    disputed: bool = False
    refunded_cents: int = 0
    refunds: tuple[GatewayRefund, ...] = ()
    disputes: tuple[GatewayDispute, ...] = ()
    client_secret: str = field(default="", repr=False)  # lets its bearer pay: never in a log
    action: str = ""  # "authenticate" or "verify_deposits" while status is NEEDS_ACTION
    verify_url: str = ""  # the processor's page for small test deposits
    stored: GatewayMethod | None = None  # the method, once the processor keeps it for a customer
    payer_email: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatewaySetup:
    """A snapshot of a method being stored without a payment, as it is now (FEATURES P8).

    `stored` is the method once the processor keeps it; `action` and `verify_url` as of a payment.
    """

    setup_id: str
    status: IntentStatus
    created_at: datetime
    failure: Failure | None = None
    client_secret: str = field(default="", repr=False)  # never in a log
    action: str = ""
    verify_url: str = ""
    stored: GatewayMethod | None = None


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A hint that something changed at the processor. The object is always read again."""

    event_id: str
    type: str
    account_id: str | None
    livemode: bool
    created_at: datetime
    object_id: str
    intent_id: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One setting of a processor account that decides whether trust money is safe there (M4).

    `setting` is our name for it ("fee_payer", "payout_account", "negative_debits"), `found` what
    was read, in the processor's word and empty where it tells none; `safe` our judgment.
    """

    setting: str
    found: str
    safe: bool


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """Whether an account can take money now. `problems` are sentences for staff, or none.
    `findings` are what a trust account's preflight reads (FEATURES M4).

    `account_id` is the id the processor has for it, also where it was asked for without one; it
    is empty where the processor shows no account.
    """

    connected: bool
    account_id: str = ""
    country: str = ""
    currency: str = ""
    problems: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund to be made. `name` is ours; it becomes the idempotency key and the metadata."""

    name: str
    intent_id: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class NewPayment:
    """An intent to be made. `payment_id` is ours; it becomes the idempotency key and the metadata,
    beside `marks`, by which a payment can be told as ours (payments/transactions/found.py).

    `methods` are the kinds that may pay; `statement_suffix` names no matter (FEATURES M13).
    `customer_id` is from `ensure_customer`, for a payer who lets the firm keep the method.
    """

    payment_id: str
    amount_cents: int
    currency: str
    methods: tuple[MethodKind, ...]
    description: str
    statement_suffix: str = ""
    customer_id: str = ""
    marks: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class NewSetup:
    """A setup to be made. `try_id` is ours and becomes the idempotency key, `request_id` the
    metadata; `customer_id` is from `ensure_customer`."""

    try_id: str
    request_id: str
    customer_id: str
    methods: tuple[MethodKind, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """The payer's approval of a bank withdrawal, as the processor wants it proved."""

    ip_address: str
    user_agent: str
