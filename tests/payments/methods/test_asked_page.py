"""Storing a method that the firm has asked for, on the emailed page (FEATURES P8)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.accounts.demo import DemoAccounts
from payments.accounts.settings import set_online_payments
from payments.gateway.current import gateway
from payments.methods.models import MethodRequest, StoredMethod
from payments.methods.requests import withdraw
from payments.methods.standing import chargeable
from payments.sandbox.current import sandbox
from payments.sandbox.deposits import verify_microdeposits
from payments.sandbox.transport import Fault
from payments.webhooks.reconciler import read_open_setups
from portal.core import db
from tests.factories.asked import ADDRESS, Storer, as_now, ask_for, page_of
from tests.factories.payments import BANK_WORKS, CARD_ASKS, CARD_DECLINED, attempt_of
from tests.factories.processor import charges, objects
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]


def methods() -> list[StoredMethod]:
    with db.read() as session:
        return list(session.scalars(select(StoredMethod)))


def kept_at_the_processor() -> list[str]:
    return [one["id"] for one in objects("payment_method") if one["customer"]]


def test_P8_a_card_is_stored_with_its_consent_and_no_money_is_taken(
    storer: Storer, asked: MethodRequest, accounts: DemoAccounts, outbox: Outbox, run_jobs: RunJobs
) -> None:
    opened = storer.get(storer.link)
    for shown in ("No money is taken now", "operating account", "Harlow & Reyes"):
        assert shown in opened
    review = storer.review_method()
    assert "Visa" in review
    assert "future bills, trust requests and payment plans" in review
    storer.press_store(review)
    after = storer.get(storer.link)
    assert after.texts("h1") == ["Your payment method is stored"]
    (method,) = methods()
    assert (method.client_id, method.bank_account_id) == (asked.client_id, accounts.operating.id)
    assert method.cause == f"request:{asked.public_id}"
    assert "4242" in method.consent_text
    assert (method.consent_ip, method.consent_agent) == (storer.ip_address, "Test browser")
    assert as_now(asked).method_id == method.id
    assert charges() == []
    with db.read() as session:
        assert [one.id for one in chargeable(session, asked.client_id, accounts.operating.id)] == [
            method.id
        ]
    run_jobs()
    letters = [one.subject for one in outbox.to(ADDRESS)]
    assert letters == [
        "Harlow & Reyes asks you to store a payment method",
        "Your payment method is stored with Harlow & Reyes",
    ]


def test_P8_looking_stores_nothing_and_sets_no_cookie(storer: Storer, asked: MethodRequest) -> None:
    for ask in ("GET", "HEAD", "GET"):
        storer.ask(ask, storer.link)
    assert as_now(asked).setup_id is None
    assert objects("setup_intent") == []


def test_P8_pressed_twice_and_from_another_tab_it_is_stored_once(
    storer: Storer, asked: MethodRequest
) -> None:
    first, other = storer.review_method(), storer.review_method()
    storer.press_store(first)
    storer.press_store(first)
    storer.press_store(other)
    assert len(methods()) == len(kept_at_the_processor()) == 1
    assert storer.review_method(status=409).texts("h1") == ["Your payment method is stored"]


def test_P7_a_card_that_is_refused_says_so_and_another_can_be_stored(
    storer: Storer, asked: MethodRequest, run_jobs: RunJobs
) -> None:
    review = storer.review_method(number=CARD_DECLINED)
    answer = storer.press_store(review, status=422)
    (said,) = answer.texts("#pay-problem li")
    assert "bank refused" in said
    assert "Nothing was stored." in said
    assert answer.one("input[name=name]")["value"] == "Cleo Vance"
    assert (as_now(asked).setup_id, as_now(asked).consent_text) == (None, "")
    run_jobs()
    # The browser could have held the secret by which another card is confirmed.
    assert [one["status"] for one in objects("setup_intent")] == ["canceled"]
    storer.store()
    assert [one.last4 for one in methods()] == ["4242"]


@pytest.mark.parametrize("outcome", ["approve", "refuse"])
def test_P8_a_bank_that_asks_is_answered_first(
    storer: Storer, asked: MethodRequest, outcome: str
) -> None:
    question = storer.press_store(storer.review_method(number=CARD_ASKS), status=200)
    assert methods() == []
    box = question.one("#submit-message")
    storer.tell_bank_of_setup(str(box["data-client-secret"]), outcome)
    answer = storer.ask("POST", str(box["data-continue-url"]), htmx=True, status=None)
    if outcome == "approve":
        assert answer.status == 204
        assert [one.last4 for one in methods()] == ["3155"]
    else:
        assert "could not confirm that it was you" in answer
        assert methods() == []
        assert as_now(asked).setup_id is None


def test_M11_a_window_closed_after_approving_is_found_without_the_client(
    storer: Storer, run_jobs: RunJobs
) -> None:
    question = storer.press_store(storer.review_method(number=CARD_ASKS), status=200)
    box = question.one("#submit-message")
    storer.tell_bank_of_setup(str(box["data-client-secret"]), "approve")
    run_jobs()
    assert len(methods()) == 1


def test_M11_the_reconciler_alone_stores_it_too(storer: Storer) -> None:
    question = storer.press_store(storer.review_method(number=CARD_ASKS), status=200)
    box = question.one("#submit-message")
    storer.tell_bank_of_setup(str(box["data-client-secret"]), "approve")
    assert methods() == []
    failed: list[Exception] = []
    assert read_open_setups(failed) == 1
    assert failed == []
    assert [one.last4 for one in methods()] == ["3155"]
    assert read_open_setups(failed) == 0


def test_P8_a_question_that_nobody_answers_ends_after_half_an_hour(
    storer: Storer, asked: MethodRequest, advance: Advance
) -> None:
    storer.press_store(storer.review_method(number=CARD_ASKS), status=200)
    assert storer.get(storer.link).texts("h1") == ["Your bank has a question"]
    advance(timedelta(minutes=35))
    assert as_now(asked).setup_id is None
    assert storer.get(storer.link).texts("h1") == ["Store a payment method"]


def test_P4_a_bank_account_needs_its_box_and_is_stored_at_once_after_sign_in(
    storer: Storer,
) -> None:
    review = storer.review_method(number=BANK_WORKS, method="bank")
    assert "I authorize Harlow & Reyes" in review
    refused = storer.press_store(review, mandate=False, status=422)
    assert refused.texts("#pay-problem li") == [
        "Tick the box to approve withdrawals from your bank account."
    ]
    assert methods() == []
    storer.press_store(review)
    (method,) = methods()
    assert (method.kind, method.last4) == ("bank", "6789")


def test_P4_typed_numbers_wait_for_test_deposits_and_an_email_says_how(
    storer: Storer, asked: MethodRequest, outbox: Outbox, run_jobs: RunJobs, advance: Advance
) -> None:
    review = storer.review_method(token=storer.type_bank_numbers(), method="bank")
    storer.press_store(review)
    page = storer.get(storer.link)
    assert page.texts("h1") == ["Please confirm your bank account"]
    assert "/sandbox/verify-deposits/seti_" in page.link("Continue")
    run_jobs()
    (told,) = [one for one in outbox.to(ADDRESS) if "One more step" in one.subject]
    assert page_of(asked) in told.text
    setup_id = as_now(asked).setup_id or ""
    assert verify_microdeposits(sandbox().service, setup_id, amounts=(32, 45)) is None
    advance(timedelta(hours=7))
    assert [one.last4 for one in methods()] == ["6789"]
    assert storer.get(storer.link).texts("h1") == ["Your payment method is stored"]


def test_P4_deposits_that_nobody_confirms_end_with_an_email_and_a_free_page(
    storer: Storer, asked: MethodRequest, outbox: Outbox, advance: Advance
) -> None:
    review = storer.review_method(token=storer.type_bank_numbers(), method="bank")
    storer.press_store(review)
    advance(timedelta(days=11))
    assert [one.subject for one in outbox.to(ADDRESS)][-1] == (
        "Your bank account is not stored with Harlow & Reyes"
    )
    assert methods() == []
    assert storer.get(storer.link).texts("h1") == ["Store a payment method"]


def test_P8_another_method_may_be_chosen_while_deposits_are_awaited(
    storer: Storer, asked: MethodRequest
) -> None:
    review = storer.review_method(token=storer.type_bank_numbers(), method="bank")
    storer.press_store(review)
    page = storer.submit(storer.get(storer.link), "Use another method")
    assert page.texts("h1") == ["Store a payment method"]
    storer.store()
    assert [one.last4 for one in methods()] == ["4242"]


def test_P8_an_answer_that_is_lost_is_found_out_by_a_job(
    storer: Storer, asked: MethodRequest, advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = storer.review_method()
    monkeypatch.setattr(
        gateway()._transport._sender,  # type: ignore[attr-defined]
        "faults",
        lambda _method, path: Fault("timeout_after") if path.endswith("/confirm") else None,
    )
    storer.press_store(review)
    assert storer.get(storer.link).texts("h1") == ["We are checking with your bank"]
    assert storer.review_method(status=409).texts("h1") == ["We are checking with your bank"]
    monkeypatch.undo()
    advance(timedelta(minutes=3))
    assert len(methods()) == len(kept_at_the_processor()) == 1


@pytest.mark.parametrize(("ends", "heading"), [("expired", "expired"), ("withdrawn", "in use")])
def test_P8_a_link_that_has_ended_says_so_and_stores_nothing(
    storer: Storer, asked: MethodRequest, advance: Advance, ends: str, heading: str
) -> None:
    review = storer.review_method()
    if ends == "expired":
        advance(timedelta(days=28, hours=23))
        assert storer.get(storer.link).texts("h1") == ["Store a payment method"]
        review = storer.review_method()
        advance(timedelta(hours=1))
    else:
        with db.transaction() as session:
            withdraw(session, asked.id, by="system")
    page = storer.get(storer.link, status=410)
    assert heading in page.texts("h1")[0]
    assert page.link("Write to the firm").startswith("mailto:")
    storer.press_store(review, status=410)
    assert methods() == []
    assert objects("setup_intent") == []


def test_P8_what_the_bank_keeps_after_a_withdrawal_is_forgotten(
    storer: Storer, asked: MethodRequest, run_jobs: RunJobs
) -> None:
    question = storer.press_store(storer.review_method(number=CARD_ASKS), status=200)
    with db.transaction() as session:
        withdraw(session, asked.id, by="system")
    box = question.one("#submit-message")
    storer.tell_bank_of_setup(str(box["data-client-secret"]), "approve")
    run_jobs()
    assert methods() == []
    assert kept_at_the_processor() == []


def test_P8_wrong_and_foreign_input_is_said_and_changes_nothing(
    storer: Storer, asked: MethodRequest, cast: Cast, accounts: DemoAccounts
) -> None:
    wrong = storer.review_method(name=" ", postal_code="!", status=422)
    assert len(wrong.texts("#pay-problem li")) == 2
    assert "entered again" in storer.review_method(token="ctoken_1", status=422)
    storer.post(f"{storer.link}/submit", {"attempt": "forged"}, status=422)
    other = ask_for(as_now(asked).client, accounts.trust)
    foreign = Storer(cast.sol.app, other, accounts.trust.processor_account)
    storer.post(
        f"{storer.link}/submit",
        {"attempt": str(foreign.review_method().one("input[name=attempt]")["value"])},
        status=422,
    )
    storer.get("/payment-methods/store/none", status=404)
    assert methods() == []


def test_P1_nothing_is_stored_while_online_payments_are_off(
    storer: Storer, asked: MethodRequest
) -> None:
    review = storer.review_method()
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by="system")
    shown = storer.http.get(storer.link, base_url=storer.base_url)
    assert shown.status_code == 503
    assert "Nothing can be stored just now" in shown.get_data(as_text=True)
    sent = {"attempt": attempt_of(review)}
    pressed = storer.http.post(f"{storer.link}/submit", data=sent, base_url=storer.base_url)
    assert pressed.status_code == 503
    assert methods() == []
