"""A payment that the processor does not know: nothing is released, and somebody is told."""

import pytest
from sqlalchemy import select

from payments.gateway.current import gateway
from payments.gateway.errors import GatewayError, InvalidRequest, NotFound
from payments.transactions import resolving
from payments.transactions.states import Status
from payments.webhooks.reconciler import read_open_payments
from portal.core import clock, db, jobs
from portal.notifications.models import Alert
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import link_to, now, on
from tests.payments.transactions.practice import open_practice, problems


def told() -> list[tuple[str, str]]:
    with db.read() as session:
        return [(one.kind, one.sentence) for one in session.scalars(select(Alert))]


@pytest.fixture(params=[NotFound, InvalidRequest])
def refused(
    till: Till, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> type[GatewayError]:
    """The processor refuses to show any payment."""

    def refuse(*_asked: object) -> None:
        raise request.param("no such payment")

    monkeypatch.setattr(type(gateway()), "get_payment", refuse)
    return request.param


@pytest.mark.usefixtures("refused")
def test_M9_the_resolving_job_tells_of_it_and_asks_again_rarely(till: Till) -> None:
    practice = open_practice(till)
    bill = practice.bill(practice.cleo, (0, 9_000))
    to = on(practice.cleo, link_to(till, bill=bill), (bill, 9_000))
    payment_id = till.bring_to(Status.PENDING, cents=9_000, document=to)
    for _twice in range(2):
        with pytest.raises(jobs.Again) as again:
            resolving.resolve(payment_id)
        assert again.value.due_at - clock.now() > resolving.LOOK_AGAIN_EVERY * 0.9
    ((kind, sentence),) = told()
    assert kind == "no_answer"
    assert f"Stripe does not know payment {till.payment(payment_id).reference}" in sentence
    assert till.payment(payment_id).status == Status.PENDING
    assert now(bill).reserved_cents == 9_000
    assert problems() == []


@pytest.mark.usefixtures("refused")
def test_M11_looking_again_tells_of_it_and_asks_again_rarely(till: Till) -> None:
    payment_id = till.bring_to(Status.AUTHORIZED)
    with pytest.raises(jobs.Again) as again:
        resolving.look_again(payment_id)
    assert again.value.due_at - clock.now() > resolving.LOOK_AGAIN_EVERY * 0.9
    assert [kind for kind, _sentence in told()] == ["no_answer"]


def test_M11_the_reconciler_tells_of_it_and_goes_on(
    till: Till, refused: type[GatewayError], monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_ids = [till.bring_to(Status.AUTHORIZED) for _two in range(2)]
    later = clock.now() + resolving.LOOK_AGAIN_EVERY * 2
    monkeypatch.setattr(clock, "now", lambda: later)
    failed: list[Exception] = []
    assert read_open_payments(failed) == len(payment_ids)
    assert failed == []
    assert [kind for kind, _sentence in told()] == ["no_answer"] * 2
    with pytest.raises(refused):
        resolving.look(payment_ids[0], "job")
