"""The life of a plan and of an instalment, drawn as edges (FEATURES P9). What is not listed cannot
happen."""

from payments.plans.models import DueState, Instalment, PaymentPlan, PlanState

PLAN_EDGES: dict[PlanState, frozenset[PlanState]] = {
    PlanState.PROPOSED: frozenset({PlanState.ACTIVE, PlanState.CANCELED}),
    PlanState.ACTIVE: frozenset(
        {PlanState.PROPOSED, PlanState.PAUSED, PlanState.CANCELED, PlanState.FINISHED}
    ),
    # The last instalment may have been under way when the plan was paused.
    PlanState.PAUSED: frozenset(
        {PlanState.PROPOSED, PlanState.ACTIVE, PlanState.CANCELED, PlanState.FINISHED}
    ),
    PlanState.CANCELED: frozenset(),
    PlanState.FINISHED: frozenset(),
}
LIVE_STATES = frozenset({PlanState.PROPOSED, PlanState.ACTIVE, PlanState.PAUSED})

DUE_EDGES: dict[DueState, frozenset[DueState]] = {
    DueState.SCHEDULED: frozenset(
        {DueState.CHARGING, DueState.SKIPPED, DueState.FAILED, DueState.CANCELED}
    ),
    # Back to where it was, where nothing was recorded: a bill was paid at that moment.
    DueState.CHARGING: frozenset(
        {
            DueState.PAID,
            DueState.RETRYING,
            DueState.FAILED,
            DueState.SKIPPED,
            DueState.SCHEDULED,
        }
    ),
    DueState.RETRYING: frozenset(
        {DueState.CHARGING, DueState.SKIPPED, DueState.FAILED, DueState.CANCELED}
    ),
    # The bank took the money back.
    DueState.PAID: frozenset({DueState.RETRYING, DueState.FAILED}),
    # Staff try once more, or a new schedule takes its place.
    DueState.FAILED: frozenset({DueState.RETRYING, DueState.CANCELED}),
    DueState.SKIPPED: frozenset(),
    DueState.CANCELED: frozenset(),
}
WAITING = frozenset({DueState.SCHEDULED, DueState.RETRYING})
UNSETTLED = WAITING | {DueState.CHARGING}


class IllegalStep(RuntimeError):
    """An edge that is not drawn: a mistake in the code, never somebody's input."""


def move_plan(plan: PaymentPlan, then: PlanState) -> None:
    """Take one edge of a plan's life. Raises `IllegalStep` where there is none."""
    if then not in PLAN_EDGES[PlanState(plan.state)]:
        raise IllegalStep(f"a plan that is {plan.state} cannot become {then}")
    plan.state = then


def move_instalment(instalment: Instalment, then: DueState) -> None:
    """Take one edge of an instalment's life. Raises `IllegalStep` where there is none."""
    if then not in DUE_EDGES[DueState(instalment.state)]:
        raise IllegalStep(f"an instalment that is {instalment.state} cannot become {then}")
    instalment.state = then
