"""Webhooks that are refused again and again, and events that fit nothing, stand in the alerts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from payments.webhooks.refused import REFUSED
from payments.webhooks.staff import PUT_ASIDE
from portal.core import clock, db
from portal.notifications.actions import resolve_alert
from portal.notifications.queries import OpenAlert, open_alerts
from tests.payments.webhooks.conftest import Deliver
from tests.payments.webhooks.test_inbox import body_of, inbox, told  # noqa: F401  a fixture
from tests.support.cast import Cast

Watch = Callable[[], Any]
RunJobs = Callable[[], int]
Advance = Callable[[timedelta], int]
OTHERS = {"secret": "whsec_of_somebody_else"}


def alerts(kind: str) -> list[OpenAlert]:
    with db.read() as session:
        return [one for one in open_alerts(session) if one.kind == kind]


def test_the_fifth_refusal_of_a_day_is_told_and_a_flood_writes_nothing_more(
    told: dict[str, Any],  # noqa: F811
    deliver: Deliver,
    stores_nothing: Watch,
) -> None:
    body = body_of(told)
    with stores_nothing():
        for _ in range(4):
            assert deliver(body, **OTHERS) == 400
    assert deliver(body, **OTHERS) == 400
    (alert,) = alerts(REFUSED)
    assert "the webhook secret is wrong" in alert.sentence
    with stores_nothing():
        for _ in range(30):
            assert deliver(body, **OTHERS) == 400
    with db.transaction() as session:
        resolve_alert(session, alert, by="user:ada")
    assert deliver(body, **OTHERS) == 400
    assert alerts(REFUSED) == []  # within the hour it is not told again


def test_events_of_the_other_mode_count_and_signed_ones_do_not(
    told: dict[str, Any],  # noqa: F811
    deliver: Deliver,
) -> None:
    for number in range(6):
        assert deliver(body_of(told, id=f"evt_{number}")) == 200
    assert alerts(REFUSED) == []
    for _ in range(5):
        assert deliver(body_of(told, livemode=True)) == 400
    assert len(alerts(REFUSED)) == 1


def test_the_alert_leads_the_administrator_to_where_webhooks_are_set_up(
    told: dict[str, Any],  # noqa: F811
    deliver: Deliver,
    cast: Cast,
) -> None:
    for _ in range(5):
        deliver(body_of(told), **OTHERS)
    page = cast.ada.click(cast.ada.get("/staff/alerts?about=stripe"), "Check the webhooks")
    assert "/webhooks/stripe" in page


def test_M10_an_event_that_fits_nothing_has_a_page_and_is_read_again(
    told: dict[str, Any],  # noqa: F811
    deliver: Deliver,
    run_jobs: RunJobs,
    cast: Cast,
) -> None:
    assert deliver(body_of(told, account="acct_ofsomebodyelse")) == 200
    run_jobs()
    page = cast.ana.click(cast.ana.get("/staff/alerts?about=stripe"), "Open the event")
    for shown in (told["id"], told["type"], "acct_ofsomebodyelse", "no account of this firm"):
        assert shown in page
    again = cast.ana.submit(page, "Read it again")
    assert "It is read again now." in again
    assert alerts(PUT_ASIDE) == []
    assert inbox()[0].handled_at is None
    cast.ana.submit(page, "Read it again")  # pressed twice
    run_jobs()
    (alert,) = alerts(PUT_ASIDE)
    assert alert.raised_at is not None
    assert alert.raised_at <= clock.now()
    assert inbox()[0].problem is not None


def test_M10_who_may_read_an_event_again_and_events_that_nobody_knows(
    told: dict[str, Any],  # noqa: F811
    deliver: Deliver,
    run_jobs: RunJobs,
    cast: Cast,
) -> None:
    deliver(body_of(told, account="acct_ofsomebodyelse"))
    run_jobs()
    address = f"/staff/online-payments/events/{told['id']}"
    page = cast.ben.get(address)
    assert "Read it again" not in page.texts("button")
    token = page.select("input[name=csrf_token]")[0]["value"]
    cast.ben.post(f"{address}/readings", {"csrf_token": token}, status=403)
    cast.ben.get("/staff/online-payments/events/evt_none", status=404)
    cast.ben.get("/staff/online-payments/events/%00", status=404)


def test_M10_an_event_that_was_handled_is_not_read_again(
    told: dict[str, Any],  # noqa: F811
    deliver: Deliver,
    run_jobs: RunJobs,
    cast: Cast,
) -> None:
    deliver(body_of(told))
    run_jobs()
    page = cast.ana.get(f"/staff/online-payments/events/{told['id']}")
    assert "what it told of is in the books" in page
    assert "Read it again" not in page.texts("button")
