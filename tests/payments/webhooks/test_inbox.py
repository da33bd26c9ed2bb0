"""What arrives at the webhook address: taken in once, refused, or put aside before the staff."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from payments.sandbox.current import sandbox
from payments.sandbox.making import TRUST_ACCOUNT_ID, webhook_secret
from payments.sandbox.signer import signature_header
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.webhooks.models import ProcessorEvent
from portal.core import clock, config, db
from portal.core.jobs import Job
from portal.core.jobs.models import JobState
from portal.notifications.queries import open_alerts
from tests.factories.payments import Links, Payer, books_problems, the_payment
from tests.factories.processor import objects
from tests.payments.webhooks.conftest import Deliver

RunJobs = Callable[[], int]
Advance = Callable[[timedelta], int]
Watch = Callable[[], Any]


ODD: list[dict[str, Any]] = [
    *({"id": odd} for odd in (None, 5, "", "e" * 5_000, "evt_\x00", "evt ü")),
    *({"type": odd} for odd in (None, "x" * 5_000, ["payment_intent.succeeded"])),
    *({"account": odd} for odd in (7, "a" * 5_000, "acct_\x00", ["acct_1"])),
    *({"created": odd} for odd in ("yesterday", 10**30, None)),
    *({"data": {"object": {"id": odd}}} for odd in ({"id": 1}, "pi_" + "x" * 5_000, "pi_\x00")),
    {"data": None},
    {"data": {"object": []}},
    {"livemode": "false"},
    {"object": "charge"},
]


@pytest.fixture
def told(payer: Payer, links: Links) -> dict[str, Any]:
    """An event of a card payment that the processor could not deliver."""
    sandbox().webhooks.set_switches(drop_percent=100)
    payer.pay(links.operating)
    return next(one for one in objects("event") if one["type"] == "payment_intent.succeeded")


def body_of(event: Any, **changes: Any) -> bytes:
    """The event as it is sent, with some of it changed."""
    return json.dumps({**event, **changes}).encode()


def inbox() -> list[ProcessorEvent]:
    """Every event that was taken in."""
    with db.read() as session:
        return list(session.scalars(select(ProcessorEvent).order_by(ProcessorEvent.id)))


def alerts() -> list[str]:
    """What stands before the staff."""
    with db.read() as session:
        return [alert.sentence for alert in open_alerts(session)]


def dead_jobs() -> list[Job]:
    """Work that was given up."""
    with db.read() as session:
        return list(session.scalars(select(Job).where(Job.state == JobState.DEAD)))


def test_M11_a_signed_event_is_taken_in_once_and_handled(
    app: Flask, told: dict[str, Any], deliver: Deliver, run_jobs: RunJobs
) -> None:
    """M11: a hint, kept once however often it comes, and its payment read again."""
    for _ in range(3):
        assert deliver(body_of(told)) == 200
    run_jobs()
    assert deliver(body_of(told)) == 200
    run_jobs()
    (event,) = inbox()
    assert event.handled_at is not None
    assert event.problem is None
    assert the_payment().status == Status.AUTHORIZED
    assert books_problems(app) == []


@pytest.mark.parametrize(
    "way",
    ["unsigned", "empty", "junk", "other secret", "tampered", "stale", "future", "not ascii", "v0"],
)
def test_what_the_processor_did_not_sign_just_now_is_refused(
    told: dict[str, Any], deliver: Deliver, stores_nothing: Watch, way: str
) -> None:
    body = body_of(told)
    ways: dict[str, dict[str, Any]] = {
        "unsigned": {"signature": ""},
        "empty": {"signature": "t=,v1="},
        "junk": {"signature": "t=1,v1=abc,v1=,=,t=x"},
        "other secret": {"secret": "whsec_of_somebody_else"},
        "stale": {"late": timedelta(minutes=5, seconds=5)},
        "future": {"late": -timedelta(minutes=5, seconds=5)},
        "not ascii": {"signature": "t=1,v1=äöü"},
        "v0": {"signature": "t=1792000000,v0=" + "a" * 64},
        "tampered": {},
    }
    with stores_nothing():
        if way == "tampered":
            signed = signature_header(body, webhook_secret(config.current()), clock.wall_time())
            assert deliver(body + b" ", signature=signed) == 400
        else:
            assert deliver(body, **ways[way]) == 400


def test_an_age_within_five_minutes_is_taken(told: dict[str, Any], deliver: Deliver) -> None:
    for number, minutes in enumerate((-4.8, 0, 4.8)):
        late = timedelta(minutes=minutes)
        assert deliver(body_of(told, id=f"evt_{number}"), late=late) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b'"event"',
        b"{}",
        b'{"object": "event"}',
        b"[" * 5_000,
        '{"id": "evt_ü"}'.encode("latin-1"),
        b"\xff\xfe\x00",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_signed_body_that_is_no_event_is_refused(
    app: Flask, links: Links, deliver: Deliver, stores_nothing: Watch, body: bytes
) -> None:
    """Not JSON, not UTF-8, not an event: 400, whoever signed it."""
    at = int(time.time())
    secret = webhook_secret(config.current()).encode()
    mac = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    with stores_nothing():
        assert deliver(body, signature=f"t={at},v1={mac}") == 400


@pytest.mark.both_databases
def test_a_signed_event_of_an_odd_shape_is_refused(
    told: dict[str, Any],
    deliver: Deliver,
    stores_nothing: Watch,
    subtests: pytest.Subtests,
    database_kind: str,
) -> None:
    """Names that no table could hold, and values that are no names."""
    for changes in ODD:
        with subtests.test(repr(changes)[:40]), stores_nothing():
            assert deliver(body_of(told, **changes)) == 400


def test_an_event_of_the_other_mode_is_refused(
    told: dict[str, Any], deliver: Deliver, stores_nothing: Watch
) -> None:
    """Live money and the sandbox never meet."""
    with stores_nothing():
        assert deliver(body_of(told, livemode=True)) == 400


def test_a_body_that_is_too_large_or_does_not_say_its_length_is_refused(
    told: dict[str, Any], deliver: Deliver, stores_nothing: Watch
) -> None:
    with stores_nothing():
        assert deliver(body_of(told, padding="x" * 300_000)) == 413
        chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
        chunked["wsgi.input"] = BytesIO(body_of(told))
        chunked["CONTENT_LENGTH"] = ""
        assert deliver(b"", environ_overrides=chunked) == 411


def test_an_event_from_an_account_that_is_not_the_firms_is_put_aside(
    app: Flask, told: dict[str, Any], deliver: Deliver, run_jobs: RunJobs
) -> None:
    """Quarantined, with an alert that names the account; nothing is booked."""
    assert deliver(body_of(told, account="acct_ofsomebodyelse")) == 200
    run_jobs()
    (event,) = inbox()
    assert event.problem is not None
    (sentence,) = alerts()
    assert "acct_ofsomebodyelse" in sentence
    assert "Nothing was booked." in sentence
    assert books_problems(app) == []


def test_an_event_that_names_the_wrong_one_of_the_firms_accounts_is_put_aside(
    app: Flask, told: dict[str, Any], deliver: Deliver, run_jobs: RunJobs, advance: Advance
) -> None:
    """M3: trust cannot tell of a payment into operating; no job is given up over it."""
    assert deliver(body_of(told, account=TRUST_ACCOUNT_ID)) == 200
    run_jobs()
    for _ in range(8):
        advance(timedelta(hours=1))
    assert dead_jobs() == []
    wrong = next(event for event in inbox() if event.account == TRUST_ACCOUNT_ID)
    assert wrong.handled_at is not None
    assert wrong.problem is not None
    assert len(alerts()) == 1
    assert books_problems(app) == []


@pytest.mark.parametrize(
    "changes,word",
    [
        ({"amount": 12_499}, "amount"),
        ({"currency": "cad"}, "currency"),
        ({"livemode": True}, "mode"),
    ],
    ids=["amount", "currency", "mode"],
)
def test_a_payment_that_is_not_what_was_asked_for_is_put_aside(
    app: Flask,
    payer: Payer,
    links: Links,
    run_jobs: RunJobs,
    advance: Advance,
    changes: dict[str, Any],
    word: str,
) -> None:
    """Wrong amount, currency or mode at the processor: an alert; not a cent is booked."""
    sandbox().webhooks.set_switches(drop_percent=100)
    payer.pay(links.operating, method="bank", number="000123456789")
    status = the_payment().status
    intent = str(the_payment().intent_id)
    sandbox().webhooks.set_switches(drop_percent=0)
    with sandbox().service.writing() as desk:
        record = desk.named("payment_intent", intent)
        record.body.update(changes)
        desk.book.save(record)
    for _ in range(5):
        advance(timedelta(days=1))
    assert the_payment().status == status == Status.AUTHORIZED
    (sentence,) = alerts()
    assert f"another {word}" in sentence
    assert "Nothing was booked." in sentence
    assert books_problems(app) == []


@pytest.mark.parametrize("minutes", [1, 4])
def test_M11_an_event_that_comes_before_our_own_commit_waits_for_it(
    app: Flask,
    told: dict[str, Any],
    deliver: Deliver,
    run_jobs: RunJobs,
    advance: Advance,
    minutes: int,
) -> None:
    """The processor can be quicker than we are: handled a minute later, and nobody is alarmed."""
    intent = the_payment().intent_id
    with db.transaction() as session:
        session.execute(update(Payment).values(intent_id=None))
    assert deliver(body_of(told)) == 200
    run_jobs()
    for _ in range(minutes - 1):
        advance(timedelta(minutes=1))
    assert inbox()[0].handled_at is None
    with db.transaction() as session:
        session.execute(update(Payment).values(intent_id=intent))
    advance(timedelta(minutes=1))
    assert inbox()[0].handled_at is not None
    assert inbox()[0].problem is None
    assert alerts() == []
    assert books_problems(app) == []


def test_a_payment_that_names_one_of_ours_and_is_not_is_put_aside(
    app: Flask, told: dict[str, Any], deliver: Deliver, run_jobs: RunJobs, advance: Advance
) -> None:
    """An intent made with our key that no row knows of: after five minutes an alert, once."""
    with sandbox().service.writing() as desk:
        record = desk.named("payment_intent", told["data"]["object"]["id"])
        stranger = {**record.body, "id": "pi_stranger", "metadata": {"payment_id": "nobody"}}
        desk.book.add("", "payment_intent", desk.at, stranger)
    event = {**told, "id": "evt_stranger", "data": {"object": stranger}}
    assert deliver(body_of(event)) == 200
    run_jobs()
    assert alerts() == []
    for _ in range(6):
        advance(timedelta(minutes=1))
    (sentence,) = alerts()
    assert "No payment of this firm belongs to it." in sentence
    assert dead_jobs() == []
