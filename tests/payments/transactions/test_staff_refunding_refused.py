"""What **Refund** refuses, and in which words; who may press it (M6, N8, N9)."""

import pytest

from payments.gateway.results import MethodKind
from payments.transactions.states import Status
from portal.clients.models import Matter
from portal.clients.restricting import restrict
from portal.core import db
from portal.firm.groups import GroupDetails, add_group
from tests.factories.disputes import disputed
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.giving_back import (
    WHY,
    Processor,
    page_of,
    refund,
    refunding_at,
    refunds,
)
from tests.payments.transactions.practice import Practice, open_practice
from tests.support.cast import PASSWORD, Cast
from tests.support.signing_in import after

CENTS = 25_000


@pytest.fixture
def practice(till: Till) -> Practice:
    """Cleo and Sol with matters, at a firm that takes payments."""
    return open_practice(till)


@pytest.fixture
def stripe(till: Till, monkeypatch: pytest.MonkeyPatch) -> Processor:
    """Makes every refund that it is asked for."""
    return refunding_at(till, monkeypatch)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "0"}, "Enter an amount above zero."),
        ({"amount": "-5"}, "Enter an amount like 1,250.00."),
        ({"amount": "much"}, "Enter an amount like 1,250.00."),
        ({"amount": ""}, "Enter an amount like 1,250.00."),
        ({"amount": "250.01"}, "At most $250.00 can be refunded now."),
        ({"amount": "1e99"}, "Enter an amount like 1,250.00."),
        ({"reason": ""}, "Say why it is refunded. The reason is kept."),
        ({"reason": "x" * 501}, "Keep the reason under 500 characters."),
    ],
)
def test_M6_what_cannot_be_refunded_is_told_beside_its_field(
    cast: Cast,
    till: Till,
    practice: Practice,
    stripe: Processor,
    typed: dict[str, str],
    sentence: str,
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    page = refund(cast.ana, till, payment_id, **typed, status=422)
    (field,) = typed
    assert sentence in page.one(f"#{field}-error").get_text()
    kept = page.one(f"#{field}")
    assert (kept.get("value") or kept.get_text().strip()) == typed[field] or not typed[field]
    assert refunds() == []
    assert stripe.asked == []


def test_M6_a_refund_is_confirmed_once_more_by_whoever_makes_it(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    """A borrowed browser could do lasting harm (DESIGN "Sign-in and surfaces")."""
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    asked = cast.ana.click(cast.ana.get(page_of(till, payment_id)), "Refund")
    with after(minutes=11):
        page = cast.ana.submit(asked, "Refund", reason=WHY, status=422)
        assert page.texts("h1") == ["Confirm that it is you"]
        assert stripe.asked == []
        page = cast.ana.submit(page, "Confirm", proof_password=PASSWORD)
    assert "$250.00 was refunded" in page
    assert refunds()[0].reason == WHY


def test_M6_pressed_twice_it_is_made_once(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    asked = cast.ana.click(cast.ana.get(page_of(till, payment_id)), "Refund")
    shown = cast.ana.submit(asked, "Refund", reason=WHY, amount="100.00", status=409)
    cast.ana.submit(shown, "Refund")
    again = cast.ana.submit(shown, "Refund", status=409)
    assert "Nothing was refunded yet. The payment or its bills have changed" in again
    assert "$100.00 of it was given back or taken back already." in again
    assert [new.amount_cents for new in stripe.asked] == [10_000]
    late = cast.ana.submit(asked, "Refund", reason=WHY, status=422)
    assert "At most $150.00 can be refunded now." in late


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.AUTHORIZED, "This payment is not completed."),
        (Status.PENDING, "This payment is not completed."),
        (Status.FAILED, "This payment is not completed."),
        (Status.RETURNED, "took this payment back"),
    ],
)
def test_M6_only_money_that_is_there_is_refunded(
    cast: Cast, till: Till, stripe: Processor, status: Status, sentence: str
) -> None:
    payment_id = till.bring_to(status)
    assert cast.ana.get(page_of(till, payment_id)).select("#refund-payment") == []
    page = cast.ana.get(f"{page_of(till, payment_id)}/refund")
    assert sentence in page.one("#refund-obstacle").get_text()
    token = cast.ana.get(page_of(till, till.bring_to(Status.COMPLETED)) + "/refund")
    sent = {"csrf_token": str(token.one("#refund-form [name=csrf_token]")["value"]), "amount": "1"}
    refused = cast.ana.post(
        f"{page_of(till, payment_id)}/refund", {**sent, "reason": WHY}, status=409
    )
    assert sentence in refused
    assert stripe.asked == []


@pytest.mark.parametrize(
    ("method", "sentence"),
    [(MethodKind.CARD, "disputes this payment"), (MethodKind.BANK, "took this payment back")],
)
def test_M6_M7_one_that_its_bank_takes_back_meanwhile_is_not_refunded(
    cast: Cast, till: Till, practice: Practice, stripe: Processor, method: MethodKind, sentence: str
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS, method=method)
    asked = cast.ana.click(cast.ana.get(page_of(till, payment_id)), "Refund")
    if method is MethodKind.CARD:
        disputed(till, payment_id)
    else:
        till.fail(payment_id)
    assert sentence in cast.ana.submit(asked, "Refund", reason=WHY, status=409)
    assert (refunds(), stripe.asked) == ([], [])


def test_M6_N9_who_has_not_the_accounts_level_is_offered_no_refund(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    assert cast.ben.get(page_of(till, payment_id)).select("#refund-payment") == []
    cast.ben.get(f"{page_of(till, payment_id)}/refund", status=403)
    typed = {"csrf_token": cast.ben.csrf_token(), "amount": "1", "reason": WHY}
    cast.ben.post(f"{page_of(till, payment_id)}/refund", typed, status=403)
    assert (refunds(), stripe.asked) == ([], [])


def test_N8_what_also_paid_a_bill_that_is_closed_to_somebody_is_not_theirs_to_refund(
    cast: Cast, till: Till, practice: Practice, stripe: Processor
) -> None:
    practice.bill(practice.cleo, (0, 9_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo))
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by="user:tester")
        restrict(session, session.get_one(Matter, practice.cleo.matters[0]), [group.id])
    page = cast.ana.get(f"{page_of(till, payment_id)}/refund")
    assert "paid bills that are not shown to you" in page
    assert page.select("form#refund-form") == []
