"""Many bills and trust requests at once: what goes which way, and what becomes of each (D5)."""

from email.message import EmailMessage

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.billing import actions, bulk_job
from payments.billing.bulk import BulkItem, BulkSending, ItemState
from payments.billing.bulk_choosing import Choice
from payments.billing.bulk_job import bulk_send
from payments.billing.bulk_sending import Changed, ToSendMany, retry_failed, start
from payments.billing.bulk_why import Toggles, Way, Why
from payments.billing.handed_out import Sending
from payments.billing.models import Bill
from payments.billing.payables import Payable
from payments.billing.sending import ToSend
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import ContactEmail
from portal.core import db, ids
from portal.core.errors import Conflict, Invalid
from portal.core.jobs import Again, Job
from portal.outbox.smtp import Refused
from tests.factories.billing import BEN, Line, Office, drafted, issued
from tests.payments.billing.bulk_desk import (
    BY_EMAIL,
    bills,
    everything,
    items,
    planned,
    sent_at_once,
)
from tests.payments.billing.desk import now_asked
from tests.payments.billing.mailroom import CLEO, HOME, RunJobs, give_emails, requested
from tests.support.outbox import Outbox
from tests.support.races import at_once
from tests.support.rows import count


def picked(*documents: Bill) -> Choice:
    return Choice(picked=tuple(one.public_id for one in documents))


def ways(choice: Choice, toggles: Toggles = BY_EMAIL) -> dict[tuple[Way, Why], int]:
    return {(one.way, one.why): len(one.rows) for one in planned(choice, toggles).groups}


def run_to_the_end(sending: BulkSending) -> None:
    """The job, as often as it asks to come again."""
    while True:
        try:
            bulk_send(sending.id)
        except Again:
            continue
        return


def test_D5_each_document_is_told_its_way_before_anything_is_sent(office: Office) -> None:
    give_emails(office.cleo, CLEO, HOME)
    bills(office, 2)
    issued(office, office.sol, now_asked())
    issued(office, office.cleo, now_asked(Line(100), Line(100, matter=1)))
    requested(office)
    assert ways(everything()) == {
        (Way.EMAIL, Why.AS_ASKED): 4,
        (Way.NONE, Why.NO_EMAIL): 1,
    }
    assert ways(everything(), Toggles(portal=True, email=True)) == {
        (Way.EMAIL, Why.MATTERS): 1,
        (Way.EMAIL, Why.NO_PORTAL): 3,
        (Way.NONE, Why.NO_EMAIL): 1,
    }
    assert {one.address for one in planned(everything()).sendable} == {CLEO}


def test_D5_D4_what_went_by_email_alone_tells_why_in_the_words_of_the_page_before(
    office: Office,
) -> None:
    give_emails(office.cleo, CLEO)
    issued(office, office.cleo, now_asked(Line(100), Line(100, matter=1)))
    issued(office, office.cleo, now_asked())
    run_to_the_end(sent_at_once(everything(), Toggles(portal=True, email=True)))
    assert [(one.state, one.told) for one in items()] == [
        (ItemState.SENT, "A bill with several matters never goes through a portal."),
        (ItemState.SENT, "The matter has no client portal yet."),
    ]


def test_D5_what_was_ticked_but_cannot_be_sent_says_why(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    draft, (void, under_way) = drafted(office, office.cleo), bills(office, 2)
    with db.transaction() as session:
        actions.void(session, session.merge(void), reason="Typo", by=BEN)
        session.get_one(Bill, under_way.id).reserved_cents = under_way.total_cents
    assert ways(picked(draft, void, under_way)) == {
        (Way.NONE, Why.DRAFT): 1,
        (Way.NONE, Why.VOID): 1,
        (Way.NONE, Why.UNDER_WAY): 1,
    }


@pytest.mark.both_databases
def test_D5_each_is_sent_once_to_the_primary_address(office: Office) -> None:
    give_emails(office.cleo, HOME, CLEO)
    bills(office, 12)
    requested(office)
    sending = sent_at_once(everything(), message="With thanks")
    assert count(Sending) == 0, "the press itself sends nothing"
    run_to_the_end(sending)
    run_to_the_end(sending)
    assert {one.state for one in items()} == {ItemState.SENT}
    with db.read() as session:
        sent = session.scalars(select(Sending)).all()
    assert len(sent) == 13
    assert {(one.message, one.made_by) for one in sent} == {("With thanks", BEN)}
    assert len({one.sending_id for one in items()}) == 13


def test_D5_pressed_twice_it_sends_once(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bills(office, 2)
    found = planned(everything())
    wanted = ToSendMany("a-form-of-its-own", found.digest)
    made: list[BulkSending] = []
    for _press in range(2):
        with db.transaction() as session:
            made.append(start(session, found, wanted, by=BEN))
    assert made[0].id == made[1].id
    assert (count(BulkSending), count(BulkItem)) == (1, 2)


@pytest.mark.both_databases
def test_D5_two_people_who_press_at_the_same_moment_send_once(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bills(office, 3)
    found = planned(everything())

    def press() -> int:
        wanted = ToSendMany(ids.public_id(), found.digest, len(found.sendable))
        with db.transaction() as session:
            return start(session, found, wanted, by=BEN).documents

    done = at_once(press, press, press)
    assert sorted(map(type, done), key=str) == sorted([int, Changed, Changed], key=str)
    assert len(items()) == 3


@pytest.mark.parametrize("change", ["voided", "new", "no email"])
def test_D5_a_selection_that_changed_meanwhile_is_not_sent(office: Office, change: str) -> None:
    give_emails(office.cleo, CLEO)
    first, _second = bills(office, 2)
    shown = planned(everything())
    if change == "new":
        bills(office, 1)
    with db.transaction() as session:
        if change == "voided":
            actions.void(session, session.merge(first), reason="Typo", by=BEN)
        if change == "no email":
            session.delete(session.scalars(select(ContactEmail)).one())
    now = planned(everything())
    wanted = ToSendMany(ids.public_id(), shown.digest, len(shown.sendable))
    with pytest.raises(Changed), db.transaction() as session:
        start(session, now, wanted, by=BEN)
    assert count(BulkSending) == 0


def test_D5_one_that_is_voided_during_the_run_is_skipped_and_says_why(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    first, _second = bills(office, 2)
    sending = sent_at_once(everything())
    with db.transaction() as session:
        actions.void(session, session.merge(first), reason="Typo", by=BEN)
    run_to_the_end(sending)
    states = {one.bill_id: (one.state, one.told) for one in items()}
    assert states[first.id] == (
        ItemState.SKIPPED,
        "This bill was voided. It can no longer be sent.",
    )
    assert count(Sending) == 1


def test_D5_what_failed_is_sent_again_and_nothing_else(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    give_emails(office.sol, HOME)
    bills(office, 2)
    issued(office, office.sol, now_asked())
    sending = sent_at_once(everything())
    with db.transaction() as session:
        theirs = ContactEmail.contact_id == office.sol.id
        session.delete(session.scalars(select(ContactEmail).where(theirs)).one())
    run_to_the_end(sending)
    failed = [one for one in items() if one.state == ItemState.FAILED]
    assert [one.told for one in failed] == [
        "This client has no email address. Add one to the contact first."
    ]
    give_emails(office.sol, HOME)
    with db.transaction() as session:
        assert retry_failed(session, sending, NOTHING_CLOSED, by=BEN) == 1
        assert retry_failed(session, sending, NOTHING_CLOSED, by=BEN) == 0
    run_to_the_end(sending)
    assert {(one.state, one.tries) for one in items()} == {("sent", 0), ("sent", 1)}
    assert count(Sending) == 3


@pytest.mark.parametrize("fault", ["raised", "cannot be written"])
def test_D5_a_fault_in_one_document_does_not_stop_the_others(
    fault: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_emails(office.cleo, CLEO)
    first, *_others = bills(office, 3)
    sending, send = sent_at_once(everything()), bulk_job.send

    def breaks(session: Session, payable: Payable, wanted: ToSend, *, by: str) -> Sending:
        done = send(session, payable, wanted, by=by)
        if payable.id == first.id and fault == "raised":
            raise RuntimeError("boom")
        if payable.id == first.id:
            done.message = "half of a letter: \ud83d"
        return done

    monkeypatch.setattr(bulk_job, "send", breaks)
    run_to_the_end(sending)
    assert [one.state for one in items()] == ["failed", "sent", "sent"]
    assert count(Sending) == 2, "what was half done stands nowhere"


def test_D5_documents_of_one_transaction_are_locked_in_the_order_of_all(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bills by id, and trust requests after them (decision 0005)."""
    give_emails(office.cleo, CLEO)
    first, second = bills(office, 2)
    asked = requested(office)
    locked: list[str] = []
    send = bulk_job.send

    def notes(session: Session, payable: Payable, wanted: ToSend, *, by: str) -> Sending:
        locked.append(payable.public_id)
        return send(session, payable, wanted, by=by)

    monkeypatch.setattr(bulk_job, "send", notes)
    run_to_the_end(sent_at_once(everything()))
    assert locked == [first.public_id, second.public_id, asked.public_id]


def test_D5_the_job_goes_to_the_end_of_the_queue_after_a_few(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bills(office, 11)
    sending = sent_at_once(everything())
    with pytest.raises(Again):
        bulk_send(sending.id)
    with db.read() as session:
        emails = select(func.count()).select_from(Job).where(Job.kind == "outbox.deliver")
        assert session.scalar(emails) == 10


def test_D5_neither_toggle_nothing_to_send_and_a_long_message_are_refused(office: Office) -> None:
    give_emails(office.cleo, CLEO)
    bills(office, 1)
    with pytest.raises(Invalid, match="Choose how to send them"):
        sent_at_once(everything(), Toggles(portal=False, email=False))
    with pytest.raises(Invalid, match="2,000"):
        sent_at_once(everything(), message="x" * 2_001)
    with pytest.raises(Conflict, match="None of these"):
        sent_at_once(Choice(picked=("unknown",)))
    assert count(BulkSending) == 0


def test_D5_a_refused_email_counts_as_failed_and_is_sent_again(
    desk: Office, outbox: Outbox, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 2)
    sending = sent_at_once(everything())
    send, refused = outbox.send, [Refused("550 no such mailbox")]

    def refuses_once(message: EmailMessage) -> str:
        if refused:
            raise refused.pop()
        return send(message)

    monkeypatch.setattr(outbox, "send", refuses_once)
    run_jobs()
    assert len(outbox.to(CLEO)) == 1
    with db.transaction() as session:
        assert retry_failed(session, sending, NOTHING_CLOSED, by=BEN) == 1
    run_jobs()
    assert len(outbox.to(CLEO)) == 2
