"""The store box from the emailed bill to the stored method (FEATURES P3, P4, P5, L2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from payments.methods.models import StoredMethod
from payments.transactions.states import Status
from portal.core import db
from tests.factories.methods import path_of
from tests.factories.payments import (
    BANK_CLOSED,
    CARD_ASKS,
    CARD_DECLINED,
    TYPED,
    attempt_of,
    books_problems,
    the_payment,
)
from tests.factories.processor import objects
from tests.payments.checkout.documents import CLEO, Counter, open_counter
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.support.page import Page

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
TICKED: dict[str, Any] = {"store": "on"}
BOX = "input[name=store]"


@pytest.fixture
def counter(app: Flask, cast: Cast) -> Counter:
    """A firm that takes payments on bills and trust requests."""
    return open_counter(app)


def stored() -> list[StoredMethod]:
    with db.read() as session:
        return list(session.scalars(select(StoredMethod).order_by(StoredMethod.id)))


def kept_at_processor() -> list[str]:
    return [one["id"] for one in objects("payment_method") if one["customer"] is not None]


def words_of(reviewed: Page) -> str:
    return " ".join(reviewed.one("#store-words").get_text().split())


def test_P5_a_ticked_box_stores_the_card_that_paid_the_bill(
    counter: Counter, app: Flask, outbox: Outbox, run_jobs: RunJobs
) -> None:
    address, payer = counter.emailed(counter.bill()), counter.payer()
    reviewed = payer.review(address, amount="100.00", **CLEO)
    assert not reviewed.one(BOX).has_attr("checked")
    payer.press_submit(reviewed, **TICKED)
    run_jobs()
    (method,) = stored()
    assert (method.client_id, method.label) == (counter.office.cleo.id, "Visa •••• 4242")
    assert method.bank_account_id == counter.office.accounts.operating.id
    assert method.cause == f"payment:{the_payment().public_id}"
    assert method.consent_text == words_of(reviewed)
    assert (method.consent_ip, method.consent_agent) == (payer.ip_address, "Test browser")
    assert kept_at_processor() == [method.processor_method_id]
    (told,) = [one for one in outbox.to(CLEO["email"]) if "is stored" in one.subject]
    assert told.links[0].endswith(path_of(method))
    assert books_problems(app) == []


def test_P5_an_empty_box_stores_nothing(counter: Counter, run_jobs: RunJobs) -> None:
    payer = counter.payer()
    payer.pay(counter.emailed(counter.bill()), amount="100.00", **CLEO)
    run_jobs()
    assert the_payment().status == Status.AUTHORIZED
    assert stored() == kept_at_processor() == objects("customer") == []


def test_P5_a_trust_request_stores_for_trust_alone(counter: Counter, run_jobs: RunJobs) -> None:
    address, payer = counter.emailed(counter.request()), counter.trust_payer()
    reviewed = payer.review(address, amount="500.00", **CLEO)
    assert "paid into its trust account" in words_of(reviewed)
    payer.press_submit(reviewed, **TICKED)
    run_jobs()
    (method,) = stored()
    assert method.bank_account_id == counter.office.accounts.trust.id


def test_P4_P5_an_echeck_stores_its_bank_account_once_whatever_becomes_known_later(
    counter: Counter, outbox: Outbox, run_jobs: RunJobs, advance: Advance
) -> None:
    payer = counter.payer()
    how: dict[str, Any] = {"method": "bank", "number": "000123456789", "amount": "100.00", **CLEO}
    reviewed = payer.review(counter.emailed(counter.bill()), **how)
    assert "I authorize" in words_of(reviewed)
    payer.press_submit(reviewed, **TICKED)
    run_jobs()
    (method,) = stored()
    assert (method.kind, method.consent_text) == ("bank", words_of(reviewed))
    (mandate,) = objects("mandate")
    assert mandate["type"] == "multi_use"
    advance(timedelta(days=8))
    assert the_payment().status == Status.COMPLETED
    assert [one.id for one in stored()] == [method.id]
    assert len([one for one in outbox.emails if "is stored" in one.subject]) == 1


def test_P7_a_declined_card_is_not_stored(counter: Counter, run_jobs: RunJobs) -> None:
    payer = counter.payer()
    reviewed = payer.review(
        counter.emailed(counter.bill()), number=CARD_DECLINED, amount="100.00", **CLEO
    )
    payer.press_submit(reviewed, status=422, **TICKED)
    run_jobs()
    assert stored() == kept_at_processor() == []


def test_P5_a_card_that_asks_is_stored_once_its_owner_has_answered(
    counter: Counter, run_jobs: RunJobs
) -> None:
    payer = counter.payer()
    reviewed = payer.review(
        counter.emailed(counter.bill()), number=CARD_ASKS, amount="100.00", **CLEO
    )
    question = payer.press_submit(reviewed, status=200, **TICKED)
    assert stored() == []
    payer.answer_bank(question, "approve")
    run_jobs()
    (method,) = stored()
    assert kept_at_processor() == [method.processor_method_id]


def test_P5_an_echeck_that_comes_back_leaves_its_stored_account_to_be_deleted(
    counter: Counter, cast: Cast, run_jobs: RunJobs, advance: Advance
) -> None:
    payer = counter.payer()
    how: dict[str, Any] = {"method": "bank", "number": BANK_CLOSED, "amount": "100.00", **CLEO}
    payer.press_submit(payer.review(counter.emailed(counter.bill()), **how), **TICKED)
    advance(timedelta(days=3))
    assert the_payment().status == Status.RETURNED
    (method,) = stored()
    cast.sol.submit(cast.sol.get(path_of(method)), "Delete this payment method")
    run_jobs()
    assert kept_at_processor() == []


def test_L2_a_copied_link_offers_no_box_and_a_forged_one_stores_nothing(
    counter: Counter, run_jobs: RunJobs
) -> None:
    payer = counter.payer()
    typed: dict[str, Any] = {**TYPED, "amount": "100.00"}
    reviewed = payer.review(counter.copied(counter.bill()), **typed)
    assert reviewed.select(BOX) == []
    payer.press_submit(reviewed, **TICKED)
    run_jobs()
    assert the_payment().status == Status.AUTHORIZED
    assert stored() == kept_at_processor() == objects("customer") == []


def test_L2_a_review_of_an_emailed_bill_stores_nothing_on_a_copied_link(
    counter: Counter, run_jobs: RunJobs
) -> None:
    bill, payer = counter.bill(), counter.payer()
    reviewed = payer.review(counter.emailed(bill), amount="100.00", **CLEO)
    forged = {"attempt": attempt_of(reviewed), **TICKED}
    payer.post(f"{counter.copied(bill)}/submit", forged, htmx=True, status=422)
    run_jobs()
    assert stored() == kept_at_processor() == []


def test_M12_somebody_else_who_pays_is_not_asked_to_store(
    counter: Counter, run_jobs: RunJobs
) -> None:
    payer = counter.payer()
    typed: dict[str, Any] = {**CLEO, "third_party": "yes", "amount": "100.00"}
    reviewed = payer.review(counter.emailed(counter.bill()), **typed)
    assert reviewed.select(BOX) == []
    payer.press_submit(reviewed, **TICKED)
    run_jobs()
    assert stored() == kept_at_processor() == []
