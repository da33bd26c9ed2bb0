"""Online payments → Transactions, as the people of the firm see it."""

import pytest

from payments.transactions.states import Status
from portal.core import db
from tests.payments.transactions.conftest import Till
from tests.support.cast import Cast

LIST = "/staff/online-payments/transactions"


def test_S1_a_payment_stands_in_transactions_as_authorized_once_it_is_submitted(
    cast: Cast, till: Till
) -> None:
    payment = till.payment(till.bring_to(Status.AUTHORIZED, name="Cleo Vance", cents=123_456))
    page = cast.ben.get(LIST)
    (row,) = page.texts("#transactions-table tbody tr")
    for shown in ("Cleo Vance", "cleo@client.test", "The Vance lease", payment.reference):
        assert shown in row
    assert "$1,234.56" in row
    assert "Harlow operating" in row
    assert "Visa ending 4242" in row
    assert "Authorized" in row
