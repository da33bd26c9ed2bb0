"""What the tests of **Pay from trust** ask for again and again."""

from dataclasses import dataclass
from typing import Any

from payments.accounts.models import BankAccount
from payments.billing.models import Bill
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind
from payments.ledger.queries import balance
from payments.receipts import paying_from_trust
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.trust_ledgers import Choice, choice
from payments.transactions import checks
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from tests.factories.billing import Office
from tests.payments.receipts.desk import ANA, received


def held(office: Office, cents: int, nth: int | None = None, **said: Any) -> None:
    """Cash of Cleo's in the trust account: her own, or for her nth matter."""
    matter = office.cleo.matters[nth] if nth is not None else None
    account = said.pop("account", office.accounts.trust)
    received(office, cents, account=account, matter_id=matter, **said)


def of(bill: Bill) -> Choice:
    """The ledgers that may pay this bill now."""
    with db.read() as session:
        return choice(session, session.get_one(Bill, bill.id), NOTHING_CLOSED)


@dataclass(frozen=True)
class Shown:
    """A plan that somebody has seen, and is about to confirm."""

    bill: str
    key: str
    cents: int
    mark: str


def shown(bill: Bill, cents: int, nth: int = 0) -> Shown:
    """What the page shows for so much from the nth ledger offered."""
    found = of(bill)
    key = found.ledgers[nth].key
    with db.read() as session:
        now = session.get_one(Bill, bill.id)
    plan = paying_from_trust.planned(now, found, key, cents)
    return Shown(bill.public_id, key, cents, plan.fingerprint)


def confirm(one: Shown, note: str = "") -> TrustTransfer:
    """Press the button."""
    with db.transaction() as session:
        return paying_from_trust.pay(
            session,
            one.bill,
            ledger_key=one.key,
            amount_cents=one.cents,
            note=note,
            expected=one.mark,
            by=ANA,
            closed=NOTHING_CLOSED,
        )


def pay(bill: Bill, cents: int, nth: int = 0, note: str = "") -> TrustTransfer:
    """Look at the plan and press the button."""
    return confirm(shown(bill, cents, nth), note)


def reverse(transfer: TrustTransfer, reason: str = "Wrong bill") -> None:
    """Take a payment from trust back."""
    with db.transaction() as session:
        paying_from_trust.reverse(
            session, transfer.public_id, reason=reason, by=ANA, closed=NOTHING_CLOSED
        )


def stands(kind: AccountKind, account: BankAccount, **owner: int | None) -> int:
    """Cents that stand in one account of the books."""
    with db.read() as session:
        return balance(session, AccountKey(kind, account.id, "USD", **owner)).posted_cents


def problems() -> list[str]:
    """What `flask check-books` would print."""
    with db.read() as session:
        return checks.all_problems(session)
