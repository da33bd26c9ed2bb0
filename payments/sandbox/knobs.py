"""What the staff's **Sandbox** page shows of the processor, and lets happen there."""

from dataclasses import dataclass
from datetime import UTC, datetime

from payments.sandbox.accounts import Terms, choose_terms, terms_of
from payments.sandbox.book import Record
from payments.sandbox.desk import PLATFORM_ACCOUNT_ID
from payments.sandbox.disputes import Complaint, complaints_about, dispute_charge
from payments.sandbox.service import SandboxService

PAYMENTS_MAX = 30


@dataclass(frozen=True, slots=True)
class PaymentThere:
    """A payment that went through, as the processor has it. It knows no client and no matter.

    `payment_id` is the product's name for it, if it has one. `complaints` are what its payer can
    tell the bank now: nothing once it was disputed, sent back or given back in whole.
    """

    charge_id: str
    account: str
    payment_id: str
    amount_cents: int
    currency: str
    made_at: datetime
    is_card: bool
    last4: str
    disputed: bool
    complaints: tuple[Complaint, ...]


@dataclass(frozen=True, slots=True)
class AccountThere:
    """An account connected to the firm's own, and the terms it is on."""

    account_id: str
    name: str
    terms: Terms


def payments_there(service: SandboxService) -> list[PaymentThere]:
    """The latest payments that went through, on every account, newest first."""
    service.tick()
    with service.store.reading() as book:
        names = {account.account: _name(account) for account in book.everywhere("account", 100)}
        paid = book.everywhere("charge", PAYMENTS_MAX, status="succeeded")
    return [_payment(charge, names[charge.account]) for charge in paid]


def accounts_there(service: SandboxService) -> list[AccountThere]:
    """The accounts connected to the firm's own, in the order in which they were opened."""
    with service.store.reading() as book:
        accounts = book.everywhere("account", 100)
    return [
        AccountThere(account.object_id, _name(account), terms_of(account))
        for account in reversed(accounts)
        if account.object_id != PLATFORM_ACCOUNT_ID
    ]


def complain(service: SandboxService, charge_id: str, complaint: Complaint) -> bool | None:
    """The payer goes to the bank. False where nothing can be taken back, None where there is no
    such payment, or none that this could be said of."""
    service.tick()
    charge = _find(service, "charge", charge_id)
    if charge is None or complaint not in complaints_about(charge.body):
        return None
    with service.writing(charge.account or None) as desk:
        return dispute_charge(desk, desk.book.get(desk.account, charge_id), complaint)


def put_on_terms(service: SandboxService, account_id: str, terms: Terms) -> bool:
    """Put a connected account on other terms; False where there is no such account."""
    account = _find(service, "account", account_id)
    if account is None or account_id == PLATFORM_ACCOUNT_ID:
        return False
    with service.writing(account_id) as desk:
        choose_terms(desk, terms)
    return True


def _find(service: SandboxService, kind: str, object_id: str) -> Record | None:
    with service.store.reading() as book:
        return book.anywhere(kind, object_id)


def _name(account: Record) -> str:
    return account.body["business_profile"]["name"]


def _payment(charge: Record, account: str) -> PaymentThere:
    body = charge.body
    kind = body["payment_method_details"]["type"]
    left = body["amount"] - body["amount_refunded"]
    return PaymentThere(
        charge_id=charge.object_id,
        account=account,
        payment_id=body["metadata"].get("payment_id") or "",
        amount_cents=body["amount"],
        currency=body["currency"].upper(),
        made_at=datetime.fromtimestamp(charge.created, UTC),
        is_card=kind == "card",
        last4=body["payment_method_details"][kind]["last4"],
        disputed=body["disputed"],
        complaints=complaints_about(body) if left and not body["disputed"] else (),
    )
