"""check-books says so when a payment from trust and the rest of the books do not fit (M3, S9)."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from payments.billing.models import Bill
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Allocation, Receipt
from portal.core import clock, config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.firm.actions import set_up_firm
from tests.factories.billing import Office, issued, make_office
from tests.payments.receipts.trust_desk import held, pay, problems, reverse
from tests.support.cast import FIRM


@pytest.fixture
def paid(database: Database, settings: Settings) -> TrustTransfer:
    """A standing payment from trust, besides one that was reversed; true books, to be spoiled."""
    config.use(settings)
    with db.transaction() as session:
        set_up_firm(session, FIRM)
    office: Office = make_office()
    bill = issued(office, office.cleo)
    held(office, 30_000)
    reverse(pay(bill, 2_000))
    transfer = pay(bill, 4_000)
    assert problems() == []
    return transfer


def spoil(*statements: Any) -> None:
    with db.transaction() as session:
        for statement in statements:
            session.execute(statement)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"amount_cents": 3_999}, "its receipt says something else"),
        ({"matter_id": 1}, "its receipt says something else"),
        ({"client_id": 2}, "its receipt says something else"),
        ({"public_id": "another"}, "its receipt says something else"),
        ({"undone_at": clock.wall_time(), "undone_by": "x"}, "the books lack one of its two sides"),
        ({"trust_account_id": 3}, "the books hold"),
    ],
)
def test_S9_a_changed_transfer_is_found(
    changed: dict[str, Any], sentence: str, paid: TrustTransfer
) -> None:
    spoil(update(TrustTransfer).where(TrustTransfer.id == paid.id).values(**changed))
    assert any(sentence in one for one in problems()), problems()


def test_S9_a_transfer_whose_money_is_not_on_its_bill_is_found(paid: TrustTransfer) -> None:
    spoil(
        update(Allocation)
        .where(Allocation.receipt_id == paid.receipt_id)
        .values(reversed_cents=1_000),
        update(Receipt).where(Receipt.id == paid.receipt_id).values(applied_cents=3_000),
        update(Bill).where(Bill.id == paid.bill_id).values(applied_cents=3_000),
    )
    found = f"payment from trust {paid.public_id}: 4000 cents left trust, 3000 of them are on its"
    assert any(one.startswith(found) for one in problems()), problems()


def test_S9_a_transfer_that_is_gone_is_found(paid: TrustTransfer) -> None:
    spoil(delete(TrustTransfer).where(TrustTransfer.id == paid.id))
    found = problems()
    assert any("is from trust, and no payment from trust names it" in one for one in found), found
    assert any("their receipts 30000" in one for one in found), found
