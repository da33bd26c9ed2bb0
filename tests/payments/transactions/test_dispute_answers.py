"""Answering a dispute at the sandbox: sent once, won or lost, accepted, refused (FEATURES M7)."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from payments.gateway.current import gateway
from payments.gateway.errors import InvalidRequest, Unavailable
from payments.transactions import dispute_answering
from payments.transactions.disputed import Dispute, DisputeState
from portal.core import db
from portal.core.audit import AuditEntry
from tests.factories.disputes import JPEG, PDF, the_dispute
from tests.factories.fixtures import links, no_waiting, payer  # noqa: F401  fixtures
from tests.factories.payments import Links, Payer, books_problems, the_payment
from tests.factories.processor import Json, objects
from tests.support.cast import Cast, Person
from tests.support.outbox import Outbox
from tests.support.page import Page

LIST = "/staff/online-payments/disputes"
CARD_DISPUTED = "4000000000000259"
Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]


@pytest.fixture
def dispute(cast: Cast, payer: Payer, links: Links, run_jobs: RunJobs, advance: Advance) -> Dispute:  # noqa: F811
    """What Dana paid by card has completed, and she complained to her bank."""
    payer.pay(links.operating, number=CARD_DISPUTED)
    run_jobs()
    advance(timedelta(days=3))
    return now()


def now() -> Dispute:
    return the_dispute(the_payment().id)


def page_of(person: Person) -> Page:
    return person.get(f"{LIST}/{now().public_id}")


def send(person: Person, **words: Any) -> Page:
    """Write, add a file, release, and press **Send to the bank**."""
    person.submit(page_of(person), "Save kit", product_description="A consultation", **words)
    for field, content in (("receipt", PDF), ("customer_communication", JPEG)):
        file = (io.BytesIO(content), "Whitfield v. Marsh.pdf")
        person.submit(page_of(person), "Add file", field=field, file=file)
    word: dict[str, Any] = {"release": "partner", "note": "Ada, by telephone"}
    released = person.submit(page_of(person), "Record the release", **word)
    return person.submit(released, "Send to the bank")


def at_the_bank() -> Json:
    return objects("dispute")[0]


def alerts(cast: Cast) -> str:
    return cast.ada.get("/staff/alerts").text


@pytest.mark.both_databases
def test_M7_evidence_is_sent_with_its_files_and_the_dispute_is_won(
    app: Flask, cast: Cast, dispute: Dispute, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    assert dispute.state == DisputeState.OPEN
    assert the_payment().withdrawn_cents == 12_500
    assert "disputes payment" in alerts(cast)
    assert "is being sent" in send(cast.ana)
    assert "disputes payment" not in alerts(cast)
    run_jobs()
    assert now().state == DisputeState.REVIEW
    evidence = {name: told for name, told in at_the_bank()["evidence"].items() if told}
    assert evidence["product_description"] == "A consultation"
    assert evidence["customer_name"] == "Dana Whitfield"
    files = {one["id"]: one for one in objects("file")}
    assert {evidence["receipt"], evidence["customer_communication"]} == files.keys()
    assert "Whitfield v. Marsh" not in str(files)
    page = page_of(cast.ana)
    assert "With the bank" in page
    assert "This was sent to the bank" in page
    advance(timedelta(days=2))
    assert now().state == DisputeState.WON
    assert the_payment().withdrawn_cents == 0
    run_jobs()
    told = [email.subject for email in outbox.to(cast.ada.email)]
    assert told.count(f"Payment {the_payment().reference} is disputed") == 1
    assert told[-1] == f"The dispute of payment {the_payment().reference} was won"
    assert books_problems(app) == []


def test_M7_a_lost_dispute_is_told_and_what_was_paid_stays_unpaid(
    app: Flask, cast: Cast, dispute: Dispute, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    send(cast.ana, uncategorized_text="losing_evidence")
    run_jobs()
    advance(timedelta(days=2))
    assert now().state == DisputeState.LOST
    assert the_payment().withdrawn_cents == 12_500
    assert "was lost" in alerts(cast)
    assert "was lost" in outbox.to(cast.ada.email)[-1].subject
    assert "Nothing can be changed" in cast.ana.post(
        f"{LIST}/{dispute.public_id}/answer", {"csrf_token": cast.ana.csrf_token()}, status=409
    )
    assert books_problems(app) == []


def test_M7_a_dispute_is_accepted_after_it_was_asked_once_more(
    app: Flask, cast: Cast, dispute: Dispute, run_jobs: RunJobs
) -> None:
    asked = cast.ana.click(page_of(cast.ana), "Accept dispute")
    assert "cannot be taken back" in asked
    assert now().accepted_at is None
    assert "is being accepted" in cast.ana.submit(asked, "Accept dispute")
    run_jobs()
    assert now().state == DisputeState.LOST
    assert at_the_bank()["status"] == "lost"
    page = page_of(cast.ana)
    assert "Nothing was sent to the bank" in page
    assert "by Ana Moreau" in page
    assert books_problems(app) == []


def test_M7_an_answer_whose_worker_died_is_sent_once(
    cast: Cast, dispute: Dispute, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(cast.ana)
    with monkeypatch.context() as dies:
        dies.setattr(dispute_answering, "look", _killed)
        with pytest.raises(KeyboardInterrupt):
            dispute_answering.send_evidence(dispute.id)
    assert now().state == DisputeState.OPEN
    assert now().sent_at is not None
    dispute_answering.send_evidence(dispute.id)
    dispute_answering.send_evidence(dispute.id)
    assert now().state == DisputeState.REVIEW
    assert len(objects("file")) == 2
    assert at_the_bank()["evidence_details"]["submission_count"] == 1


def _killed(*_args: Any) -> None:
    raise KeyboardInterrupt


def test_M7_an_answer_that_the_processor_refuses_is_told_and_can_be_given_again(
    cast: Cast, dispute: Dispute, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise InvalidRequest("evidence[receipt] is not readable")

    send(cast.ana)
    with monkeypatch.context() as refusing:
        refusing.setattr(type(gateway()), "answer_dispute", refuse)
        run_jobs()
    assert now().sent_at is None
    assert "was refused by the processor" in alerts(cast)
    page = page_of(cast.ana)
    assert "is being sent" in cast.ana.submit(page, "Send to the bank")
    run_jobs()
    assert now().state == DisputeState.REVIEW
    assert "was refused by the processor" not in alerts(cast)


def test_M7_an_answer_waits_while_the_processor_cannot_be_reached(
    cast: Cast, dispute: Dispute, advance: Advance, run_jobs: RunJobs, monkeypatch: Any
) -> None:
    def silent(*_args: Any, **_more: Any) -> None:
        raise Unavailable("no route", outcome_unknown=True)

    send(cast.ana)
    with monkeypatch.context() as silence:
        silence.setattr(type(gateway()), "upload_evidence", silent)
        run_jobs()
    assert now().state == DisputeState.OPEN
    page = page_of(cast.ana)
    assert "is being sent" in page
    assert "every 3s" in str(page.one("#dispute"))
    advance(timedelta(minutes=2))
    assert now().state == DisputeState.REVIEW


@pytest.mark.both_databases
def test_M7_two_people_who_press_at_once_send_one_answer(cast: Cast, dispute: Dispute) -> None:
    word: dict[str, Any] = {"release": "client", "note": "By letter"}
    hers = cast.ana.submit(page_of(cast.ana), "Record the release", **word)
    his = page_of(cast.ada)
    cast.ana.submit(hers, "Send to the bank")
    assert "Nothing can be changed" in cast.ada.submit(his, "Send to the bank", status=409)
    with db.read() as session:
        sent = select(AuditEntry.actor).where(AuditEntry.action == "dispute.sent")
        assert session.scalars(sent).all() == [now().sent_by]


def test_M7_nobody_is_reminded_of_a_dispute_that_was_answered(
    cast: Cast, dispute: Dispute, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    cast.ana.submit(page_of(cast.ana), "Record the release", release="client", note="By letter")
    cast.ana.submit(page_of(cast.ana), "Send to the bank")
    run_jobs()
    advance(timedelta(days=10))
    assert not [one for one in outbox.subjects if "not answered yet" in one[1]]


def test_M7_two_days_before_the_last_day_the_firm_is_reminded(
    cast: Cast, dispute: Dispute, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    advance(timedelta(days=3))
    assert not [one for one in outbox.subjects if "not answered yet" in one[1]]
    advance(timedelta(days=2))
    reminders = [one for one in outbox.emails if "not answered yet" in one.subject]
    assert [one.to for one in reminders] == [cast.ada.email]
    assert "is lost" in reminders[0]
    assert f"/disputes/{dispute.public_id}" in reminders[0].text


def test_M7_N4_the_firm_is_told_why_and_until_when_and_no_matter_is_named(
    cast: Cast, dispute: Dispute, outbox: Outbox
) -> None:
    told = next(one for one in outbox.to(cast.ada.email) if "is disputed" in one.subject)
    assert told.subject == f"Payment {the_payment().reference} is disputed"
    assert "did not make or allow this payment" in told
    assert "The answer must be with the bank before" in told
    assert "$125.00" in told
    assert f"/disputes/{dispute.public_id}" in told.html
    assert "<time" not in told.text
    assert not [one for one in outbox.to("dana@payer.test") if "disput" in one.subject.lower()]
