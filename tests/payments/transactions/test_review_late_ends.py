"""What a payment comes to after its money seemed safe: late returns, cancels, odd settlements."""

from dataclasses import replace

import pytest

from payments.gateway.results import IntentStatus, MethodKind
from payments.ledger.models import AccountKind
from payments.ledger.queries import totals
from payments.transactions.states import Status
from portal.core import db
from portal.notifications.queries import open_alerts
from tests.payments.transactions.conftest import Till


def alert_kinds() -> list[str]:
    with db.read() as session:
        return [alert.kind for alert in open_alerts(session)]


@pytest.mark.both_databases
def test_M7_an_echeck_disputed_after_it_completed_is_returned_and_leaves_the_books(
    books: Till,
) -> None:
    payment_id = books.bring_to(Status.COMPLETED, method=MethodKind.BANK)
    late = replace(books.snapshot(payment_id, IntentStatus.SUCCEEDED), disputed=True)
    assert books.show(payment_id, late) is Status.RETURNED
    with db.read() as session:
        unlinked = totals(session, books.payment(payment_id).bank_account_id)[AccountKind.UNLINKED]
    assert unlinked.posted_cents == 0
    assert "disputed" not in alert_kinds()


@pytest.mark.both_databases
def test_M5_an_authorized_echeck_that_is_canceled_is_called_off(books: Till) -> None:
    payment_id = books.bring_to(Status.AUTHORIZED, method=MethodKind.BANK)
    canceled = books.snapshot(payment_id, IntentStatus.CANCELED)
    assert books.show(payment_id, canceled) is Status.CANCELED
    with db.read() as session:
        by_kind = totals(session, books.payment(payment_id).bank_account_id)
    assert {balance.pending_cents for balance in by_kind.values()} == {0}


def test_a_payment_settled_in_another_currency_does_not_complete(books: Till) -> None:
    payment_id = books.bring_to(Status.AUTHORIZED)
    shown = books.snapshot(payment_id, IntentStatus.SUCCEEDED)
    entry = replace(books.entry(payment_id, fee_cents=755), currency="CAD")
    assert books.show(payment_id, replace(shown, balance_entry=entry)) is Status.AUTHORIZED
    assert alert_kinds() == ["settled_otherwise"]
