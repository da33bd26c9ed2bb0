"""The weekly email of payments that still belong to nobody (FEATURES L11, N1)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from payments.transactions import reminders
from payments.transactions.reminders import remind_of_unlinked
from payments.transactions.states import Status
from portal.core import db
from portal.core.jobs.handlers import RECURRING
from portal.outbox.models import Notice
from tests.factories import clients
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.office import link_to
from tests.support.cast import Cast
from tests.support.outbox import Outbox, Sent
from tests.support.page import words

ADA, BEN = "ada@harlow.test", "ben@harlow.test"
TITLE = "Payments that wait to be linked"
DAY = timedelta(days=1)
Advance = Callable[[timedelta], int]
Remind = Callable[[], list[Sent]]


@pytest.fixture
def remind(cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]) -> Remind:
    """Asks once, sends what is owed, and answers the reminders that Ada got."""

    def ask() -> list[Sent]:
        run_jobs()
        outbox.clear()
        remind_of_unlinked()
        run_jobs()
        return [email for email in outbox.to(ADA) if email.subject == TITLE]

    return ask


def test_L11_unlinked_payments_older_than_a_day_come_in_one_email_with_a_link_each(
    cast: Cast, till: Till, advance: Advance, remind: Remind, outbox: Outbox
) -> None:
    first = till.payment(till.bring_to(Status.COMPLETED, cents=123_456))
    second = till.payment(till.bring_to(Status.COMPLETED, name="Sol Ng", kind="trust"))
    till.bring_to(Status.AUTHORIZED, name="Not Yet")
    till.bring_to(Status.FAILED, name="Never")
    advance(2 * DAY)
    till.bring_to(Status.COMPLETED, name="Just Now")
    (email,) = remind()
    for shown in ("Cleo Vance", "$1,234.56", "Sol Ng", first.reference, "Harlow trust"):
        assert shown in email
    for missing in ("Not Yet", "Never", "Just Now"):
        assert missing not in email
    html = BeautifulSoup(email.html, "html.parser")
    links = [str(a["href"]) for a in html.select("a.link")]
    for payment, address in zip((first, second), links, strict=True):
        assert address.endswith(f"/transactions/{payment.public_id}/link")
        assert address in email.links
        assert payment.reference in cast.ada.get(address)
    assert outbox.to(BEN) == []  # N1: the same people who are told about payments


def test_N1_the_reminder_comes_once_a_week_while_payments_wait(
    till: Till, advance: Advance, remind: Remind
) -> None:
    till.bring_to(Status.COMPLETED)
    advance(2 * DAY)
    assert len(remind()) == 1
    in_two_weeks = 0
    for _day in range(14):
        advance(DAY)
        in_two_weeks += len(remind())
    assert in_two_weeks == 2


def test_nothing_is_owed_while_nothing_waits(till: Till, advance: Advance, remind: Remind) -> None:
    assert remind() == []
    linked = till.bring_to(Status.COMPLETED)
    link_to(till, linked, clients.contact("Cleo Vance"))
    advance(2 * DAY)
    assert remind() == []
    with db.read() as session:
        owed = select(Notice.id).where(Notice.kind == reminders.KIND)
        assert session.scalars(owed).all() == []


def test_a_payment_linked_before_the_email_is_written_is_not_in_it(
    till: Till, advance: Advance, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    advance(2 * DAY)
    outbox.clear()
    remind_of_unlinked()
    link_to(till, payment_id, clients.contact("Cleo Vance"))
    run_jobs()
    (email,) = [one for one in outbox.to(ADA) if one.subject == TITLE]
    assert "all been linked meanwhile" in email
    assert "Cleo Vance" not in email


def test_M13_the_reminders_subject_and_preview_name_nobody_and_no_amount(
    till: Till, advance: Advance, remind: Remind
) -> None:
    till.bring_to(Status.COMPLETED, paid_for="Vance custody matter")
    advance(2 * DAY)
    (email,) = remind()
    preview = BeautifulSoup(email.html, "html.parser").select_one(".preheader")
    assert preview is not None
    for seen in (email.subject, words(preview.get_text())):
        assert not any(word in seen for word in ("$", "Vance", "Cleo", "250", "custody"))


def test_very_many_unlinked_payments_are_not_all_listed(
    till: Till, advance: Advance, remind: Remind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "LISTED_MAX", 2)
    for number in range(3):
        till.bring_to(Status.COMPLETED, name=f"Payer {number}")
    advance(2 * DAY)
    (email,) = remind()
    assert "There are more" in email
    assert "Payer 1" in email
    assert "Payer 2" not in email


def test_the_reminder_is_asked_for_every_day() -> None:
    assert RECURRING["payments.remind_unlinked"].every == DAY
