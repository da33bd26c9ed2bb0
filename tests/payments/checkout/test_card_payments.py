"""Paying by card, from the second button to Completed; and what a declined payer reads."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from payments.accounts.models import BankAccount
from payments.ledger.models import AccountKind
from payments.ledger.queries import totals
from payments.sandbox.book import PLATFORM
from payments.sandbox.current import sandbox
from payments.sandbox.making import TRUST_ACCOUNT_ID
from payments.sandbox.numbers import CARDS
from payments.transactions.states import Status
from portal.core import db
from portal.notifications.queries import open_alerts
from tests.factories.payments import (
    CARD_DECLINED,
    TYPED,
    Links,
    Payer,
    books_problems,
    payments,
    the_payment,
)
from tests.factories.processor import charges, net_cents, objects
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]

FIRM, DANA = "ada@harlow.test", "dana@payer.test"
CARD_WORDS = {
    "4000000000000002": "Your card was declined. Please try another card, or call the bank",
    "4000000000009995": "Your card was declined: there are not enough funds on it.",
    "4000000000000069": "Your card has expired. Please use another card.",
    "4000000000000127": "The security code (CVC) does not match your card. Please check it.",
    "4000000000000341": "Your card was declined. Please try another card, or call the bank",
}


def balances(kind: str) -> dict[AccountKind, int]:
    """What stands on the ledger accounts of the operating or the trust account, in cents."""
    with db.read() as session:
        bank = session.query(BankAccount).filter_by(kind=kind).order_by(BankAccount.id).first()
        assert bank is not None
        return {
            name: balance.posted_cents
            for name, balance in totals(session, bank.id).items()
            if balance.posted_cents
        }


def test_S1_a_card_payment_is_authorized_then_completed_and_both_are_told(
    app: Flask,
    payer: Payer,
    links: Links,
    outbox: Outbox,
    run_jobs: RunJobs,
    advance: Advance,
) -> None:
    """S1, N1, P6: Authorized at once, Completed two days on, two emails each to firm and payer."""
    status = payer.pay(links.operating)
    assert "Thank you. Your payment is submitted" in status
    assert "Authorized" in status
    run_jobs()
    made = sorted(outbox.subjects)
    assert [to for to, _ in made] == [FIRM, DANA]
    advance(timedelta(days=2, minutes=1))
    assert the_payment().status == Status.COMPLETED
    assert "Your payment is complete" in payer.get(status.address)
    assert len(outbox.to(FIRM)) == len(outbox.to(DANA)) == 2
    gross, fee = 12_500, 393
    assert balances("operating") == {
        AccountKind.PROCESSOR: gross - fee,
        AccountKind.FEES: fee,
        AccountKind.UNLINKED: gross,
    }
    assert net_cents(PLATFORM) == gross - fee
    assert books_problems(app) == []


def test_M4_trust_money_arrives_gross_and_its_fee_is_billed_to_the_firm(
    app: Flask, client_of_trust: Payer, links: Links, run_jobs: RunJobs, advance: Advance
) -> None:
    """M3, M4: the trust account gets every cent; nothing is booked on the operating account."""
    status = client_of_trust.pay(links.trust)
    run_jobs()
    advance(timedelta(days=2, minutes=1))
    assert "held for you in the firm's trust account" in client_of_trust.get(status.address)
    assert balances("trust") == {AccountKind.PROCESSOR: 12_500, AccountKind.UNLINKED: 12_500}
    assert net_cents(TRUST_ACCOUNT_ID) == 12_500
    assert balances("operating") == {}
    assert books_problems(app) == []


@pytest.mark.parametrize("number", [card.number for card in CARDS.values() if card.declines])
def test_P7_a_decline_is_told_in_words_and_keeps_what_was_typed(
    app: Flask, payer: Payer, links: Links, outbox: Outbox, run_jobs: RunJobs, number: str
) -> None:
    """P7: why, that no money was taken, and the whole form for another try; nobody is emailed."""
    page = payer.press_submit(payer.review(links.operating, number=number), status=422)
    (told,) = page.texts("#error-summary li")
    assert told.startswith(CARD_WORDS[number])
    assert told.endswith("No money has been taken.")
    for name, value in TYPED.items():
        assert page.one(f"#{name}")["value"] == value
    assert page.texts("#pay-review") == [""]
    run_jobs()
    assert the_payment().status == Status.FAILED
    assert outbox.emails == []
    assert balances("operating") == {}
    assert books_problems(app) == []


def test_P7_after_a_decline_another_card_pays(
    app: Flask, payer: Payer, links: Links, run_jobs: RunJobs
) -> None:
    """P7: the page that came back carries what the next try needs."""
    declined = payer.press_submit(payer.review(links.operating, number=CARD_DECLINED), status=422)
    token = str(declined.one("input[name=form_token]")["value"])
    payer.press_submit(payer.review(links.operating, form_token=token))
    run_jobs()
    assert [payment.status for payment in payments()] == [Status.FAILED, Status.AUTHORIZED]
    assert len(charges(paid=True)) == 1


def test_P7_without_script_a_decline_comes_back_as_a_whole_page(payer: Payer, links: Links) -> None:
    """P7, X1: the same words and the same values."""
    reviewed = payer.review(links.operating, number=CARD_DECLINED)
    sent = {"attempt": str(reviewed.one("input[name=attempt]")["value"])}
    page = payer.post(str(reviewed.one("#submit-form")["action"]), sent, status=422)
    assert page.is_whole
    assert "No money has been taken." in page
    assert page.one("#name")["value"] == TYPED["name"]


def test_M13_the_processor_is_told_neither_for_whom_nor_for_what(
    payer: Payer, links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M13: our requests hold names of our own; the statement names the firm alone."""
    asked: list[str] = []
    check = sandbox().service._check_request
    assert check is not None

    def listen(method: str, path: str, form: str) -> None:
        asked.append(f"{method} {path} {form}")
        check(method, path, form)

    monkeypatch.setattr(sandbox().service, "_check_request", listen)
    payer.pay(links.operating)
    (intent,) = objects("payment_intent")
    (charge,) = objects("charge")
    payment = the_payment()
    seal = intent["metadata"]["seal"]
    assert intent["metadata"] == {
        "payment_id": payment.public_id,
        "reference": payment.reference,
        "paid_into": payment.bank_account.public_id,
        "seal": seal,
    }
    assert intent["description"] == f"Payment {payment.reference}"
    assert intent["statement_descriptor_suffix"] == "HARLOW REYES"
    assert "HARLOW REY" in charge["calculated_statement_descriptor"]
    assert intent["receipt_email"] is None
    said = (json.dumps(asked) + json.dumps({**intent, "payment_method": None})).replace(seal, "")
    assert len(asked) >= 3
    for secret in ("Dana", "Whitfield", "payer.test", "lease", "1042"):
        assert secret not in said, secret


def test_the_money_of_a_failed_payment_that_surfaces_is_an_alert(
    app: Flask, payer: Payer, links: Links, run_jobs: RunJobs
) -> None:
    """M5: a failed payment never turns into a paid one by itself; a person is told."""
    payer.press_submit(payer.review(links.operating, number=CARD_DECLINED), status=422)
    (intent,) = objects("payment_intent")
    with sandbox().service.writing() as desk:
        record = desk.named("payment_intent", intent["id"])
        record.body["status"] = "succeeded"
        record.body["last_payment_error"] = None
        desk.book.save(record)
    run_jobs()
    assert the_payment().status == Status.FAILED
    with db.read() as session:
        assert [alert.kind for alert in open_alerts(session)] == ["money_surfaced"]
    assert books_problems(app) == []
