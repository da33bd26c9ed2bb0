"""Whatever happens in whatever order, no plan charges more than is owed, or makes a try twice.

Days pass, instalments fall due, workers are killed and run a job again, the processor declines, the
bank takes money back, bills are paid, changed and voided, staff pause, change and cancel (P9).
"""

import os
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule
from sqlalchemy import func, select

from payments.gateway.results import MethodKind
from payments.methods.models import StoredMethod
from payments.methods.standing import today
from payments.plans import actions, changing, due, queries
from payments.plans.calendar import mark_of
from payments.plans.days import upcoming
from payments.plans.due import charge_due, nonce_of
from payments.plans.ended import ended
from payments.plans.models import DueState, Every, Instalment, InstalmentTry, PaymentPlan, PlanState
from payments.plans.proposing import Wanted, propose
from payments.plans.states import UNSETTLED
from payments.plans.terms import Terms
from payments.transactions import charging
from payments.transactions.actions import Outcome, outcome
from payments.transactions.models import Origin, Payment
from payments.transactions.states import OPEN, Status
from portal.clients.access import NOTHING_CLOSED
from portal.core import clock, config, db, jobs
from portal.core.config import Settings
from portal.core.ids import public_id
from tests.payments.transactions.lives import CENTS, PracticeLife, live
from tests.payments.transactions.practice import ANA
from tests.support.databases import Databases

# Each of fifty steps; `LIVES=5000` has as many on demand.
LIVES = int(os.environ.get("LIVES") or 0)
LIVES_IN_CI = {"sqlite": 20, "postgresql": 8}
KILLS = st.sampled_from([None, None, None, "before", "recorded", "kept"])
NUMBERS = st.integers(0, 20)


class Killed(BaseException):
    """The worker is gone: nothing in the code under test may catch this."""


class PlanLife(PracticeLife):
    """A firm whose clients pay by plans among all else that happens to their bills."""

    plans: Bundle[int] = Bundle("plans")

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()
        clock.use_offset_from(lambda: self.ahead)

    def teardown(self) -> None:
        clock.use_offset_from(None)
        super().teardown()

    def a_method(self, client_id: int) -> StoredMethod:
        name = public_id()
        method = StoredMethod(
            public_id=name,
            delete_token=name,
            client_id=client_id,
            bank_account_id=self.practice.till.accounts["operating"].id,
            processor_method_id=name,
            kind=MethodKind.CARD,
            label="Visa •••• 4242",
            last4="4242",
            expires_month=12,
            expires_year=2099,
            cause="payment:x",
            name="Cleo Vance",
            address="cleo@client.test",
            language="en_US",
            consent_text="Yes",
            consent_ip="",
            consent_agent="",
            stored_at=clock.now(),
        )
        with db.transaction() as session:
            session.add(method)
        return method

    @rule(
        target=plans,
        who=st.sampled_from(["cleo", "sol"]),
        cents=CENTS,
        count=st.integers(2, 5),
        every=st.sampled_from(Every),
        asks=st.booleans(),
    )
    def agree(self, who: str, cents: int, count: int, every: Every, asks: bool) -> int:
        client = self.client((who, None))
        self.practice.bill(client, (0, cents + 500))
        account_id = self.practice.till.accounts["operating"].id
        with db.transaction() as session:
            live_plan = queries.live_plan(session, client.id, account_id)
            if live_plan is not None:
                return live_plan.id
        method = self.a_method(client.id)
        with db.transaction() as session:
            owed = queries.owed_cents(session, client.id, account_id, NOTHING_CLOSED)
            terms = Terms(every, today(session), count=count)
            wanted = Wanted(client.id, account_id, method.public_id, terms, asks, owed)
            return propose(session, wanted, NOTHING_CLOSED, by=ANA).id

    @rule(plan_id=plans, kill=KILLS, days=st.sampled_from([0, 1, 3, 8, 31]))
    def days_pass_and_a_worker_charges(self, plan_id: int, kill: str | None, days: int) -> None:
        self.ahead += timedelta(days=days)
        with db.read() as session:
            which = select(Instalment.id).where(Instalment.plan_id == plan_id)
            ids = session.scalars(which.order_by(Instalment.number)).all()
        for instalment_id in ids:
            self.run(instalment_id, kill)

    def run(self, instalment_id: int, kill: str | None) -> None:
        def dies(*_: Any, **__: Any) -> Any:
            raise Killed

        def unanswered(payment_id: int, **_: Any) -> Outcome:
            return outcome(payment_id)

        carried_out = dies if kill == "recorded" else unanswered
        with (
            patch.object(charging, "carry_out_stored", carried_out),
        ):
            charge = dies if kill == "before" else charging.charge
            keep = dies if kill == "kept" else due.keep_try
            with patch.object(due, "charge", charge), patch.object(due, "keep_try", keep):
                try:
                    charge_due(instalment_id)
                except (jobs.Again, Killed):
                    return

    @rule(plan_id=plans, nth=NUMBERS, ends=st.sampled_from(["complete", "authorize", "fail"]))
    def the_processor_answers(self, plan_id: int, nth: int, ends: str) -> None:
        made = self.charges(plan_id)
        if not made:
            return
        payment_id = made[nth % len(made)]
        getattr(self.practice.till, ends)(payment_id)
        ended(payment_id)

    @rule(plan_id=plans, nth=NUMBERS)
    def a_follower_runs_again(self, plan_id: int, nth: int) -> None:
        made = self.charges(plan_id)
        if made:
            ended(made[nth % len(made)])

    def charges(self, plan_id: int) -> list[int]:
        with db.read() as session:
            ids = session.scalars(select(Instalment.id).where(Instalment.plan_id == plan_id)).all()
            nonces = [nonce_of(one, number) for one in ids for number in (1, 2)]
            made = select(Payment.id).where(Payment.nonce.in_(nonces)).order_by(Payment.id)
            return list(session.scalars(made))

    @rule(plan_id=plans)
    def accept(self, plan_id: int) -> None:
        with db.read() as session:
            plan, day = queries.by_id(session, plan_id), today(session)
        seen = mark_of(upcoming(plan, day))
        said = actions.Accepted(plan.version, seen, "Read", "203.0.113.9", "Firefox")
        self.try_to(lambda session: actions.accept(session, plan_id, said))

    @rule(plan_id=plans, then=st.sampled_from(["pause", "resume", "cancel", "resume"]))
    def stop_or_go_on(self, plan_id: int, then: str) -> None:
        self.try_to(lambda session: getattr(actions, then)(session, plan_id, by=ANA))

    @rule(plan_id=plans, nth=NUMBERS)
    def try_again(self, plan_id: int, nth: int) -> None:
        self.try_to(lambda session: changing.try_again(session, plan_id, nth % 6 + 1, by=ANA))

    @rule(plan_id=plans, count=st.integers(2, 6), new_method=st.booleans(), anew=st.booleans())
    def change_plan(self, plan_id: int, count: int, new_method: bool, anew: bool) -> None:
        with db.read() as session:
            plan, day = queries.by_id(session, plan_id), today(session)
            owed = queries.owed_cents(session, plan.client_id, plan.bank_account_id, NOTHING_CLOSED)
        method = self.a_method(plan.client_id) if new_method else plan.method
        terms = Terms(Every.WEEK, day, count=count) if anew else None
        wanted = changing.Change(plan.version, method.public_id, "", terms, owed)
        self.try_to(
            lambda session: changing.change(session, plan_id, wanted, NOTHING_CLOSED, by=ANA)
        )

    def try_to(self, act: Any) -> None:
        def acted() -> None:
            with db.transaction() as session:
                act(session)

        self.may_be_refused(acted)

    def may_be_refused(self, act: Any) -> None:
        try:
            act()
        except changing.Conflict:
            return
        except changing.Problems:
            return

    @invariant()
    def no_try_is_made_twice_and_no_instalment_paid_twice(self) -> None:
        with db.read() as session:
            for one in session.scalars(select(Instalment)):
                nonces = [nonce_of(one.id, number) for number in (1, 2)]
                made = session.scalars(select(Payment).where(Payment.nonce.in_(nonces))).all()
                standing = [p for p in made if p.status in OPEN or p.status == Status.COMPLETED]
                assert len(made) <= one.tries <= 2
                assert len(standing) <= 1
                assert all(payment.amount_cents <= one.amount_cents for payment in made)
                if one.state == DueState.PAID:
                    assert [p.amount_cents for p in standing] == [one.charged_cents]
                if one.state == DueState.RETRYING:
                    assert standing == [] or one.tries == 1
            charged = select(func.count()).where(Payment.origin == Origin.PLAN)
            tries = select(func.count()).select_from(InstalmentTry)
            assert (session.scalar(tries) or 0) <= (session.scalar(charged) or 0)

    @invariant()
    def a_plan_that_is_over_has_nothing_left_to_charge(self) -> None:
        with db.read() as session:
            for plan in session.scalars(select(PaymentPlan)):
                states = session.scalars(
                    select(Instalment.state).where(Instalment.plan_id == plan.id)
                ).all()
                if plan.state == PlanState.FINISHED:
                    assert UNSETTLED.isdisjoint(states)
                if plan.state == PlanState.CANCELED:
                    assert {DueState.SCHEDULED, DueState.RETRYING}.isdisjoint(states)


@pytest.mark.slow
@pytest.mark.both_databases
def test_P9_no_life_charges_more_than_is_owed_or_a_try_twice(
    databases: Databases, database_kind: str, settings: Settings
) -> None:
    config.use(settings)
    live(databases, LIVES or LIVES_IN_CI[database_kind], 50, PlanLife)
