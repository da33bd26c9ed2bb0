"""What is paid on a pay page, and into which account: one shape for links and for documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from payments.accounts.models import AccountKind
from payments.accounts.settings import PROCESSOR_CENTS_MIN
from payments.billing.handed_out import Channel
from payments.billing.models import BillStatus
from payments.links.queries import LinkTarget

PROCESSOR_CENTS_MAX = 99_999_999
"""The most that one payment can be at the processor: eight digits of cents
(https://docs.stripe.com/api/payment_intents/object#payment_intent_object-amount)."""


_EMAILED = frozenset({Channel.EMAIL, Channel.CHARGE})


class What(StrEnum):
    """What the address of a pay page names."""

    ACCOUNT = "account"
    BILL = "bill"
    TRUST_REQUEST = "trust_request"


@dataclass(frozen=True, slots=True)
class Due:
    """One bill or trust request as its payer sees it: nothing of matters. Cents.

    `version` counts its changes: whoever pays has seen just this one (FEATURES M9).
    """

    id: int
    number: int
    issued_on: date
    due_on: date
    open_cents: int
    version: int


@dataclass(frozen=True, slots=True)
class Document:
    """A bill or trust request that is paid by an address of its own, as it stands now.

    `others` are the client's other bills that nothing is under way for (FEATURES L9). `name`,
    `address` and `language` are those of whoever it was emailed to; empty for copied links.
    `waits`: a try by this address waits for the payer's bank, and may be started again.
    `contact_id` is the client for whom an address of the portal opens.
    """

    due: Due
    client_id: int
    status: BillStatus
    total_cents: int
    paid_cents: int
    reserved_cents: int
    part_min_cents: int
    channel: Channel
    name: str
    address: str
    language: str
    others: tuple[Due, ...] = ()
    waits: bool = False
    public_id: str = ""
    contact_id: int | None = None

    @property
    def in_portal(self) -> bool:
        """Whether this address opens for one signed-in client alone (FEATURES D7)."""
        return self.channel is Channel.PORTAL

    @property
    def by_client(self) -> bool:
        """Whether the signed-in client is the one who owes it, and not somebody beside them."""
        return self.in_portal and self.contact_id == self.client_id

    @property
    def beside_client(self) -> bool:
        """Whether somebody beside the client is signed in: they always pay for someone else, and
        the client's other bills are not theirs to know (FEATURES M12, C15)."""
        return self.in_portal and self.contact_id != self.client_id

    @property
    def balance_cents(self) -> int:
        """All that the client can pay here: this one and the other bills."""
        return self.due.open_cents + sum(other.open_cents for other in self.others)

    def pays(self, balance: bool) -> Iterator[Due]:
        """What a payment goes to, in the order of payment: oldest first (FEATURES L9)."""
        dues = [self.due, *self.others] if balance else [self.due]
        return iter(sorted(dues, key=lambda due: (due.due_on, due.issued_on, due.number)))


@dataclass(frozen=True, slots=True)
class PayTarget:
    """What a pay page needs to know. Amounts are cents of `currency`.

    A `retired` one takes no payment, nor does one whose account is not `connected`, nor any while
    the firm has turned online payments off (`online`, FEATURES P1). `document` is none for the
    link of an account, whose payer names any amount within its limits (L4).
    """

    what: What
    link_id: int
    token: str
    account_id: int
    public_label: str
    kind: AccountKind
    currency: str
    processor_account: str | None
    connected: bool
    online: bool
    link_min_cents: int = 0
    link_max_cents: int = 0
    retired: bool = False
    document: Document | None = None

    @property
    def stores(self) -> bool:
        """What was emailed may store a payment method, and the portal of the client whose method
        it will be; never a link or code (FEATURES P5, L2)."""
        document = self.document
        return document is not None and (document.channel in _EMAILED or document.by_client)

    @property
    def in_portal(self) -> bool:
        """Whether this page opens for one signed-in client alone (FEATURES D7)."""
        return self.document is not None and self.document.in_portal

    def open_cents(self, balance: bool = False) -> int:
        """The most that can be paid here at once: of the one document, or of the whole balance."""
        if self.document is None:
            return self.link_max_cents
        owed = self.document.balance_cents if balance else self.document.due.open_cents
        return min(owed, PROCESSOR_CENTS_MAX)

    def least_cents(self, balance: bool = False) -> int:
        """The least: a rest that is smaller than the firm's minimum is paid whole (FEATURES P2)."""
        if self.document is None:
            return self.link_min_cents
        least = max(self.document.part_min_cents, PROCESSOR_CENTS_MIN)
        return min(least, self.open_cents(balance))

    @property
    def too_small(self) -> bool:
        """Whether so little is open that the processor takes no payment of it (FEATURES P2)."""
        return self.document is not None and self.document.due.open_cents < PROCESSOR_CENTS_MIN

    def leaves_too_little(self, shares: Iterable[tuple[int, int, int]]) -> bool:
        """Whether these shares leave of one document a rest that nobody can pay online (P2)."""
        if self.document is None:
            return False
        open_cents = {due.id: due.open_cents for due in self.document.pays(balance=True)}
        rests = [open_cents.get(one, cents) - cents for one, cents, _version in shares]
        return any(0 < rest < PROCESSOR_CENTS_MIN for rest in rests)

    def shares(self, cents: int, balance: bool) -> tuple[tuple[int, int, int], ...]:
        """Which document gets how many of these cents, oldest first: (id, cents, version)."""
        if self.document is None:
            return ()
        shares: list[tuple[int, int, int]] = []
        for due in self.document.pays(balance):
            part = min(cents, due.open_cents)
            if part > 0:
                shares.append((due.id, part, due.version))
            cents -= part
        return tuple(shares)


def of_account(link: LinkTarget) -> PayTarget:
    """The pay page of a bank account's own link (FEATURES L4)."""
    return PayTarget(
        what=What.ACCOUNT,
        link_id=link.link_id,
        token=link.token,
        account_id=link.account_id,
        public_label=link.public_label,
        kind=link.kind,
        currency=link.currency,
        processor_account=link.processor_account,
        connected=link.connected,
        online=link.online,
        link_min_cents=link.link_min_cents,
        link_max_cents=link.link_max_cents,
        retired=link.retired,
    )
