"""What payer and firm are told by email, and what stays out of sight until it is opened."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from payments.gateway.results import IntentStatus, MethodKind
from payments.transactions import notices
from payments.transactions.models import Origin
from payments.transactions.states import Status
from portal.core import db
from portal.outbox.models import Notice
from portal.outbox.registry import EMAILS
from tests.payments.transactions.conftest import MANDATE, Till
from tests.payments.transactions.practice import open_practice
from tests.support.cast import PASSWORD, Cast
from tests.support.outbox import Outbox, Sent
from tests.support.page import words

CLEO, ADA = "cleo@client.test", "ada@harlow.test"
RunJobs = Callable[[], int]
Tell = Callable[..., tuple[int, list[Sent], list[Sent]]]
KINDS = {
    kind
    for was in Status
    for became in Status
    for method in MethodKind
    for origin in Origin
    for kind in notices.kinds_of_step(was, became, method, origin)
}


@pytest.fixture
def told(cast: Cast, till: Till, outbox: Outbox, run_jobs: RunJobs) -> Tell:
    """Brings a payment somewhere, sends what is owed, and answers the emails, newest first."""

    def tell(status: Status, **said: Any) -> tuple[int, list[Sent], list[Sent]]:
        payment_id = till.bring_to(status, **said)
        outbox.clear()
        run_jobs()
        return payment_id, outbox.to(CLEO)[::-1], outbox.to(ADA)[::-1]

    return tell


def test_every_kind_that_a_step_owes_has_its_email(app: Flask) -> None:
    assert len(KINDS) == 10
    assert set(EMAILS) >= KINDS


def test_N1_firm_and_payer_are_told_when_a_payment_is_made(told: Tell, till: Till) -> None:
    payment_id, to_payer, to_firm = told(Status.AUTHORIZED, cents=123_456, payer_reference="1042")
    payment = till.payment(payment_id)
    (mine,), (theirs,) = to_payer, to_firm
    assert mine.subject == "Your payment to Harlow & Reyes was submitted"
    for shown in ("$1,234.56", payment.reference, "Harlow & Reyes operating account", "We expect"):
        assert shown in mine
    assert theirs.subject == f"Payment {payment.reference} was made"
    for shown in ("Cleo Vance", CLEO, "$1,234.56", "Harlow operating", "Visa ending 4242"):
        assert shown in theirs
    for shown in ("The Vance lease", "1042", payment.reference, "authorized"):
        assert shown in theirs


def test_L11_the_second_email_says_that_the_payment_is_ready_and_leads_to_it(
    told: Tell, till: Till, cast: Cast
) -> None:
    payment_id, to_payer, to_firm = told(Status.COMPLETED)
    assert [email.subject.rsplit(" ", 1)[1] for email in to_payer] == ["complete", "submitted"]
    assert len(to_firm) == 2
    assert "belongs to no client yet" in to_firm[0]
    public_id = till.payment(payment_id).public_id
    (link,) = to_firm[0].links
    assert link.endswith(f"/staff/online-payments/transactions/{public_id}/link")
    button = BeautifulSoup(to_firm[0].html, "html.parser").select_one("a.button-link")
    assert button is not None
    assert (button["href"], words(button.get_text())) == (link, "Link to a client or matter")
    assert "Link payment" in cast.ana.get(link).texts("h1")
    door = cast.sol.get(link)  # signed out: the dialog opens after signing in
    opened = cast.sol.submit(door, "Sign in", email=ADA, password=PASSWORD)
    assert opened.address.endswith(f"/{public_id}/link")
    assert "Cleo Vance" in opened


def test_L11_an_email_that_is_sent_after_the_link_was_made_tells_the_truth(
    till: Till, outbox: Outbox, run_jobs: RunJobs
) -> None:
    """Somebody was quicker than the mail server."""
    payment_id = till.bring_to(Status.COMPLETED)
    practice = open_practice(till)
    practice.link(payment_id, practice.target(practice.cleo))
    run_jobs()
    (ready,) = [one for one in outbox.to(ADA) if one.subject.endswith("is complete")]
    assert "was linked to a client meanwhile" in ready
    assert "belongs to no client" not in ready
    (link,) = ready.links
    assert link.endswith(f"/transactions/{till.payment(payment_id).public_id}")


def test_P6_the_payers_emails_lead_to_the_lasting_status_page(told: Tell, cast: Cast) -> None:
    _id, to_payer, _firm = told(Status.COMPLETED)
    for email in to_payer:
        assert email.text.startswith("http://localhost:8000/payments/")
        page = cast.sol.get(email.links[0])
        assert "Your payment is complete" in page


def test_money_into_trust_is_said_to_be_held_there(told: Tell) -> None:
    _id, (done, made), (ready, _made) = told(Status.COMPLETED, kind="trust")
    assert "now held in the firm's trust account" in done
    assert "goes into the firm's trust account" in made
    assert "stands in trust" in ready
    assert "operating" not in done.text + made.text + ready.text


def test_P4_a_bank_payer_gets_a_copy_of_what_they_approved(told: Tell) -> None:
    _id, (made,), _firm = told(Status.AUTHORIZED, method=MethodKind.BANK)
    assert MANDATE in made
    assert "enough money in your bank account" in made


def test_P4_a_bank_payer_is_told_how_to_confirm_the_test_deposits(told: Tell) -> None:
    _id, (email,), to_firm = told(Status.ACTION_NEEDED, method=MethodKind.BANK)
    assert email.subject == "One more step for your payment to Harlow & Reyes"
    assert "very small deposits" in email
    assert "/payments/" in email.links[0]
    assert to_firm == []


def test_a_card_payer_who_is_at_their_bank_gets_no_email_about_it(told: Tell) -> None:
    assert told(Status.ACTION_NEEDED)[1:] == ([], [])


def test_P7_a_payment_that_failed_after_it_waited_says_so_and_offers_another_try(
    told: Tell, till: Till, outbox: Outbox, run_jobs: RunJobs, cast: Cast
) -> None:
    payment_id, _payer, _firm = told(Status.ACTION_NEEDED)
    till.fail(payment_id, "insufficient_funds")
    run_jobs()
    (email,) = outbox.to(CLEO)
    assert email.subject == "Your payment to Harlow & Reyes did not go through"
    assert "No money has been taken" in email
    assert "not enough funds" in email
    assert "/pay/" in email.links[1]
    cast.sol.get(email.links[1])


def test_P7_a_decline_on_the_spot_is_told_on_the_page_alone(told: Tell) -> None:
    assert told(Status.FAILED)[1:] == ([], [])


def test_M7_a_returned_payment_is_told_to_both_with_the_reason(told: Tell) -> None:
    _id, to_payer, to_firm = told(Status.RETURNED, method=MethodKind.BANK)
    for email in (to_payer[0], to_firm[0]):
        assert "returned" in email.subject
        assert "not enough money in the bank account" in email


def test_M5_a_payment_that_ends_after_it_was_authorized_is_not_called_returned(
    told: Tell, till: Till, outbox: Outbox, run_jobs: RunJobs
) -> None:
    payment_id, _payer, _firm = told(Status.AUTHORIZED, method=MethodKind.BANK)
    till.show(payment_id, till.snapshot(payment_id, IntentStatus.CANCELED))
    outbox.clear()
    run_jobs()
    ((mine,), (theirs,)) = outbox.to(CLEO), outbox.to(ADA)
    assert mine.subject == "Your payment to Harlow & Reyes did not go through"
    assert theirs.subject.endswith("did not go through")
    assert "ended before the money arrived" in theirs
    assert "returned" not in theirs.text + mine.text


def test_M13_no_subject_and_no_preview_says_how_much_for_what_or_by_whom(
    told: Tell, till: Till, outbox: Outbox, run_jobs: RunJobs
) -> None:
    for status in Status:
        for method in MethodKind:
            told(status, cents=123_456, method=method, paid_for="Vance custody matter")
    till.fail(till.bring_to(Status.ACTION_NEEDED, cents=123_456))
    for payment_id in till.made:
        if till.payment(payment_id).status == Status.COMPLETED:
            till.fail(payment_id)
    run_jobs()
    with db.read() as session:
        told_of_payers = {kind for kind in KINDS if not kind.startswith("charge-")}
        assert {kind for (kind,) in session.query(Notice.kind)} == told_of_payers
    for email in outbox.emails:
        preview = BeautifulSoup(email.html, "html.parser").select_one(".preheader")
        assert preview is not None
        for text in (email.subject, preview.get_text()):
            assert not re.search(r"\$|1,?234|custody|Vance|Cleo", text), text
    for email in outbox.to(CLEO):
        assert "custody" not in email.text + email.html  # M12: the payer may be somebody else


def test_every_email_is_whole_in_text_and_html(told: Tell, outbox: Outbox) -> None:
    told(Status.COMPLETED, method=MethodKind.BANK, name="<b>Cleo</b> Vance", payer_email=CLEO)
    assert len(outbox.emails) == 4
    for email in outbox.emails:
        assert email.message["Auto-Submitted"] == "auto-generated"
        assert email.message["List-Id"] == "<payments.localhost>"
        assert "You get this email because" in email
        assert "Harlow & Reyes LLP" in email
        assert "\n\n\n" not in email.text.replace("\r", "")
        assert "<b>Cleo</b>" not in email.html
        assert "&lt;b&gt;Cleo&lt;/b&gt; Vance" in email.html or "Thank you" not in email.text
        html = BeautifulSoup(email.html, "html.parser")
        assert html.select_one("html[lang=en-US]") is not None
        assert "prefers-color-scheme: dark" in email.html
        assert [str(a["href"]) for a in html.select("a.button-link")] == email.links[:1]
        assert html.select("img, script") == []  # nothing is fetched or counted
        assert not re.search(r"\{\{|\{%|None", email.text)


def test_an_email_is_in_the_payers_own_language(told: Tell) -> None:
    _id, (email,), _firm = told(Status.AUTHORIZED, cents=123_456, language="fr_CA")
    assert re.search(r"1.234,56.\$", email.text)
    assert 'lang="fr-CA"' in email.html
