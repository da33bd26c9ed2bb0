"""An issued bill is changed while nothing is paid on it, and what it said before is kept."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from payments.billing import actions, changing
from payments.billing.actions import BillChanged, Discount, HasAllocations, OwnApproval, TaxDetails
from payments.billing.models import Bill, BillShare, BillStatus
from payments.billing.settings import BillingSettings
from payments.billing.versions import BillVersion
from payments.ledger import checks
from payments.ledger import queries as ledger
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind, Transfer
from portal.core import db
from portal.core.errors import Conflict, Invalid
from tests.factories.billing import TODAY, Asked, Line, Office, details, drafted, issued
from tests.payments.billing.desk import stored

ADA = "user:ada"
TWO = Asked([Line(30_000), Line(10_000, 1)])


def change(bill: Bill, office: Office, asked: Asked, **how: Any) -> Bill:
    wanted = how.pop("wanted", None) or details(office, office.cleo, asked)
    with db.transaction() as session:
        return changing.change_bill(session, bill, wanted, **{"reason": "Typo", "by": ADA, **how})


def owed(office: Office, bill: Bill) -> list[int]:
    keys = [
        AccountKey(
            AccountKind.RECEIVABLE,
            office.accounts.operating.id,
            "USD",
            client_id=office.cleo.id,
            matter_id=matter,
            bill_id=bill.id,
        )
        for matter in office.cleo.matters
    ]
    with db.read() as session:
        assert checks.problems(session) == []
        return [ledger.balance(session, key).posted_cents for key in keys]


def situations() -> list[tuple[str, int]]:
    with db.read() as session:
        rows = session.execute(
            select(Transfer.situation, Transfer.amount_cents).order_by(Transfer.id)
        )
        return [(row.situation, row.amount_cents) for row in rows]


def versions() -> list[BillVersion]:
    with db.read() as session:
        return list(session.scalars(select(BillVersion).order_by(BillVersion.version)))


def set_columns(bill: Bill, **values: Any) -> None:
    with db.transaction() as session:
        session.execute(update(Bill).where(Bill.id == bill.id).values(**values))


@pytest.mark.both_databases
def test_D1_an_unpaid_bill_is_changed_and_keeps_its_number_and_what_it_said(
    office: Office,
) -> None:
    bill = issued(office, office.cleo, TWO)
    change(bill, office, Asked([Line(25_000), Line(10_000, 1)]), reason=" Fewer hours ")
    now = stored(bill)
    assert (now.number, now.version, now.total_cents) == (bill.number, 2, 35_000)
    assert (now.issued_on, now.edited_by) == (TODAY, ADA)
    (before,) = versions()
    assert (before.version, before.reason, before.ended_by) == (1, "Fewer hours", ADA)
    assert before.said["total_cents"] == 40_000
    assert [line["amount_cents"] for line in before.said["lines"]] == [30_000, 10_000]
    assert owed(office, bill) == [25_000, 10_000]
    assert situations() == [
        ("bill_issued", 30_000),
        ("bill_issued", 10_000),
        ("bill_changed", 30_000),
        ("bill_issued", 25_000),
    ]


@pytest.mark.both_databases
def test_D1_shares_stay_in_place_when_matters_come_and_go(office: Office) -> None:
    bill = issued(office, office.cleo, TWO)
    ids = {share.matter_id: share.id for share in stored(bill).shares}
    change(bill, office, Asked([Line(9_000, 1)]))
    assert owed(office, bill) == [0, 9_000]
    change(bill, office, Asked([Line(7_000, 1), Line(1_000)]))
    assert owed(office, bill) == [1_000, 7_000]
    shares = stored(bill).shares
    assert {share.matter_id: share.id for share in shares} == ids
    assert [share.total_cents for share in shares] == [7_000, 1_000]
    assert [version.version for version in versions()] == [1, 2]
    with db.transaction() as session:
        actions.void(session, bill, reason="Over", by=ADA)
    assert owed(office, bill) == [0, 0]


def test_a_matter_that_is_new_on_the_bill_owes_from_then_on(office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(5_000)]))
    change(bill, office, TWO)
    assert owed(office, bill) == [30_000, 10_000]
    assert len(stored(bill).shares) == 2


def test_discount_and_taxes_are_part_of_what_is_changed(office: Office) -> None:
    bill = issued(office, office.cleo, TWO)
    taxes = (TaxDetails("GST", 5_000), TaxDetails("PST", 7_000))
    wanted = replace(
        details(office, office.cleo, TWO),
        discount=Discount(percent_thousandths=10_000),
        taxes=taxes,
    )
    change(bill, office, TWO, wanted=wanted)
    now = stored(bill)
    assert (now.discount_cents, now.tax_cents, now.total_cents) == (4_000, 4_320, 40_320)
    assert [(tax.label, tax.cents) for tax in now.taxes] == [("GST", 1_800), ("PST", 2_520)]
    assert owed(office, bill) == [30_240, 10_080]
    change(bill, office, TWO)
    (_first, second) = versions()
    assert [tax["label"] for tax in second.said["taxes"]] == ["GST", "PST"]
    assert second.said["discount_cents"] == 4_000


def test_D1_a_paid_or_part_paid_bill_changes_only_by_reversing_the_payment(
    office: Office,
) -> None:
    bill = issued(office, office.cleo)
    for changes in (
        {"applied_cents": 4_000},
        {"applied_cents": 10_000, "status": BillStatus.PAID},
    ):
        set_columns(bill, **changes)
        with pytest.raises(HasAllocations, match=r"Reverse the payments of \$"):
            change(bill, office, TWO)
    set_columns(bill, applied_cents=0, reserved_cents=1, status=BillStatus.AWAITING_PAYMENT)
    with pytest.raises(Conflict, match="under way"):
        change(bill, office, TWO)
    assert (stored(bill).total_cents, versions()) == (10_000, [])


def test_a_draft_or_void_bill_is_not_changed_this_way(office: Office) -> None:
    with pytest.raises(Conflict, match="not issued yet"):
        change(drafted(office, office.cleo), office, TWO)
    bill = issued(office, office.cleo)
    with db.transaction() as session:
        actions.void(session, bill, reason="Twice", by=ADA)
    with pytest.raises(Conflict, match="voided already"):
        change(bill, office, TWO)


def test_what_an_issued_bill_cannot_become(office: Office) -> None:
    bill = issued(office, office.cleo)
    early = Asked([Line(100)], due_on=TODAY.replace(day=1))
    for asked, how, sentence, field in (
        (TWO, {"reason": " "}, "Say why the bill is changed", "reason"),
        (TWO, {"reason": "x" * 501}, "under 500", "reason"),
        (TWO, {"wanted": details(office, office.sol)}, "stays with its client", "client"),
        (early, {}, "due before it was issued", "due_on"),
        (Asked([Line(0)]), {}, "comes to nothing", "lines"),
        (Asked([Line(100), Line(0, 1)]), {}, "One matter's lines", "lines"),
    ):
        with pytest.raises(Invalid, match=sentence) as refused:
            change(bill, office, asked, **how)
        assert refused.value.field == field
    assert (stored(bill).total_cents, stored(bill).version, versions()) == (10_000, 1, [])
    assert situations() == [("bill_issued", 10_000)]


def test_who_was_shown_an_older_version_looks_again_first(office: Office) -> None:
    bill = issued(office, office.cleo)
    shown = stored(bill).mark
    change(bill, office, TWO, shown=shown)
    with pytest.raises(BillChanged, match="changed meanwhile"):
        change(bill, office, Asked(), shown=shown)
    assert stored(bill).total_cents == 40_000


def test_D1_where_a_second_person_approves_nobody_changes_what_was_approved(
    office: Office,
) -> None:
    bill = issued(office, office.cleo)
    with db.transaction() as session:
        session.add(BillingSettings(id=1, own_approval=False))
    with pytest.raises(OwnApproval, match="Void this one instead"):
        change(bill, office, TWO)


@pytest.mark.both_databases
def test_what_a_bill_said_is_never_written_over(office: Office) -> None:
    bill = issued(office, office.cleo)
    change(bill, office, TWO)
    for statement in (
        update(BillVersion).values(reason="Nothing"),
        delete(BillVersion),
    ):
        with pytest.raises(Exception, match=r"append-only|never"), db.transaction() as session:
            session.execute(statement)
    assert [version.reason for version in versions()] == ["Typo"]


def test_D1_a_share_below_zero_is_refused_by_the_database(office: Office) -> None:
    bill = issued(office, office.cleo)
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(
            update(BillShare).where(BillShare.bill_id == bill.id).values(total_cents=-1)
        )
