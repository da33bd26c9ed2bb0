"""What a client sees of a plan: the emailed page, and the portal (FEATURES P9)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from payments.methods.actions import delete
from payments.plans import actions, autocharge
from payments.plans.models import Moment, PlanState
from portal.clients.models import Matter
from portal.core import db
from tests.factories import clients, portals
from tests.factories.payments import Payer
from tests.factories.plans import ANA, PlanDesk
from tests.payments.methods.test_client_methods import browser_of
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.support.visitor import Visitor


def path_of(plan: actions.PaymentPlan) -> str:
    return f"/payment-plans/{plan.token}"


def test_P9_the_client_is_emailed_the_plan_reads_and_accepts_it(
    desk: PlanDesk, app: Flask, outbox: Outbox, run_jobs: object
) -> None:
    desk.bill(30_000)
    plan = desk.propose(desk.card(), asks=True)
    assert desk.now(plan).state == PlanState.PROPOSED
    run_jobs()  # type: ignore[operator]
    (email,) = [sent for sent in outbox.to("cleo@client.test") if "look at your" in sent.subject]
    reader = Payer(app)
    page = reader.get(email.links[0].removeprefix("http://localhost:8000"))
    for shown in ("Accept this plan", "$100.00", "$300.00", "Visa", "Every month"):
        assert shown in page
    assert desk.now(plan).state == PlanState.PROPOSED, "looking changes nothing"
    page = reader.submit(page, "Accept this plan")
    assert "You accepted this plan" in page
    now = desk.now(plan)
    assert now.state == PlanState.ACTIVE
    assert now.agreed_text is not None
    assert "3 times" in now.agreed_text
    assert now.agreed_ip == reader.ip_address
    run_jobs()  # type: ignore[operator]
    assert any("was accepted" in sent.subject for sent in outbox.to("ada@harlow.test"))


def test_P9_fifty_mail_scanners_accept_nothing(desk: PlanDesk, app: Flask) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), asks=True)
    for _scanner in range(50):
        Payer(app).get(path_of(plan))
    assert desk.now(plan).state == PlanState.PROPOSED


def test_P9_an_older_version_is_not_accepted(desk: PlanDesk, app: Flask) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), asks=True)
    reader = Payer(app)
    old = reader.get(path_of(plan))
    with db.transaction() as session:
        actions.queries.locked(session, plan.id).version += 1
    page = reader.submit(old, "Accept this plan", status=409)
    assert "has changed since" in page
    assert desk.now(plan).state == PlanState.PROPOSED
    assert "You accepted" in reader.submit(page, "Accept this plan")


def test_P9_accepted_twice_is_accepted_once(desk: PlanDesk, app: Flask) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), asks=True)
    reader = Payer(app)
    page = reader.get(path_of(plan))
    reader.submit(page, "Accept this plan")
    first = desk.now(plan).agreed_at
    assert "You accepted" in reader.submit(page, "Accept this plan")
    for act in (actions.pause, actions.resume):
        with db.transaction() as session:
            act(session, plan.id, by=ANA)
    assert "You accepted" in reader.submit(page, "Accept this plan")
    assert desk.now(plan).agreed_at == first


def test_P9_accepted_late_the_days_move_by_whole_months(desk: PlanDesk, app: Flask) -> None:
    desk.bill()
    start = desk.today()
    plan = desk.propose(desk.card(), asks=True, starts_on=start)
    from portal.core import demo_clock

    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=40))
    reader = Payer(app)
    reader.submit(reader.get(path_of(plan)), "Accept this plan")
    days = [one.due_on for one in desk.now(plan).instalments]
    assert days[0] >= desk.today()
    assert len(set(days)) == 3


def test_P9_a_canceled_plan_says_so_and_cannot_be_accepted(desk: PlanDesk, app: Flask) -> None:
    desk.bill()
    plan = desk.propose(desk.card(), asks=True)
    reader = Payer(app)
    page = reader.get(path_of(plan))
    with db.transaction() as session:
        actions.cancel(session, plan.id, by=ANA)
    assert "This plan is over" in reader.submit(page, "Accept this plan", status=409)
    assert "This plan was canceled" in reader.get(path_of(plan))
    assert desk.now(plan).state == PlanState.CANCELED


def test_P8_P9_a_plan_whose_method_was_deleted_is_not_accepted(desk: PlanDesk, app: Flask) -> None:
    desk.bill()
    method = desk.card()
    plan = desk.propose(method, asks=True)
    reader = Payer(app)
    page = reader.get(path_of(plan))
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    refused = reader.submit(page, "Accept this plan", status=409)
    assert "was deleted" in refused
    assert "Accept this plan" not in refused
    assert desk.now(plan).state == PlanState.PROPOSED
    desk.give_method(plan, desk.card())
    assert "You accepted" in reader.submit(reader.get(path_of(plan)), "Accept this plan")


def test_P9_an_address_that_is_none_is_not_found(desk: PlanDesk, app: Flask) -> None:
    for wrong in ("nobody", "x" * 300, "%00"):
        Payer(app).get(f"/payment-plans/{wrong}", status=404)


def test_P9_strangers_see_no_plans_in_the_portal(desk: PlanDesk, cast: Cast) -> None:
    for person in (cast.sol, cast.ana):
        page = person.get("/portal/payment-plans", status=303, follow=False)
        assert "/sign-in" in page.headers["Location"]


@pytest.fixture
def hers(desk: PlanDesk, cast: Cast) -> Visitor:
    """Cleo's browser, signed in to her portal."""
    with db.read() as session:
        (matter,) = session.scalars(select(Matter).where(Matter.client_id == desk.client.id))
    portals.opened(matter, portals.firm_person(cast.ben.email))
    portals.joined(desk.client)
    return browser_of(desk.client, cast)


def test_P9_a_client_finds_their_plans_in_settings_and_accepts_there(
    desk: PlanDesk, hers: Visitor
) -> None:
    empty = hers.click(hers.get("/portal/settings"), "Payment plans")
    assert "No payment plans" in empty
    desk.bill(30_000)
    plan = desk.propose(desk.card(), asks=True)
    page = hers.click(hers.get("/portal/settings"), "Payment plans")
    for shown in ("Waits for the client", "$300.00", "Every month", "Visa"):
        assert shown in page
    accepted = hers.submit(hers.click(page, "Read and accept"), "Accept this plan")
    assert "You accepted this plan" in accepted
    assert desk.now(plan).state == PlanState.ACTIVE
    assert "See the instalments" in hers.get("/portal/payment-plans")


def test_P8_P9_before_a_method_is_deleted_its_plan_and_autocharge_are_named(
    desk: PlanDesk, hers: Visitor
) -> None:
    desk.bill()
    method = desk.card()
    desk.propose(method)
    wanted = autocharge.Wanted(desk.client.id, desk.account.id, method.public_id, Moment.DUE)
    with db.transaction() as session:
        autocharge.turn_on(session, wanted, by=ANA)
    asked = hers.click(hers.get("/portal/settings/payment-methods"), "Delete")
    assert "A payment plan is charged to it." in asked
    assert "Bills are charged to it automatically." in asked


def test_P9_a_plan_of_somebody_else_is_not_listed(
    desk: PlanDesk, hers: Visitor, cast: Cast
) -> None:
    desk.bill()
    desk.propose(desk.card())
    other = clients.contact("Otto Else", "otto@client.test")
    portals.opened(clients.matter(other), portals.firm_person(cast.ben.email))
    portals.joined(other)
    assert "No payment plans" in browser_of(other, cast).get("/portal/payment-plans")
