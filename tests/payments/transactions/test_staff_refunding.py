"""**Refund** on a payment's page: shown whole before it is made, and refused in words (M6)."""

import pytest

from payments.gateway.errors import InvalidRequest, Unavailable
from payments.gateway.results import MethodKind, RefundStatus
from payments.ledger.models import AccountKind
from payments.transactions.refunded import RefundState
from payments.transactions.states import Status
from tests.payments.receipts.trust_desk import pay as pay_from_trust
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import now
from tests.payments.transactions.giving_back import (
    WHY,
    Processor,
    page_of,
    refund,
    refunding_at,
    refunds,
)
from tests.payments.transactions.practice import Practice, held, open_practice, problems
from tests.support.cast import Cast
from tests.support.page import Page

CENTS = 25_000


@pytest.fixture
def practice(till: Till) -> Practice:
    """Cleo and Sol with matters, at a firm that takes payments."""
    return open_practice(till)


@pytest.fixture
def stripe(till: Till, monkeypatch: pytest.MonkeyPatch) -> Processor:
    """Makes every refund that it is asked for."""
    return refunding_at(till, monkeypatch)


def rows(page: Page, table: str) -> list[list[str]]:
    """What stands in the body of a table, cell by cell."""
    return [
        [cell.get_text(" ", strip=True).replace("\xa0", " ") for cell in row.select("th, td")]
        for row in page.select(f"{table} tbody tr")
    ]


def test_M6_all_of_a_payment_is_refunded_and_its_bills_are_owed_again_newest_first(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    older = practice.bill(practice.cleo, (0, 15_000), due=10)
    newer = practice.bill(practice.cleo, (0, 8_000), due=20)
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo))
    asked = cast.ana.click(cast.ana.get(page_of(till, payment_id)), "Refund")
    assert asked.one("#amount")["value"] == "250.00"
    shown = rows(asked, "#refund-bills")
    assert [(line[0], line[2], line[3]) for line in shown] == [
        (str(newer.number), "$80.00", "$80.00"),
        (str(older.number), "$150.00", "$150.00"),
    ]
    assert "$20.00 leaves the credit of Cleo Vance" in asked
    page = cast.ana.submit(asked, "Refund", reason=WHY)
    assert "$250.00 was refunded. The payer is emailed." in page
    assert page.texts("#payment .badge")[:2] == ["Completed", "Refunded"]
    (line,) = rows(page, "#payment-refunds")
    assert (line[1], line[3], line[5]) == ("Refunded", WHY, "$250.00")
    assert "Refunded to the payer" in page.one("#payment-books").get_text()
    assert page.select("#refund-payment") == []
    assert [now(one).balance.cents for one in (older, newer)] == [15_000, 8_000]
    assert [new.amount_cents for new in stripe.asked] == [CENTS]
    assert problems() == []


def test_M6_a_part_is_shown_first_and_the_rest_can_follow(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    bill = practice.bill(practice.cleo, (0, CENTS))
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo))
    shown = refund(cast.ana, till, payment_id, amount="40.25", status=409)
    assert "Nothing was refunded yet" in shown
    assert shown.one("#amount")["value"] == "40.25"
    assert shown.one("#reason").get_text().strip() == WHY
    assert [line[2] for line in rows(shown, "#refund-bills")] == ["$40.25"]
    assert "$209.75 of the payment stays." in shown
    assert stripe.asked == []
    page = cast.ana.submit(shown, "Refund")
    assert page.texts("#payment .badge")[:2] == ["Completed", "Partly refunded"]
    assert now(bill).balance.cents == 4_025
    assert "$40.25 of it was given back or taken back already." in cast.ana.click(page, "Refund")
    assert "$209.75 was refunded" in refund(cast.ana, till, payment_id)
    assert [one.cents for one in refunds()] == [4_025, 20_975]
    assert now(bill).balance.cents == CENTS
    assert problems() == []


def test_M6_what_changes_the_amount_is_previewed_in_place(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo))
    address = f"{page_of(till, payment_id)}/refund"
    headers = {"HX-Request": "true", "HX-Target": "refund-preview"}
    part = cast.ana.http.get(f"{address}?amount=100", headers=headers).get_data(as_text=True)
    assert "$100.00" in part
    assert "$150.00 of the payment stays." in part.replace("\xa0", " ")
    assert "<h1" not in part
    wrong = cast.ana.http.get(f"{address}?amount=250.01", headers=headers).get_data(as_text=True)
    assert "At most $250.00 can be refunded now." in wrong
    assert 'name="expected"' not in wrong


def test_M6_from_trust_only_what_the_client_has_there(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, kind="trust", cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo))
    practice.cheque(practice.sol, 90_000, kind="trust", number="7", apply=False)
    bill = practice.bill(practice.cleo, (0, 15_000))
    pay_from_trust(bill, 15_000)
    asked = cast.ana.click(cast.ana.get(page_of(till, payment_id)), "Refund")
    assert asked.one("#amount")["value"] == "100.00"
    assert "$100.00 leaves the trust ledger of Cleo Vance." in asked
    refused = cast.ana.submit(asked, "Refund", reason=WHY, amount="100.01", status=422)
    assert "At most $100.00 can be refunded now." in refused
    assert "$100.00 was refunded" in cast.ana.submit(asked, "Refund", reason=WHY)
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert held(AccountKind.CLIENT_TRUST, practice.sol) == {None: 90_000}
    nothing = cast.ana.get(f"{page_of(till, payment_id)}/refund")
    assert "Nothing of it is available in the trust ledger of Cleo Vance" in nothing
    assert problems() == []


def test_M6_one_that_is_linked_to_nobody_is_refunded_too(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    shown = cast.ana.click(cast.ana.get(page_of(till, payment_id)), "Refund")
    assert "belongs to no client yet, so no bill changes" in shown
    page = cast.ana.submit(shown, "Refund", reason=WHY)
    assert "Refunded" in page.texts("#payment .badge")
    assert "Unlinked" not in page.texts("#payment .badge")
    assert problems() == []


def test_M6_one_that_the_processor_refuses_is_told_and_nothing_has_changed(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    bill = practice.bill(practice.cleo, (0, CENTS))
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo))
    stripe.trouble = InvalidRequest("charge_disputed")
    page = refund(cast.ana, till, payment_id)
    assert "Stripe refused the refund: nothing was given back." in page
    assert rows(page, "#payment-refunds")[0][1] == "Refund failed"
    assert page.texts("#payment .badge")[0] == "Completed"
    assert "Refunded" not in page.texts("#payment .badge")
    assert now(bill).balance.cents == 0
    assert problems() == []


def test_M6_one_that_cannot_be_sent_now_waits_and_is_not_offered_again(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    stripe.trouble = Unavailable("no answer", outcome_unknown=True)
    page = refund(cast.ana, till, payment_id)
    assert "Stripe has not answered yet." in page
    assert rows(page, "#payment-refunds")[0][1] == "Being sent"
    assert page.select("#refund-payment") == []
    assert "Set aside for a refund that is on its way" in page


def test_M6_one_that_fails_later_stands_in_its_history_and_the_money_is_here_again(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    bill = practice.bill(practice.cleo, (0, CENTS))
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS, method=MethodKind.BANK)
    practice.link(payment_id, practice.target(practice.cleo))
    stripe.status = RefundStatus.PENDING
    page = refund(cast.ana, till, payment_id)
    assert rows(page, "#payment-refunds")[0][1] == "On its way"
    assert "Refunded" not in page.texts("#payment > .row .badge")
    failed = stripe.shown(stripe.asked[0], RefundStatus.FAILED, "account_closed")
    stripe.shows(payment_id, failed)
    page = cast.ana.get(page_of(till, payment_id))
    (line,) = rows(page, "#payment-refunds")
    assert line[1] == "Refund failed"
    assert "account is closed. The money is with the firm again." in line[2]
    assert page.link("Refund")
    assert now(bill).balance.cents == 0
    assert refunds()[0].state == RefundState.FAILED
    assert problems() == []


def test_M6_the_page_keeps_itself_up_to_date(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    stripe.status = RefundStatus.PENDING
    page = refund(cast.ana, till, payment_id)
    poll = str(page.one("#payment")["hx-get"])
    assert cast.ana.http.get(poll, headers={"HX-Request": "true"}).status_code == 204
    stripe.shows(payment_id, stripe.shown(stripe.asked[0], RefundStatus.SUCCEEDED))
    fresh = cast.ana.http.get(poll, headers={"HX-Request": "true"})
    assert fresh.status_code == 200
    assert "Refunded" in fresh.get_data(as_text=True)


def test_M6_the_page_of_a_bill_leads_to_the_refund_of_what_paid_it(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    bill = practice.bill(practice.cleo, (0, CENTS))
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo))
    listed = cast.ana.get(f"/staff/bills/{bill.public_id}/payments")
    asked = cast.ana.get(listed.link(f"Refund Payment {till.payment(payment_id).reference}"))
    assert asked.address.endswith(f"{page_of(till, payment_id)}/refund")
    cast.ana.submit(asked, "Refund", reason=WHY)
    assert "No payment was applied" in cast.ana.get(f"/staff/bills/{bill.public_id}/payments")
    assert "Refund" not in cast.ben.get(f"/staff/bills/{bill.public_id}/payments").text
