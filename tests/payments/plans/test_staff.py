"""The staff pages of payment plans (FEATURES P9)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from payments.methods.actions import delete
from payments.plans import actions
from payments.plans.models import DueState, Instalment, PaymentPlan, PlanState
from portal.clients.models import Contact
from portal.core import db
from portal.web.pagination import PAGE_ROWS
from tests.factories.many_plans import client_with_plan
from tests.factories.plans import CARD_DECLINES_ONCE_STORED, PlanDesk
from tests.support.cast import Cast
from tests.support.page import Page

LIST = "/staff/online-payments/payment-plans"


def new_path(desk: PlanDesk) -> str:
    return f"/staff/contacts/{desk.client.public_id}/payment-plans/new"


def typed(desk: PlanDesk, chosen: str, **said: str) -> dict[str, str]:
    values = {
        "account": desk.account.public_id,
        "method": chosen,
        "kind": "equal",
        "count": "3",
        "every": "month",
        "starts_on": desk.today().isoformat(),
        "owed": str(desk.owed()),
    }
    return values | said


def agree(desk: PlanDesk, cast: Cast, chosen: str, *, status: int, **said: str) -> Page:
    form = typed(desk, chosen, **said) | {"csrf_token": cast.ana.csrf_token()}
    return cast.ana.post(new_path(desk), form, status=status, follow=False)


def plans() -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(PaymentPlan)) or 0


def test_P9_a_plan_is_made_from_the_contacts_tab_and_shown_with_its_instalments(
    desk: PlanDesk, cast: Cast
) -> None:
    desk.bill(30_001)
    desk.card()
    tab = cast.ana.get(f"/staff/contacts/{desk.client.public_id}/payment-plans")
    form = cast.ana.click(tab, "New payment plan")
    assert "$300.01 is owed now" in form
    page = cast.ana.submit(form, "Agree plan", asks=None)
    assert "The plan is active." in page
    for shown in ("$100.01", "$100.00", "Scheduled", "Cleo Vance", "Every month"):
        assert shown in page
    assert "Cleo Vance" in cast.ana.get(LIST)


def test_P9_the_schedule_is_drawn_as_it_is_typed(desk: PlanDesk, cast: Cast) -> None:
    desk.bill(30_000)
    method = desk.card()
    query = typed(desk, method.public_id, kind="fixed", each="70.00")
    page = cast.ana.get(new_path(desk), query_string=query, htmx=True)
    assert len(page.select("tbody tr")) == 5
    assert "$20.00" in page
    wrong = cast.ana.get(new_path(desk), query_string=query | {"each": "0"}, htmx=True)
    assert "at least 0.50" in wrong
    assert plans() == 0


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"count": "0"}, "from 2 to 120"),
        ({"count": "-3"}, "from 2 to 120"),
        ({"count": "1"}, "from 2 to 120"),
        ({"count": "121"}, "from 2 to 120"),
        ({"count": "10000"}, "from 2 to 120"),
        ({"count": "９"}, "from 2 to 120"),
        ({"kind": "fixed", "each": "0"}, "at least 0.50"),
        ({"kind": "fixed", "each": "-5"}, "Enter an amount like"),
        ({"kind": "fixed", "each": "NaN"}, "Enter an amount like"),
        ({"kind": "fixed", "each": "300.00"}, "all of it at once"),
        ({"kind": "fixed", "each": "1.00"}, "more than 120 instalments"),
        ({"every": "day"}, "Choose how often"),
        ({"starts_on": "2020-01-01"}, "This day is past"),
        ({"starts_on": "2099-01-01"}, "within a year"),
        ({"starts_on": "tomorrow"}, "Enter the day like"),
        ({"method": "nobodys"}, "this client has stored"),
        ({"note": "x" * 501}, "at most 500"),
        ({"owed": "29999"}, "has changed since you opened"),
    ],
)
def test_P9_what_cannot_be_is_refused_in_words_and_nothing_is_made(
    desk: PlanDesk, cast: Cast, said: dict[str, str], sentence: str
) -> None:
    desk.bill(30_000)
    method = desk.card()
    page = agree(desk, cast, method.public_id, status=422, **said)
    assert sentence in page
    assert plans() == 0


def test_P9_a_method_of_the_trust_account_or_of_another_client_pays_no_plan(
    desk: PlanDesk, cast: Cast
) -> None:
    from tests.factories import clients
    from tests.factories.methods import Wallet

    desk.bill()
    desk.card()
    of_trust = Wallet(desk.client, desk.trust).stored()
    sols = Wallet(clients.contact("Sol Nobody", "sol@client.test"), desk.account).stored()
    for method, why in ((of_trust, "another account"), (sols, "not stored for this client")):
        assert why in agree(desk, cast, method.public_id, status=422)
    trusts = agree(desk, cast, of_trust.public_id, status=422, account=desk.trust.public_id)
    assert "operating account" in trusts
    assert plans() == 0


def test_P9_a_client_without_a_method_gets_no_form_but_is_told_what_to_do(
    desk: PlanDesk, cast: Cast
) -> None:
    desk.bill()
    page = cast.ana.get(new_path(desk))
    assert "has stored no card or bank account" in page
    assert not page.select("form#plan-form")


def test_P9_nothing_owed_is_no_plan(desk: PlanDesk, cast: Cast) -> None:
    method = desk.card()
    assert "Nothing is owed" in agree(desk, cast, method.public_id, status=422)


def test_P9_a_second_plan_on_the_same_account_is_refused(desk: PlanDesk, cast: Cast) -> None:
    desk.bill()
    method = desk.card()
    desk.propose(method)
    page = agree(desk, cast, method.public_id, status=409)
    assert "has a payment plan into this account already" in page
    assert plans() == 1


def test_P9_staff_pause_resume_change_and_cancel(desk: PlanDesk, cast: Cast) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    page = cast.ana.get(f"/staff/payment-plans/{plan.public_id}")
    page = cast.ana.submit(page, "Pause plan")
    assert desk.now(plan).state == PlanState.PAUSED
    page = cast.ana.submit(page, "Resume plan")
    assert desk.now(plan).state == PlanState.ACTIVE
    change = cast.ana.click(page, "Change plan")
    page = cast.ana.submit(
        change, "Save changes", reschedule="yes", kind="equal", count="5", note="By phone"
    )
    assert len(desk.now(plan).instalments) == 5
    assert "By phone" in page
    sure = cast.ana.click(page, "Cancel plan")
    page = cast.ana.submit(sure, "Cancel plan")
    assert desk.states(plan) == ["canceled"] * 5
    assert "Canceled" in page
    assert not page.select("#plan-actions")


def test_P9_a_deleted_method_stands_on_the_plan_and_in_the_list(desk: PlanDesk, cast: Cast) -> None:
    desk.bill()
    method = desk.card()
    plan = desk.propose(method)
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    assert "was deleted" in cast.ben.get(f"/staff/payment-plans/{plan.public_id}")
    assert "was deleted" in cast.ben.get(LIST)


def test_P9_a_failed_instalment_stands_in_the_list_and_is_not_offered_again(
    desk: PlanDesk, cast: Cast, advance: Callable[[timedelta], int]
) -> None:
    desk.bill()
    plan = desk.propose(desk.card(CARD_DECLINES_ONCE_STORED))
    for days in (1, 4):
        advance(timedelta(days=days))
    page = cast.ana.get(LIST)
    assert "1 instalment not paid" in page
    one = cast.ana.get(f"/staff/payment-plans/{plan.public_id}")
    assert one.text.count("Failed") >= 2
    assert "Try again" not in one


def test_N9_only_accounts_and_administrators_run_plans(desk: PlanDesk, cast: Cast) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    page = cast.ben.get(f"/staff/payment-plans/{plan.public_id}")
    assert not page.select("#plan-actions")
    cast.ben.get(new_path(desk), status=403)
    token = {"csrf_token": cast.ben.csrf_token()}
    cast.ben.post(f"/staff/payment-plans/{plan.public_id}/pause", token, status=403)
    assert desk.now(plan).state == PlanState.ACTIVE


def test_X9_the_log_tells_what_was_done_with_a_plan(desk: PlanDesk, cast: Cast) -> None:
    desk.bill()
    plan = desk.propose(desk.card())
    with db.transaction() as session:
        actions.cancel(session, plan.id, by="user:ana")
    page = cast.ada.activity_log()
    for shown in ("Payment plan made", "Payment plan canceled"):
        assert shown in page


def test_P9_many_plans_stand_page_by_page_those_with_a_failed_instalment_first(
    desk: PlanDesk, cast: Cast
) -> None:
    made = [client_with_plan(desk, n, desk.today()).name for n in range(PAGE_ROWS + 2)]
    with db.transaction() as session:
        for number in (3, 7):
            client = session.scalars(select(Contact).where(Contact.name == made[number])).one()
            plan = session.scalars(select(PaymentPlan.id).where(PaymentPlan.client_id == client.id))
            of_it = Instalment.plan_id == plan.one()
            session.execute(update(Instalment).where(of_it).values(state=DueState.FAILED))
    others = [name for n, name in reversed(list(enumerate(made))) if n not in {3, 7}]
    first = cast.ben.get(LIST)
    assert _clients(first) == [made[7], made[3], *others[: PAGE_ROWS - 2]]
    second = cast.ben.click(first, "Next")
    assert _clients(second) == others[PAGE_ROWS - 2 :]
    assert _clients(cast.ben.click(second, "Previous")) == _clients(first)
    assert "Nothing further" in cast.ben.get(f"{LIST}?before=1")
    assert _clients(cast.ben.get(f"{LIST}?before=99999999")) == _clients(first)


def _clients(page: Page) -> list[str]:
    return page.texts("#payment-plans tbody th a")
