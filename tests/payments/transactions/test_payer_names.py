"""Names of payers, as they are kept to be found."""

import pytest

from payments.transactions.models import Payment
from portal.core import db
from tests.payments.transactions.conftest import Till


@pytest.mark.both_databases
def test_a_name_that_grows_when_it_is_folded_does_not_fail_the_payment(books: Till) -> None:
    payment_id = books.attempt(name="ß" * 120, payer_email="sz@client.test")
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
        assert payment.payer_name == "ß" * 120
        assert payment.payer_name_key == "s" * 120
