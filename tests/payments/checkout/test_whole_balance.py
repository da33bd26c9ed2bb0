"""Paying all of a client's bills at once, where one of them has changed (FEATURES L9, M9)."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from payments.billing.actions import void
from payments.billing.models import Bill
from portal.core import db
from tests.factories.billing import BEN, TODAY
from tests.factories.payments import payments
from tests.payments.checkout.documents import CLEO, Counter, told


def test_L9_the_bill_that_cannot_be_paid_any_more_is_named(counter: Counter) -> None:
    """L9, M9: another bill than the one whose page is open was withdrawn; nothing is recorded."""
    old, bill = counter.bill(5_000, due_on=TODAY + timedelta(days=1)), counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    reviewed = payer.review(address, amount="150.00", pays="balance", **CLEO)
    with db.transaction() as session:
        void(session, session.get_one(Bill, old.id), reason="By mistake", by=BEN)
    page = payer.press_submit(reviewed, status=409)
    assert told(page) == (
        f"Bill {old.number}: This was withdrawn. Nothing is owed on it. $100.00 is left to pay now."
    )
    assert page.one("#amount")["value"] == "100.00"
    assert payments() == []


@pytest.fixture
def days_first(app: object) -> Generator[None]:
    """A server whose administrator has set another way to write dates as text."""

    def write_days_first(_connection: object, cursor: Any, statement: str, *_rest: object) -> None:
        if "other_bill" in statement:
            cursor.execute("SET DateStyle TO German")

    event.listen(Engine, "before_cursor_execute", write_days_first)
    yield
    event.remove(Engine, "before_cursor_execute", write_days_first)


@pytest.mark.parametrize("database_kind", ["postgresql"], scope="session")
def test_L9_other_bills_are_read_however_the_server_writes_dates(
    counter: Counter, days_first: None
) -> None:
    """L9: the days of the client's other bills come out as they are."""
    counter.bill(5_000, due_on=TODAY + timedelta(days=1))
    page = counter.payer().get(counter.emailed(counter.bill()))
    (other,) = page.texts(".others li")
    due = TODAY + timedelta(days=1)
    assert f"due {due:%B} {due.day}, {due.year}" in other
