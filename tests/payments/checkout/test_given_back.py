"""What payers and clients see and read of a refund or a dispute (FEATURES M5, M6, M12, N4)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from payments.transactions.disputed import Dispute
from portal.core import db
from tests.factories.payments import BANK_WORKS, the_payment
from tests.payments.checkout.documents import CLEO, Counter
from tests.payments.checkout.portal import PortalPayer, Till, open_till, pay_page
from tests.payments.checkout.test_portal_paying import TYPED
from tests.support.cast import Cast
from tests.support.outbox import Outbox, Sent
from tests.support.page import Page

Later = Callable[..., None]
LIST = "/staff/online-payments/transactions"
REFUND_FAILS = "4000000000005126"
DISPUTED = "4000000000000259"
AUNT: dict[str, Any] = {"name": "Aunt May", "email": "may@aunt.test", "third_party": "yes"}
ADA, MAY, CLEOS = "ada@harlow.test", AUNT["email"], CLEO["email"]


def refund(cast: Cast, amount: str | None = None, why: str = "Agreed with Ana") -> Page:
    """Ana refunds the one payment, all of it or some."""
    address = f"{LIST}/{the_payment().public_id}/refund"
    shown = cast.ana.get(f"{address}?amount={amount}" if amount else address)
    return cast.ana.submit(shown, "Refund", reason=why)


def ended(state: str) -> None:
    """The one dispute has ended so."""
    with db.transaction() as session:
        session.execute(update(Dispute).values(state=state))


def letters(outbox: Outbox, address: str, about: str) -> list[Sent]:
    return [one for one in outbox.to(address) if about in one.subject]


def test_M6_payer_and_firm_are_emailed_and_the_lasting_page_tells(
    counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    bill = counter.bill()
    payer = counter.payer()
    status = payer.pay(counter.emailed(bill), amount="100.00", **CLEO)
    later()
    outbox.clear()
    assert "$30.00 was refunded. The payer is emailed." in refund(cast, "30.00")
    later(1)
    (mine,) = letters(outbox, CLEOS, "refund")
    assert mine.subject == "Your refund from Harlow & Reyes"
    assert "Harlow & Reyes LLP refunds $30.00 of your payment." in mine
    assert "Visa •••• 4242" in mine
    assert "Agreed with Ana" not in mine
    (theirs,) = letters(outbox, ADA, "refunded")
    assert theirs.subject == f"Payment {the_payment().reference} was refunded in part"
    for told in ("$30.00 goes back to Cleo Vance.", "Reason: Agreed with Ana", "are owed again"):
        assert told in theirs
    page = payer.get(status.address)
    assert page.texts("#payment-status .badge") == ["Completed", "Partly refunded"]
    (told,) = page.texts("#given-back p")
    assert told.startswith("$30.00 was refunded to Visa •••• 4242 on ")
    assert f"$30.00 of Bill {bill.number} is left to pay." in page
    assert "Part of this payment was given back." in payer.get(f"{status.address}/receipt")


def test_M6_all_of_it_refunded_is_told_so(
    counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    payer = counter.payer()
    status = payer.pay(counter.emailed(counter.bill()), amount="100.00", **CLEO)
    later()
    outbox.clear()
    refund(cast)
    later(1)
    (theirs,) = letters(outbox, ADA, "refunded")
    assert theirs.subject.endswith("was refunded")
    page = payer.get(status.address)
    assert page.texts("h1") == ["Your payment was refunded"]
    assert page.texts("#payment-status .badge") == ["Completed", "Refunded"]
    assert "operating account" not in page.one("#payment-status .next-steps").text


def test_M6_a_refund_that_fails_later_is_told_to_both(
    counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    bill, payer = counter.bill(), counter.payer()
    status = payer.pay(counter.emailed(bill), number=REFUND_FAILS, amount="100.00", **CLEO)
    later()
    refund(cast)
    later(8)
    (mine,) = letters(outbox, CLEOS, "did not arrive")
    assert "$100.00 of your payment" in mine
    (theirs,) = letters(outbox, ADA, "refund of payment")
    assert theirs.subject.endswith("failed")
    assert "The money is with the firm again" in theirs
    page = payer.get(status.address)
    assert page.texts("#payment-status .badge") == ["Completed"]
    assert "could not be paid out" in page.one("#given-back").text
    with db.read() as session:
        assert session.get_one(type(bill), bill.id).balance.cents == 0


def test_M12_somebody_else_who_paid_reads_of_their_refund_and_of_no_bill(
    counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    bill, payer = counter.bill(), counter.payer()
    status = payer.pay(counter.copied(bill), amount="60.00", **AUNT)
    later()
    outbox.clear()
    refund(cast, why=f"Bill {bill.number} was paid by Cleo's matter 1")
    later(1)
    (hers,) = letters(outbox, MAY, "refund")
    assert "$60.00" in hers
    assert outbox.to(CLEOS) == []
    for told in (hers.text, hers.html, payer.get(status.address).text):
        for secret in (f"Bill {bill.number}", "Cleo", "matter"):
            assert secret not in told


def test_N4_no_one_means_that_nobody_at_the_firm_is_emailed_of_a_refund(
    counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    settings = cast.ada.get("/staff/settings/payment-notifications")
    cast.ada.submit(settings, "Save changes", target="no-one")
    counter.payer().pay(counter.emailed(counter.bill()), amount="100.00", **CLEO)
    later()
    outbox.clear()
    refund(cast)
    later(1)
    assert letters(outbox, CLEOS, "refund") != []
    assert outbox.to(ADA) == []


def test_N4_no_one_means_an_alert_on_screen_and_no_email_of_a_dispute(
    counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    settings = cast.ada.get("/staff/settings/payment-notifications")
    cast.ada.submit(settings, "Save changes", target="no-one")
    outbox.clear()
    counter.payer().pay(counter.emailed(counter.bill()), number=DISPUTED, amount="100.00", **CLEO)
    later(10)
    assert outbox.to(ADA) == []
    alerts = cast.ada.get("/staff/alerts").texts("#alerts tbody tr")
    assert [one for one in alerts if the_payment().reference in one] != []


def test_M5_a_bank_refund_is_on_its_way_first(counter: Counter, cast: Cast, later: Later) -> None:
    payer = counter.payer()
    status = payer.pay(
        counter.emailed(counter.bill()), method="bank", number=BANK_WORKS, amount="100.00", **CLEO
    )
    later(8)
    refund(cast)
    page = payer.get(status.address)
    assert page.texts("#payment-status .badge") == ["Completed"]
    assert "$100.00 is being refunded to" in page.one("#given-back").text
    later(8)
    assert payer.get(status.address).texts("#payment-status .badge") == ["Completed", "Refunded"]


def test_M5_what_is_disputed_says_so_to_its_payer(
    counter: Counter, cast: Cast, later: Later
) -> None:
    payer = counter.payer()
    status = payer.pay(counter.emailed(counter.bill()), number=DISPUTED, amount="100.00", **CLEO)
    later()
    page = payer.get(status.address)
    assert page.texts("h1") == ["Your payment is disputed"]
    assert page.texts("#payment-status .badge") == ["Completed", "Disputed"]
    refused = cast.ana.get(f"{LIST}/{the_payment().public_id}/refund")
    assert "disputes this payment" in refused.one("#refund-obstacle").text
    listed = cast.ana.get(LIST)
    assert listed.texts("#transactions-table .badge")[:2] == ["Completed", "Disputed"]


@pytest.mark.parametrize(
    ("state", "mark", "heading", "sentence"),
    [
        ("won", "Dispute won", "Your payment is complete", "the money went back to the firm."),
        (
            "lost",
            "Dispute lost",
            "The dispute about your payment is over",
            "the payer keeps the money.",
        ),
    ],
)
def test_M5_M7_beside_who_won_stands_who_has_the_money(
    counter: Counter, later: Later, state: str, mark: str, heading: str, sentence: str
) -> None:
    payer = counter.payer()
    status = payer.pay(counter.emailed(counter.bill()), number=DISPUTED, amount="100.00", **CLEO)
    later()
    ended(state)
    page = payer.get(status.address)
    assert page.texts("h1") == [heading]
    assert page.texts("#payment-status .badge") == ["Completed", mark]
    assert page.texts("#given-back p") == [f"The dispute is over: {sentence}"]


class TestPortal:
    """The client's own history."""

    @pytest.fixture
    def till(self, counter: Counter) -> Till:
        return open_till(counter)

    @pytest.fixture
    def cleo(self, till: Till) -> PortalPayer:
        return till.browser()

    def test_M5_a_clients_history_tells_what_was_given_back(
        self, till: Till, cleo: PortalPayer, cast: Cast, later: Later
    ) -> None:
        _bill, address = till.bill()
        cleo.press_submit(cleo.review(pay_page(cleo, address), **{**TYPED, "amount": "100.00"}))
        later()
        refund(cast, "25.00")
        cleo = till.browser()
        row = cleo.get("/portal/payments").one(".money-row")
        assert "Partly refunded" in row.text
        assert "$25.00 refunded" in row.text.replace("\xa0", " ")
        refund(cast)
        assert "Refunded" in cleo.get("/portal/payments").one(".money-row").text

    def test_M5_M7_a_clients_history_tells_who_has_the_money_of_a_dispute(
        self, till: Till, cleo: PortalPayer, later: Later
    ) -> None:
        _bill, address = till.bill()
        reviewed = cleo.review(
            pay_page(cleo, address), **{**TYPED, "amount": "100.00"}, number=DISPUTED
        )
        cleo.press_submit(reviewed)
        later()
        for state, told in (("won", "went back to the firm"), ("lost", "payer keeps the money")):
            ended(state)
            row = till.browser().get("/portal/payments").one(".money-row")
            assert f"Dispute {state}" in row.text
            assert told in row.text
