"""Trust money that came by eCheck is on hold for so many banking days after Completed (M8)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from payments.ledger.models import AccountKind
from payments.receipts import holds
from payments.receipts.actions import PlanChanged
from payments.receipts.models import Receipt
from portal.core import clock, db
from portal.core.errors import Conflict, Invalid
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.echecks import (
    available,
    card,
    echeck,
    go_to,
    hold_days,
    in_trust,
    of,
    on_hold,
    pay,
    shown,
)
from tests.payments.transactions.practice import Practice, held, open_practice, owed, problems

NEW_YORK = "America/New_York"


@pytest.fixture
def practice(books: Till) -> Practice:
    return open_practice(books)


@pytest.mark.parametrize(
    ("completed", "days", "until"),
    [
        ("2026-05-04 10:00", 5, "2026-05-12"),  # Monday: Tuesday to Monday are whole days
        ("2026-05-04 23:59", 1, "2026-05-06"),
        ("2026-05-01 09:00", 1, "2026-05-05"),  # Friday: the weekend does not count
        ("2026-05-02 09:00", 5, "2026-05-09"),  # Saturday
        ("2026-10-30 09:00", 3, "2026-11-05"),  # over the end of summer time
    ],
)
def test_M8_a_hold_lasts_whole_banking_days_where_the_firm_is(
    completed: str, days: int, until: str
) -> None:
    zone = ZoneInfo(NEW_YORK)
    at = datetime.fromisoformat(completed).replace(tzinfo=zone)
    free = holds.held_until(at.astimezone(UTC), days, NEW_YORK)
    assert free == datetime.fromisoformat(until).replace(tzinfo=zone)


def test_M8_no_days_hold_nothing(practice: Practice) -> None:
    hold_days(0)
    in_trust(practice, echeck(practice, 20_000))
    assert on_hold(practice) == []


@pytest.mark.both_databases
def test_M8_an_echeck_in_trust_is_held_and_pays_nothing_until_it_is_free(
    practice: Practice,
) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    in_trust(practice, card(practice, 3_000))
    receipt = in_trust(practice, echeck(practice, 20_000))
    assert available(bill) == [3_000]
    assert [one.cents for one in of(bill).on_hold] == [20_000]
    with pytest.raises(Invalid, match=r"Only \$30.00 is available .* Another \$200.00 is on hold"):
        shown(bill, 10_000)
    assert receipt.held_until is not None
    go_to(receipt.held_until - timedelta(minutes=5))
    assert available(bill) == [3_000]
    go_to(receipt.held_until + timedelta(seconds=1))
    assert available(bill) == [23_000]
    assert of(bill).on_hold == []
    pay(bill, shown(bill, 10_000))
    assert owed(bill) == 0
    assert problems() == []


def test_M8_money_that_is_all_on_hold_is_told_and_not_offered(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    in_trust(practice, echeck(practice, 20_000), 0)
    found = of(bill)
    assert found.ledgers == []
    assert [one.cents for one in found.on_hold] == [20_000]


def test_M8_only_echecks_into_trust_are_held(practice: Practice) -> None:
    in_trust(practice, card(practice, 3_000))
    in_trust(practice, echeck(practice, 4_000, kind="operating"))
    practice.cheque(practice.cleo, 5_000, kind="trust", apply=False)
    assert on_hold(practice) == []


def test_M8_a_payment_that_is_linked_late_is_held_from_when_it_completed(
    practice: Practice,
) -> None:
    payment_id = echeck(practice, 20_000)
    until = practice.till.payment(payment_id).held_until
    assert until is not None
    go_to(until - timedelta(days=1))
    receipt = in_trust(practice, payment_id)
    assert receipt.held_until == until
    assert on_hold(practice) == [20_000]


def test_M8_a_changed_link_takes_its_hold_along(practice: Practice) -> None:
    payment_id = echeck(practice, 20_000)
    in_trust(practice, payment_id)
    practice.change(payment_id, practice.target(practice.cleo, 1), apply=False)
    with db.read() as session:
        (ledger,) = holds.on_hold(session, [practice.cleo.id], clock.now())
    assert ledger[2] == practice.cleo.matters[1]
    practice.change(payment_id, None)
    assert on_hold(practice) == []


def test_M8_what_is_on_hold_stays_so_when_the_firm_sets_other_days(practice: Practice) -> None:
    first = in_trust(practice, echeck(practice, 20_000))
    hold_days(0)
    in_trust(practice, echeck(practice, 1_000))
    assert on_hold(practice) == [20_000]
    assert first.held_until is not None


def test_M8_money_on_hold_is_not_taken_in_place_of_what_was_spent(practice: Practice) -> None:
    """A link whose money was spent stays, though as much of another payment came on hold since."""
    bill = practice.bill(practice.cleo, (0, 10_000))
    payment_id = card(practice, 10_000)
    in_trust(practice, payment_id)
    pay(bill, shown(bill, 10_000))
    in_trust(practice, echeck(practice, 10_000))
    with pytest.raises(Conflict, match="on hold"):
        practice.change(payment_id, None)
    assert sum(held(AccountKind.CLIENT_TRUST, practice.cleo).values()) == 10_000
    assert problems() == []


@pytest.mark.both_databases
def test_M8_a_plan_that_was_shown_at_the_edge_of_a_hold_is_shown_again(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    in_trust(practice, card(practice, 3_000))
    receipt = in_trust(practice, echeck(practice, 20_000))
    before = shown(bill, 2_000)
    assert receipt.held_until is not None
    go_to(receipt.held_until + timedelta(seconds=1))
    with pytest.raises(PlanChanged):
        pay(bill, before)
    pay(bill, shown(bill, 2_000))
    assert owed(bill) == 8_000


def test_M8_echecks_of_60_days_are_told_as_a_risk(practice: Practice) -> None:
    receipt = in_trust(practice, echeck(practice, 20_000))
    in_trust(practice, card(practice, 3_000))

    def risk(days: int) -> tuple[int, date | None]:
        with db.read() as session:
            day = receipt.received_on + timedelta(days=days)
            found = holds.echecks(session, practice.cleo.id, day)
        return found.claimable_cents, found.claimed_until

    last = receipt.received_on + timedelta(days=60)
    assert risk(0) == risk(60) == (20_000, last)
    assert risk(61) == (0, None)


def test_M8_a_hold_that_was_shortened_behind_the_books_is_found(practice: Practice) -> None:
    receipt = in_trust(practice, echeck(practice, 20_000))
    assert problems() == []
    with db.transaction() as session:
        session.get_one(Receipt, receipt.id).held_until = clock.now()
    assert any("not its own" in sentence for sentence in problems())
