"""What the firm answers for at its trust accounts: a task, who did it, and what was booked (M4)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from payments.ledger.models import AccountKind, Transfer
from payments.ledger.queries import totals
from payments.transactions import checks, replenishing
from payments.transactions.replenished import CoverReason, Replenishment
from payments.transactions.staff_trust_tasks import TASKS
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Missing
from portal.notifications.models import Alert
from tests.payments.transactions.conftest import Till
from tests.support.cast import Cast, Person
from tests.support.days import firm_day
from tests.support.page import Page
from tests.support.races import at_once

LIST = f"/staff{TASKS}"
ANA = "user:ana"
FEE = 755


def with_fee(till: Till) -> int:
    """A trust payment of $1,000.00 that Stripe took its fee from."""
    payment_id = till.attempt(kind="trust", cents=100_000)
    till.complete(payment_id, fee_cents=FEE)
    return payment_id


def tasks() -> list[Replenishment]:
    with db.read() as session:
        return list(session.scalars(select(Replenishment).order_by(Replenishment.id)))


def the_task() -> Replenishment:
    (found,) = tasks()
    return found


def finish(moved_on: date | None = None, reference: str = "FT-4711", by: str = ANA) -> None:
    with db.transaction() as session:
        replenishing.done(session, the_task().public_id, moved_on or firm_day(), reference, by=by)


def held(till: Till, kind: AccountKind) -> int:
    with db.read() as session:
        found = totals(session, till.accounts["trust"].id)
    return found[kind].posted_cents if kind in found else 0


def books_are_true() -> bool:
    with db.read() as session:
        return checks.all_problems(session) == []


def open_alerts() -> list[tuple[str, str]]:
    with db.read() as session:
        rows = session.execute(
            select(Alert.kind, Alert.subject).where(Alert.resolved_at.is_(None)).order_by(Alert.id)
        )
        return [(kind, subject) for kind, subject in rows]


def booked(task: Replenishment) -> list[str]:
    with db.read() as session:
        cause = f"replenishment:{task.public_id}"
        return list(session.scalars(select(Transfer.situation).where(Transfer.cause == cause)))


@pytest.mark.both_databases
def test_M4_a_fee_on_trust_is_a_task_until_the_firm_has_put_it_in(books: Till) -> None:
    with_fee(books)
    task = the_task()
    assert (task.reason, task.state, task.cents) == ("fee", "open", FEE)
    assert open_alerts() == [("fee_on_trust", f"replenishment:{task.public_id}")]
    assert held(books, AccountKind.FIRM_COVER) == FEE
    assert booked(task) == []

    finish(reference="  FT 4711 ")
    task = the_task()
    assert (task.state, task.moved_on, task.bank_reference) == ("done", firm_day(), "FT 4711")
    assert task.ended_by == ANA
    assert open_alerts() == []
    assert booked(task) == ["trust_replenished"]
    assert held(books, AccountKind.FIRM_COVER) == 0
    assert held(books, AccountKind.BANK) == FEE
    assert books_are_true()


def test_M4_a_fee_that_is_seen_twice_is_one_task(books: Till) -> None:
    payment_id = with_fee(books)
    books.complete(payment_id, fee_cents=FEE)
    assert len(tasks()) == 1


def test_M4_no_fee_and_a_fee_on_operating_are_no_task(books: Till) -> None:
    books.complete(books.attempt(kind="trust"), fee_cents=0)
    books.complete(books.attempt(kind="operating"), fee_cents=FEE)
    assert tasks() == []


def test_M4_what_is_done_or_released_is_not_done_again(books: Till) -> None:
    with_fee(books)
    finish()
    with pytest.raises(Conflict, match="recorded this already"):
        finish(reference="FT-2")
    assert the_task().bank_reference == "FT-4711"
    assert booked(the_task()) == ["trust_replenished"]


@pytest.mark.both_databases
def test_M7_a_cover_is_released_when_the_money_is_back_before_anybody_moved_any(
    books: Till,
) -> None:
    with_fee(books)
    once = the_task().once
    with db.transaction() as session:
        assert replenishing.release(session, once)
    task = the_task()
    assert (task.state, task.moved_on) == ("released", None)
    assert open_alerts() == []
    assert booked(task) == [], "whoever had the money come back books it"
    with pytest.raises(Conflict, match="The money came back meanwhile"):
        finish()
    with db.transaction() as session, pytest.raises(Missing):
        replenishing.release(session, once)


@pytest.mark.both_databases
def test_M7_what_was_put_in_and_came_back_is_the_firms_to_take_out(books: Till) -> None:
    payment_id = with_fee(books)
    first = the_task()
    finish()
    with db.transaction() as session:
        assert not replenishing.release(session, first.once)
        payment = books.payment(payment_id)
        for _twice in range(2):
            replenishing.open_cover(
                session, payment, FEE, CoverReason.SURPLUS, once=f"{first.once}:surplus"
            )
    _, surplus = tasks()
    assert open_alerts() == [("trust_surplus", f"replenishment:{surplus.public_id}")]
    with db.transaction() as session:
        replenishing.done(session, surplus.public_id, firm_day(), "FT-2", by=ANA)
    assert booked(surplus) == ["surplus_taken_out"]
    assert held(books, AccountKind.BANK) == 0
    assert open_alerts() == []


@pytest.mark.both_databases
def test_M4_of_two_people_who_record_it_at_once_one_is_told(books: Till) -> None:
    with_fee(books)
    answers = at_once(
        *(lambda number=number: finish(reference=f"FT-{number}", by=ANA) for number in range(4))
    )
    assert len([one for one in answers if isinstance(one, Conflict)]) == 3
    assert booked(the_task()) == ["trust_replenished"]
    assert held(books, AccountKind.BANK) == FEE
    assert books_are_true()


def task_page(person: Person) -> Page:
    return person.get(f"{LIST}/{the_task().public_id}")


def record(person: Person, *, status: int = 200, **typed: str) -> Page:
    said: dict[str, Any] = {"moved_on": firm_day().isoformat(), "reference": "FT-4711"} | typed
    return person.submit(task_page(person), "Record as done", status=status, **said)


def test_M4_the_list_says_what_to_do_and_what_is_owed(cast: Cast, till: Till) -> None:
    page = cast.ana.get(LIST)
    assert "Your firm owes its trust accounts nothing" in page
    payment = till.payment(with_fee(till))
    page = cast.ben.get(LIST)
    assert "Harlow trust Your firm owes this account $7.55." in page
    (row,) = page.texts("tbody tr")
    assert row.startswith("Put $7.55 into Harlow trust Stripe took its fee from trust money.")
    assert payment.reference in row
    shown = cast.ben.click(page, "Put $7.55 into Harlow trust")
    assert "move $7.55 from an account of your firm's own into Harlow trust" in shown
    assert "Record as done" not in shown.texts("button")
    assert "Somebody with the accounts level records it here." in shown


def test_M4_who_did_it_when_and_with_which_reference_stays(cast: Cast, till: Till) -> None:
    payment_id = with_fee(till)
    page = record(cast.ana)
    assert "The task is done, and it is in the books." in page
    facts = page.texts("#task-facts .summary-row")
    assert "Bank's reference FT-4711" in facts
    assert any(fact.startswith("Recorded by Ana") for fact in facts)
    (entry,) = page.texts("#task-books tbody tr")
    assert "Put into trust by the firm Cash in bank Owed to trust by the firm $7.55" in entry
    assert "Record as done" not in page.texts("button")
    assert "owes this account" not in cast.ana.get(LIST)
    done = cast.ana.get(f"{LIST}?state=done")
    assert "Put $7.55 into Harlow trust" in done
    of_payment = cast.ana.get(
        f"/staff/online-payments/transactions/{till.payment(payment_id).public_id}"
    )
    assert "Put into trust by the firm" in of_payment
    with db.read() as session:
        logged = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject == f"replenishment:{the_task().public_id}")
            .order_by(AuditEntry.id)
        ).all()
    assert logged == ["replenishment.opened", "replenishment.done"]
    assert "Trust task done" in cast.ada.activity_log()


def test_M4_the_alert_of_the_fee_leads_to_its_task(cast: Cast, till: Till) -> None:
    with_fee(till)
    page = cast.ana.get("/staff/alerts")
    assert "Replenish trust: move 7.55 USD of the firm's own money into Harlow trust." in page
    assert page.link("Open the task").endswith(f"{TASKS}/{the_task().public_id}")
    record(cast.ana)
    assert "Replenish trust" not in cast.ana.get("/staff/alerts")


def tomorrow() -> str:
    return (firm_day() + timedelta(days=1)).isoformat()


def long_ago() -> str:
    return (firm_day() - timedelta(days=3)).isoformat()


@pytest.mark.parametrize(
    "field, typed, told",
    [
        ("moved_on", lambda: "", "Enter the day the bank moved the money."),
        ("moved_on", lambda: "soon", "Enter the day the bank moved the money."),
        ("moved_on", tomorrow, "This day is still to come."),
        ("moved_on", long_ago, "This day is before the payment was made."),
        ("reference", lambda: " ", "Enter the bank's reference."),
        ("reference", lambda: "–", "Use at least one letter or digit."),
        ("reference", lambda: "x" * 101, "Use at most 100 characters."),
        ("reference", lambda: "FT\u202e1", "Leave out characters that cannot be seen."),
    ],
)
def test_M4_what_cannot_be_recorded_is_told_beside_its_field_and_changes_nothing(
    cast: Cast, till: Till, field: str, typed: Callable[[], str], told: str
) -> None:
    with_fee(till)
    page = record(cast.ana, status=422, **{field: typed()})
    (error,) = page.texts(".has-error")
    assert told in error
    kept = page.one(f"#{'reference' if field == 'moved_on' else 'moved_on'}")["value"]
    assert kept in ("FT-4711", firm_day().isoformat())
    assert the_task().state == "open"
    assert booked(the_task()) == []


def test_M4_recording_it_in_a_second_tab_says_that_it_was_done(cast: Cast, till: Till) -> None:
    with_fee(till)
    page = task_page(cast.ana)
    record(cast.ada)
    told = cast.ana.submit(
        page, "Record as done", status=409, moved_on=firm_day().isoformat(), reference="FT-2"
    )
    assert "Somebody has recorded this already. Nothing was changed." in told
    assert "Bank's reference FT-4711" in told.texts("#task-facts .summary-row")


def test_M4_only_accounts_and_administrators_record_it(cast: Cast, till: Till) -> None:
    with_fee(till)
    typed = {"moved_on": firm_day().isoformat(), "reference": "FT-1"}
    cast.ben.post(
        f"{LIST}/{the_task().public_id}",
        {"csrf_token": cast.ben.csrf_token(), **typed},
        status=403,
    )
    assert the_task().state == "open"
    cast.ana.get(f"{LIST}/nonsense", status=404)
    cast.ana.post(f"{LIST}/nonsense", {"csrf_token": cast.ana.csrf_token(), **typed}, status=404)
    assert "To do" in cast.ben.get(f"{LIST}?state=nonsense")
