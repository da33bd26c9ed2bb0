"""What somebody else who pays a client's bill is told of it: nothing (FEATURES M12)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.factories.payments import BANK_CLOSED, CARD_ASKS, the_payment
from tests.payments.checkout.documents import CLEO, Counter
from tests.support.languages import EVERY_LANGUAGE, offer
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
AUNT: dict[str, Any] = {"name": "Aunt May", "email": "may@aunt.test", "third_party": "yes"}


def test_M12_their_lasting_page_neither_names_the_bill_nor_leads_to_it(
    counter: Counter, run_jobs: RunJobs, advance: Advance
) -> None:
    """M12: while it is on its way and when it is complete, with a rest of the bill still open."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.copied(bill)
    status = payer.pay(address, amount="60.00", **AUNT)
    page = payer.get(status.address)
    advance(timedelta(days=3))
    run_jobs()
    for told in (page, payer.get(status.address)):
        assert "$60.00" in told
        assert f"Bill {bill.number}" not in told.text
        assert "$40.00" not in told.text
        assert address not in told.body
    own = payer.pay(address, amount="10.00", **CLEO)
    assert f"Bill {bill.number}" in own
    assert address in own.body


def test_M12_no_email_leads_them_to_the_bill(
    counter: Counter, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    """M12, M7: their bank returned the payment: they ask the firm how else to pay."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    status = payer.pay(address, method="bank", number=BANK_CLOSED, amount="100.00", **AUNT)
    for _days in range(3):
        advance(timedelta(days=3))
        run_jobs()
    assert the_payment().status in ("failed", "returned")
    letters = [one.text for one in outbox.to(AUNT["email"])]
    assert len(letters) >= 2
    assert not any(address in letter or f"Bill {bill.number}" in letter for letter in letters)
    assert f"Bill {bill.number}" not in payer.get(status.address).text


def test_M12_a_try_that_failed_leads_back_to_its_page(
    counter: Counter, run_jobs: RunJobs, advance: Advance
) -> None:
    """M12, P7: whoever did not answer the bank can try again, and learns no number by it."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    reviewed = payer.review(address, number=CARD_ASKS, amount="100.00", **AUNT)
    payer.press_submit(reviewed, status=200)
    page = payer.get(f"/payments/{the_payment().status_token}")
    assert address not in page.body
    advance(timedelta(hours=2))
    run_jobs()
    assert the_payment().status == "canceled"
    page = payer.get(page.address)
    assert page.select(f"a[href='{address}']") != []
    assert f"Bill {bill.number}" not in page.text


def test_B3_what_was_paid_is_stored_in_the_firms_words_and_told_in_the_payers(
    counter: Counter,
) -> None:
    """B3: staff read English whatever the payer reads; the payer's pages say it in French."""
    offer(EVERY_LANGUAGE)
    bill, asked = counter.bill(), counter.request()
    payer, address = counter.payer(), counter.emailed(bill, "fr_CA")
    reviewed = payer.review(address, amount="100,00", **CLEO)
    status = payer.get(payer.press_submit(reviewed).headers["HX-Redirect"])
    assert the_payment().paid_for == f"Bill {bill.number}"
    for page in (reviewed, status):
        assert f"Facture {bill.number}" in page.text.replace("\u00a0", " ")
        assert f"Bill {bill.number}" not in page.text
    trust = counter.trust_payer()
    reviewed = trust.review(counter.emailed(asked, "fr_CA"), amount="500,00", **CLEO)
    assert "Trust request" not in reviewed.text
