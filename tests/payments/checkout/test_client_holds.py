"""What a signed-in client reads of their trust money that is on hold (M8, C16)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from payments.billing.models import Bill
from payments.receipts.holds import held_until
from payments.receipts.models import Receipt
from payments.receipts.trust_ledgers import Choice, choice
from portal.access.actions import remove_participant
from portal.access.queries import participants
from portal.clients.access import NOTHING_CLOSED
from portal.core import clock, db
from tests.factories.payments import BANK_WORKS, books_problems, the_payment
from tests.payments.checkout.documents import Counter
from tests.payments.checkout.portal import PortalPayer, Till, open_till, pay_page
from tests.payments.checkout.test_client_money import BILLS, PANEL, TRUST, pay
from tests.payments.checkout.test_portal_paying import TYPED
from tests.support.cast import FIRM


@pytest.fixture
def till(counter: Counter) -> Till:
    return open_till(counter)


def paid(till: Till, advance: Callable[[timedelta], int], until: timedelta) -> PortalPayer:
    """Cleo, whose trust request was paid: on hold until so long from now."""
    cleo = till.browser(trust=True)
    _asked, address = till.request()
    pay(cleo, address, "500.00")
    advance(timedelta(days=5))
    with db.transaction() as session:
        session.execute(update(Receipt).values(held_until=clock.now() + until))
    return cleo


def test_M8_C16_the_client_reads_what_is_available_and_what_is_on_hold(
    till: Till, advance: Callable[[timedelta], int]
) -> None:
    cleo = paid(till, advance, timedelta(days=3))
    page = cleo.get(TRUST)
    assert page.one("#held-total").text == "$500.00"
    assert page.one("#trust-available").text == "$0.00 is available."
    (line,) = page.texts("#trust-on-hold li")
    assert line.startswith("$500.00 is on hold until ")
    for place in (PANEL, BILLS):
        told = cleo.get(place, htmx=place == PANEL).one("#held-on-hold").text
        assert told.startswith("$500.00 of it on hold until ")
    advance(timedelta(days=3, seconds=1))
    page = cleo.get(TRUST)
    assert page.select("#trust-on-hold, #trust-available") == []
    assert cleo.get(PANEL, htmx=True).select("#held-on-hold") == []


def test_M8_D2_a_request_paid_by_echeck_pays_bills_once_its_hold_is_over(
    till: Till, advance: Callable[[timedelta], int]
) -> None:
    """From the pay page to **Pay from trust**: five whole banking days after Completed."""
    cleo = till.browser(trust=True)
    _asked, address = till.request()
    typed: dict[str, Any] = {**TYPED, "amount": "500.00", "method": "bank"}
    cleo.press_submit(cleo.review(pay_page(cleo, address), number=BANK_WORKS, **typed))
    while the_payment().completed_at is None:
        advance(timedelta(days=1))
    completed_at, until = the_payment().completed_at, the_payment().held_until
    assert completed_at is not None
    assert until == held_until(completed_at, 5, FIRM.timezone)
    bill, _address = till.bill()
    found = offered(bill)
    assert (found.ledgers, [one.cents for one in found.on_hold]) == ([], [50_000])
    assert "$500.00 is on hold until" in cleo.get(TRUST).text
    assert until is not None
    advance(until - clock.now() + timedelta(seconds=1))
    found = offered(bill)
    assert [one.available_cents for one in found.ledgers] == [50_000]
    assert found.on_hold == []
    assert books_problems(till.app) == []


def offered(bill: Bill) -> Choice:
    with db.read() as session:
        return choice(session, session.get_one(Bill, bill.id), NOTHING_CLOSED)


def test_M8_C16_what_is_on_hold_for_a_matter_whose_portal_they_left_is_not_told(
    till: Till, advance: Callable[[timedelta], int]
) -> None:
    paid(till, advance, timedelta(days=3))
    with db.transaction() as session:
        here = participants(session, till.cleo.matters[0])
        theirs = next(one for one in here if one.contact_id == till.cleo.id)
        remove_participant(session, theirs, till.ben)
    page = till.browser().get(TRUST)
    assert page.select("#trust-on-hold") == []
    assert the_payment().reference not in page.text
