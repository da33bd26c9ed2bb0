"""Who is told of a refund, each once, and that the books are held against it (M6, N4)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select

from payments.gateway.errors import InvalidRequest, Unavailable
from payments.gateway.results import DisputeStatus, RefundStatus
from payments.transactions.models import Payment
from payments.transactions.overlays import Overlay, of
from payments.transactions.refund_notices import owe
from payments.transactions.refunded import Refund
from payments.transactions.states import Status
from portal.clients.models import Matter
from portal.clients.restricting import restrict
from portal.core import db
from portal.firm.groups import GroupDetails, add_group
from portal.notifications.models import Alert
from portal.outbox.models import Notice
from portal.outbox.registry import EMAILS
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.giving_back import (
    LIST,
    Processor,
    page_of,
    refund,
    refunding_at,
    refunds,
)
from tests.payments.transactions.practice import open_practice, problems
from tests.payments.transactions.shown import dispute
from tests.payments.transactions.test_export import exported
from tests.support.cast import ADA, Cast
from tests.support.outbox import Outbox

MADE = {"refund-made-firm", "refund-made-payer"}
FAILED = {"refund-failed-firm", "refund-failed-payer"}


@pytest.fixture
def stripe(till: Till, monkeypatch: pytest.MonkeyPatch) -> Processor:
    """Makes every refund that it is asked for."""
    return refunding_at(till, monkeypatch)


def owed() -> list[str]:
    with db.read() as session:
        kinds = select(Notice.kind).where(Notice.kind.startswith("refund-"))
        return sorted(session.scalars(kinds))


def test_every_notice_of_a_refund_has_its_email(app: Flask) -> None:
    assert set(EMAILS) >= MADE | FAILED


def test_M6_one_that_is_made_and_fails_later_is_told_twice(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    stripe.status = RefundStatus.PENDING
    refund(cast.ana, till, payment_id)
    assert set(owed()) == MADE
    stripe.shows(payment_id, stripe.shown(stripe.asked[0], RefundStatus.SUCCEEDED))
    assert set(owed()) == MADE
    stripe.shows(payment_id, stripe.shown(stripe.asked[0], RefundStatus.FAILED, "no_account"))
    assert owed() == sorted(MADE | FAILED)
    with db.transaction() as session:
        owe(session, session.get_one(Refund, refunds()[0].id))
    assert owed() == sorted(MADE | FAILED)
    assert problems() == []


def test_M6_of_one_that_was_refused_at_once_the_payer_never_hears(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    stripe.trouble = InvalidRequest("no")
    refund(cast.ana, till, till.bring_to(Status.COMPLETED))
    assert owed() == ["refund-failed-firm"]
    assert problems() == []


def test_M6_M7_nobody_is_told_to_give_back_once_more_what_left_another_way(
    cast: Cast, till: Till, stripe: Processor, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    stripe.trouble = Unavailable("no answer", outcome_unknown=True)
    refund(cast.ana, till, payment_id)
    stripe.shows(payment_id, disputes=(dispute("du_1", 10_000),))
    assert [one.state for one in refunds()] == ["failed"]
    with db.read() as session:
        alert = session.scalars(select(Alert.sentence).where(Alert.kind == "refund_failed")).one()
    assert "Do not pay it back twice." in alert
    outbox.clear()
    run_jobs()
    (told,) = (sent for sent in outbox.to(ADA.email) if "refund" in sent.subject)
    assert "The refund of $100.00 was given up" in told
    page = cast.ana.get(page_of(till, payment_id))
    assert "It was given up, as the money had left another way by then." in page
    for wrong in ("The money is with the firm again", "Give it back in another way"):
        assert wrong not in page
        assert wrong not in told.text + told.html


@pytest.mark.parametrize("status", [RefundStatus.SUCCEEDED, RefundStatus.FAILED])
def test_M6_the_books_tell_of_a_refund_of_which_somebody_was_never_told(
    cast: Cast, till: Till, stripe: Processor, status: RefundStatus
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    refund(cast.ana, till, payment_id)
    stripe.shows(payment_id, stripe.shown(stripe.asked[0], status))
    assert problems() == []
    expected = MADE if status is RefundStatus.SUCCEEDED else FAILED
    with db.transaction() as session:
        session.execute(delete(Notice).where(Notice.kind.in_(expected)))
    told = problems()
    assert len(told) == len(expected)
    assert all(any(kind in sentence for sentence in told) for kind in expected)


def test_M5_a_payment_that_is_refunded_in_two_parts_is_partly_then_wholly_refunded(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)

    def marks() -> tuple[Overlay, ...]:
        with db.read() as session:
            found = of(session, session.scalars(select(Payment.id)).all())
        return found[payment_id].marks if payment_id in found else ()

    assert marks() == ()
    shown = refund(cast.ana, till, payment_id, amount="99.99", status=409)
    cast.ana.submit(shown, "Refund")
    assert marks() == (Overlay.PARTLY_REFUNDED,)
    refund(cast.ana, till, payment_id)
    assert marks() == (Overlay.REFUNDED,)


@pytest.mark.parametrize(
    ("ends", "mark", "label"),
    [
        (DisputeStatus.INQUIRY, Overlay.DISPUTED, "Disputed"),
        (DisputeStatus.OPEN, Overlay.DISPUTED, "Disputed"),
        (DisputeStatus.WON, Overlay.DISPUTE_WON, "Dispute won"),
        (DisputeStatus.LOST, Overlay.DISPUTE_LOST, "Dispute lost"),
        (DisputeStatus.CLOSED, None, None),
    ],
)
def test_M5_a_dispute_lies_over_the_status_wherever_that_stands(
    cast: Cast,
    till: Till,
    stripe: Processor,
    ends: DisputeStatus,
    mark: Overlay | None,
    label: str | None,
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    out = 10_000 if ends in {DisputeStatus.OPEN, DisputeStatus.LOST} else 0
    stripe.shows(payment_id, disputes=(dispute("du_1", 10_000, ends, out),))
    with db.read() as session:
        marks = of(session, [payment_id])[payment_id].marks
    assert marks == ((mark,) if mark else ())
    expected = ["Completed", label] if label else ["Completed"]
    assert cast.ana.get(page_of(till, payment_id)).texts("#payment > .row .badge") == expected
    assert cast.ana.get(LIST).texts("#transactions-table .badge")[: len(expected)] == expected
    (line,) = exported(cast.ana)
    assert line["Refund or dispute"] == (label or "")
    status = f"/payments/{till.payment(payment_id).status_token}"
    assert cast.sol.get(status).texts("#payment-status .badge") == expected


def test_M7_an_inquiry_has_taken_nothing_and_is_ended_by_a_refund(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    stripe.shows(payment_id, disputes=(dispute("du_1", 10_000, DisputeStatus.INQUIRY, 0),))
    assert "$100.00 was refunded" in refund(cast.ana, till, payment_id)


def test_M5_M10_the_export_tells_what_was_refunded(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    shown = refund(cast.ana, till, payment_id, amount="12.34", status=409)
    cast.ana.submit(shown, "Refund")
    (line,) = exported(cast.ana)
    assert (line["Status"], line["Amount"]) == ("Completed", "100.00")
    assert (line["Refund or dispute"], line["Refunded amount"]) == ("Partly refunded", "12.34")


def test_N8_the_firms_emails_name_nothing_of_a_restricted_matter(
    cast: Cast, till: Till, stripe: Processor, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    practice = open_practice(till)
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by="user:tester")
        restrict(session, session.get_one(Matter, practice.cleo.matters[0]), [group.id])
    payment_id = till.bring_to(Status.COMPLETED, paid_for="The merger", payer_reference="M-1")
    practice.link(payment_id, practice.target(practice.cleo, 0))
    run_jobs()
    outbox.clear()
    refund(cast.ada, till, payment_id, reason="The merger is off")
    run_jobs()
    (sent,) = outbox.to(ADA.email)
    assert "$250.00 goes back to Cleo Vance." in sent
    for secret in ("merger", "M-1"):
        assert secret not in sent.text + sent.html
