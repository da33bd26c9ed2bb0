"""A bill or trust request that was withdrawn or paid: nothing of it is left (FEATURES L10)."""

from collections.abc import Callable

import pytest

from payments.billing import actions, trust_actions
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from portal.core import db
from tests.factories.billing import BEN
from tests.factories.payments import CARD_DECLINED, attempt_of, payments
from tests.payments.checkout.documents import CLEO, Counter


def voided(document: Bill | TrustRequest) -> None:
    with db.transaction() as session:
        found = session.get_one(type(document), document.id)
        if isinstance(found, Bill):
            actions.void(session, found, reason="By mistake", by=BEN)
        else:
            trust_actions.void(session, found, reason="By mistake", by=BEN)


@pytest.mark.parametrize("paper", ["document", "bill.pdf"])
def test_L10_the_papers_of_a_void_bill_are_gone(counter: Counter, paper: str) -> None:
    """L10: neither the page nor the PDF serves what was billed, by email, link or code."""
    bill = counter.bill()
    payer = counter.payer()
    addresses = [counter.emailed(bill), counter.copied(bill), counter.coded(bill)]
    for address in addresses:
        assert payer.http.get(f"{address}/{paper}").status_code == 200
    voided(bill)
    for address in addresses:
        page = payer.get(f"{address}/{paper}", status=410)
        assert f"Bill {bill.number} was withdrawn" in page.texts("h1")
        assert "Drafting" not in page.text


@pytest.mark.parametrize("paper", ["document", "trust-request.pdf"])
def test_L10_so_are_those_of_a_void_trust_request(counter: Counter, paper: str) -> None:
    """L10: in the same words."""
    asked = counter.request()
    address = counter.emailed(asked)
    voided(asked)
    page = counter.trust_payer().get(f"{address}/{paper}", status=410)
    assert "Trust request 71 was withdrawn" in page.texts("h1")


def _withdraw(_counter: Counter, bill: Bill, _address: str) -> None:
    voided(bill)


def _pay(counter: Counter, _bill: Bill, address: str) -> None:
    counter.payer().pay(address, amount="100.00", **CLEO)


@pytest.mark.parametrize(
    ("meanwhile", "status", "heading"),
    [(_withdraw, 410, "was withdrawn"), (_pay, 409, "is being paid")],
)
def test_L10_a_declined_review_sent_again_shows_no_form(
    counter: Counter,
    meanwhile: Callable[[Counter, Bill, str], None],
    status: int,
    heading: str,
) -> None:
    """L10, P7: withdrawn or paid by somebody else meanwhile, it is told, with no form to pay by."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    reviewed = payer.review(address, number=CARD_DECLINED, amount="100.00", **CLEO)
    payer.press_submit(reviewed, status=422)
    meanwhile(counter, bill, address)
    tries = len(payments())
    sent = {"attempt": attempt_of(reviewed)}
    page = payer.post(f"{address}/submit", sent, status=status)
    assert f"Bill {bill.number} {heading}" in page.texts("h1")
    assert page.select("#pay-form") == []
    assert len(payments()) == tries
