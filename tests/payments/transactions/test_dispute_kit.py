"""The dispute kit is gathered from the books, and what everybody reads names nothing secret."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.gateway.results import DisputeStatus, MethodKind
from payments.transactions import dispute_kit
from payments.transactions.states import Status
from portal.clients.models import Contact, Matter
from portal.core import db
from portal.notifications.models import Alert
from tests.factories.disputes import disputed
from tests.payments.transactions.conftest import MANDATE, Till
from tests.payments.transactions.office import link_to
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.test_matter_access import restrict

RunJobs = Callable[[], int]
SECRET = ("Vance lease", "00012", "divorce")


def gathered(till: Till, payment_id: int) -> dict[str, str]:
    with db.read() as session:
        return dispute_kit.gathered(session, till.payment(payment_id))


def test_M7_the_kit_holds_what_the_payer_approved_with_time_and_address(
    cast: Cast, till: Till
) -> None:
    made = till.bring_to(Status.COMPLETED, method=MethodKind.BANK)
    kit = gathered(till, made)
    assert MANDATE in kit["uncategorized_text"]
    assert "from 203.0.113.7 (Firefox)" in kit["uncategorized_text"]
    assert f"{till.payment(made).made_at:%Y-%m-%d %H:%M} UTC" in kit["uncategorized_text"]
    assert kit["customer_purchase_ip"] == "203.0.113.7"


def test_M7_the_kit_tells_which_emails_the_payer_got_and_not_the_firms(
    cast: Cast, till: Till, outbox: Outbox, run_jobs: RunJobs
) -> None:
    made = till.bring_to(Status.COMPLETED)
    run_jobs()
    words = gathered(till, made)["uncategorized_text"]
    assert "EMAILS TO THE PAYER (cleo@client.test)" in words
    for email in outbox.to("cleo@client.test"):
        assert email.subject in words
    assert words.count("accepted by the payer's mail server") == len(outbox.to("cleo@client.test"))
    assert cast.ada.email not in words


def test_M7_N8_no_email_alert_or_kit_names_a_restricted_matter(
    cast: Cast, till: Till, cleo: Contact, lease: Matter, outbox: Outbox, run_jobs: RunJobs
) -> None:
    made = till.bring_to(Status.COMPLETED, paid_for="The Vance lease: a divorce, matter 00012")
    link_to(till, made, cleo, lease)
    restrict(lease)
    outbox.clear()
    disputed(till, made)
    disputed(till, made, status=DisputeStatus.LOST)
    run_jobs()
    told = [email.text + email.html for email in outbox.to(cast.ada.email) if "isput" in email.text]
    assert told
    with db.read() as session:
        told += session.scalars(select(Alert.sentence)).all()
    told += gathered(till, made).values()
    for secret in SECRET:
        assert secret not in " ".join(told)


def test_M7_the_alert_leads_to_the_dispute_and_says_how_many_days_are_left(
    cast: Cast, till: Till
) -> None:
    made = till.bring_to(Status.COMPLETED)
    disputed(till, made, due_in_days=6)
    page = cast.ana.get("/staff/alerts")
    assert "5 days" in page
    answered = cast.ana.click(page, "Answer the dispute")
    assert till.payment(made).reference in answered.title


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(seconds=-1), "The time to answer has passed"),
        (timedelta(hours=23), "Less than a day left"),
        (timedelta(hours=25), "1 day left"),
        (timedelta(days=8, minutes=1), "8 days left"),
    ],
)
def test_M7_the_time_that_is_left_is_never_told_too_long(
    cast: Cast, till: Till, left: timedelta, told: str
) -> None:
    made = till.bring_to(Status.COMPLETED)
    disputed(till, made, due_in_days=left / timedelta(days=1))
    assert told in cast.ben.get("/staff/online-payments/disputes").texts("tbody tr")[0]
