"""Emails and alerts about money are read by everybody at the firm: no restricted matter (N8)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.transactions.reminders import remind_of_unlinked
from payments.transactions.states import Status
from portal.clients.models import Matter
from portal.clients.restricting import restrict
from portal.core import db
from portal.firm.groups import GroupDetails, add_group
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import link_to, on, request
from tests.payments.transactions.practice import Practice, open_practice
from tests.support.cast import ADA, Cast
from tests.support.outbox import Outbox

BY = "user:tester"
Advance = Callable[[timedelta], None]


@pytest.fixture
def practice(cast: Cast, till: Till) -> Practice:
    """Cleo's first matter is restricted, her second is not."""
    practice = open_practice(till)
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by=BY)
        restrict(session, session.get_one(Matter, practice.cleo.matters[0]), [group.id])
    return practice


def brought(practice: Practice, document: Bill | TrustRequest, status: Status, **said: str) -> int:
    asked = document if isinstance(document, TrustRequest) else None
    link = link_to(practice.till, asked=asked, bill=None if asked else document)  # type: ignore[arg-type]
    to, kind = on(practice.cleo, link, (document, 9_000)), "trust" if asked else "operating"
    return practice.till.bring_to(status, kind=kind, cents=9_000, document=to, **said)


@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.RETURNED])
def test_N8_emails_to_the_firm_name_no_bill_of_a_restricted_matter(
    practice: Practice, outbox: Outbox, run_jobs: Callable[[], int], nth: int, status: Status
) -> None:
    bill = practice.bill(practice.cleo, (nth, 9_000))
    outbox.clear()
    brought(practice, bill, status, paid_for=f"Bill {bill.number}", payer_reference="The merger")
    run_jobs()
    to_firm = outbox.to(ADA.email)
    assert len(to_firm) == 2
    for sent in to_firm:
        for named in (f"Bill {bill.number}", "The merger"):
            assert (named in sent) is (nth == 1)
        assert "Cleo Vance" in sent
    if status is Status.COMPLETED:
        assert any("booked on what it was paid for" in sent for sent in to_firm)


def test_N8_the_weekly_email_names_no_bill_of_a_restricted_matter(
    practice: Practice, outbox: Outbox, run_jobs: Callable[[], int], advance: Advance
) -> None:
    for nth in (0, 1):
        bill = practice.bill(practice.cleo, (nth, 9_000))
        payment = brought(practice, bill, Status.COMPLETED, paid_for=f"For matter {nth}")
        practice.change(payment, None)
    advance(timedelta(days=2))
    outbox.clear()
    remind_of_unlinked()
    run_jobs()
    (sent,) = [one for one in outbox.to(ADA.email) if "wait to be linked" in one.subject]
    assert "For matter 1" in sent
    assert "For matter 0" not in sent


@pytest.mark.parametrize("nth", [0, 1])
def test_N8_emails_to_the_firm_name_no_trust_request_of_a_restricted_matter(
    practice: Practice, outbox: Outbox, run_jobs: Callable[[], int], nth: int
) -> None:
    asked = request(practice, practice.cleo, 9_000, nth)
    outbox.clear()
    brought(practice, asked, Status.COMPLETED, paid_for="Trust request 2001")
    run_jobs()
    to_firm = outbox.to(ADA.email)
    assert len(to_firm) == 2
    assert all(("Trust request 2001" in sent) is (nth == 1) for sent in to_firm)
