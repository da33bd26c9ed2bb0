"""Two people at once on trust requests, with real threads, on both databases (FEATURES D2, M9)."""

import pytest
from sqlalchemy import select, update

from payments.billing import trust_actions, trust_queries
from payments.billing.requested import TrustRequest
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.errors import Conflict
from tests.factories.billing import BEN, TODAY, Office
from tests.factories.trust_requests import drafted_request, issued_request, kept_request
from tests.payments.billing.test_races import at_once

THREADS = 8


def issue(asked: TrustRequest) -> int | None:
    with db.transaction() as session:
        one = trust_queries.trust_request(session, asked.public_id, NOTHING_CLOSED)
        return trust_actions.issue(session, one, on=TODAY, shown=1, by=BEN).number


def void(asked: TrustRequest) -> str:
    with db.transaction() as session:
        one = trust_queries.trust_request(session, asked.public_id, NOTHING_CLOSED)
        return trust_actions.void(session, one, reason="Now", by=BEN).status


@pytest.mark.both_databases
def test_D2_many_issue_at_once_without_gap_or_duplicate(office: Office) -> None:
    requests = [drafted_request(office, office.cleo) for _each in range(3 * THREADS)]
    numbers: list[object] = []
    for start in range(0, len(requests), THREADS):
        some = requests[start : start + THREADS]
        numbers += at_once(*[lambda one=one: issue(one) for one in some])
    assert sorted(numbers, key=str) == [2001 + n for n in range(len(requests))]


@pytest.mark.both_databases
def test_D2_one_request_is_issued_once_however_many_press(office: Office) -> None:
    asked = drafted_request(office, office.cleo)
    answers = at_once(*[lambda: issue(asked)] * THREADS)
    assert answers.count(2001) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == THREADS - 1


@pytest.mark.both_databases
def test_M9_voiding_and_a_payment_that_begins_never_both_happen(office: Office) -> None:
    for _round in range(5):
        asked = issued_request(office, office.cleo)

        def reserve(asked: TrustRequest = asked) -> str:
            with db.transaction() as session:
                here = (TrustRequest.id == asked.id, TrustRequest.status == "awaiting_payment")
                found = session.scalar(select(TrustRequest.id).where(*here).with_for_update())
                if found is None:
                    raise Conflict("withdrawn")
                moving = update(TrustRequest).where(TrustRequest.id == asked.id)
                session.execute(moving.values(reserved_cents=50_000))
            return "reserved"

        answers = at_once(reserve, lambda asked=asked: void(asked))
        assert sum(isinstance(answer, Conflict) for answer in answers) == 1
        kept = kept_request(asked)
        assert (kept.status == "void") == (kept.reserved_cents == 0)
