"""Bills from a file: what becomes of its rows, in the list, in the books, and to the clients."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from payments.billing import reminders
from payments.billing.actions import delete_draft, void
from payments.billing.handed_out import Sending
from payments.billing.models import BillLine, BillStatus
from payments.billing.queries import standing
from payments.billing.settings import HowBilled, set_billing
from payments.transactions.checks import all_problems
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Matter
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.jobs import Job
from portal.outbox.models import Notice
from tests.factories import clients
from tests.factories.billing import Office, issued
from tests.payments.billing.bill_files import DRAFTS, ISSUED, Make, Row, bills, row, sheet
from tests.portal.imports.factories import (
    checked,
    counts,
    imported,
    taken,
    told,
)
from tests.support.cast import Cast
from tests.support.days import firm_day

__all__ = ["row"]


@pytest.mark.both_databases
def test_X7_issued_bills_keep_their_numbers_and_are_booked(
    cast: Cast, desk: Office, row: Make
) -> None:
    second = {"Matter number": f"{desk.cleo.id:05d}-1", "Issued": "", "Due": "", "Rate": "20"}
    run = imported(sheet([row(), row() | second, row("5002", Due="")]), "bills", **ISSUED)
    assert (counts(run), told(run)) == ((2, 0, 0), [])
    first, other = bills()
    assert (first.number, first.status, first.total_cents) == (5001, "awaiting_payment", 30_000)
    assert (first.issued_on, first.due_on) == (date(2026, 5, 4), date(2026, 6, 3))
    assert other.due_on == date(2026, 5, 4) + timedelta(days=30)  # the firm's usual days
    with db.read() as session:
        assert standing(session, NOTHING_CLOSED, desk.cleo.id).owed_cents == 55_000
        of_second = standing(session, NOTHING_CLOSED, matter_id=desk.cleo.matters[1])
        assert of_second.owed_cents == 5_000
        assert all_problems(session) == []
    assert issued(desk, desk.sol).number == 5003
    page = cast.ada.get(f"/staff/bills/{first.public_id}")
    assert "Bill issued" in page
    assert "Bill imported" in cast.ada.activity_log()


@pytest.mark.both_databases
def test_X7_drafts_get_their_numbers_when_they_are_issued(desk: Office, row: Make) -> None:
    text = sheet([row("INV-7"), row("INV-8", Issued="", Due="")])
    assert counts(imported(text, "bills", **DRAFTS)) == (2, 0, 0)
    assert [(one.status, one.number, one.issued_on) for one in bills()] == [
        ("draft", None, None)
    ] * 2
    with db.read() as session:
        assert standing(session, NOTHING_CLOSED, desk.cleo.id).owed_cents == 0
        assert all_problems(session) == []
    assert counts(imported(text, "bills", **DRAFTS)) == (0, 2, 0)
    with db.transaction() as session:
        delete_draft(session, bills()[0], by="user:ada")
    assert counts(imported(text, "bills", **DRAFTS)) == (1, 1, 0)


def test_X7_the_same_file_twice_adds_nothing(desk: Office, row: Make) -> None:
    own = issued(desk, desk.cleo)
    text = sheet([row(), row("5002"), row(str(own.number))])
    assert counts(imported(text, "bills", **ISSUED)) == (2, 1, 0)
    assert counts(imported(text, "bills", **ISSUED)) == (0, 3, 0)
    assert counts(imported(text, "bills", **DRAFTS)) == (0, 3, 0)
    assert len(bills()) == 3


def test_X7_a_bill_whose_number_another_one_has_is_not_taken_for_it(
    desk: Office, row: Make
) -> None:
    own, of_sol = issued(desk, desk.cleo), issued(desk, desk.sol)
    text = sheet(
        [row(str(own.number), Total="250.00"), row(str(of_sol.number)), row("5001", Total="250")]
    )
    run = imported(text, "bills", **ISSUED)
    assert counts(run) == (1, 0, 2)
    sentence = "Another bill has this number here. Import it as a draft."
    assert told(run) == [(2, "Bill number", sentence), (3, "Bill number", sentence)]
    assert counts(imported(text, "bills", **DRAFTS)) == (2, 1, 0)
    assert counts(imported(text, "bills", **ISSUED)) == (0, 3, 0)


def test_X7_a_check_changes_nothing(desk: Office, row: Make) -> None:
    assert counts(checked(taken(sheet([row(), row("5002", Rate="x")]), "bills"), **ISSUED)) == (
        1,
        0,
        1,
    )
    assert bills() == []
    with db.read() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "bill.imported")) == 0


def test_X7_no_client_is_emailed_charged_or_reminded_because_of_an_import(
    desk: Office, row: Make
) -> None:
    with db.transaction() as session:
        set_billing(session, HowBilled(30, True, "letter", (), True, (-3, 0, 7)), by="user:ada")
    day = firm_day()
    old = {"Issued": (day - timedelta(days=60)).isoformat(), "Due": day.isoformat()}
    with db.read() as session:
        owed = session.scalar(select(func.count()).select_from(Notice))
    assert counts(imported(sheet([row() | old]), "bills", **ISSUED)) == (1, 0, 0)
    reminders.remind_by_schedule()
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == owed
        assert session.scalar(select(func.count()).select_from(Sending)) == 0
        kinds = set(session.scalars(select(Job.kind)))
    assert not {kind for kind in kinds if kind.startswith("autocharge")}


def test_X7_discount_taxes_and_credits_come_to_what_a_typed_bill_does(
    desk: Office, row: Make
) -> None:
    said = {
        "Discount": "10%",
        "Taxes": "GST 5%; QST 9,975 %",
        "Note": "Thank you",
        "Total": "284.57",
    }
    credit = {"Description": "Goodwill", "Quantity": "", "Rate": "", "Amount": "(25.00)"}
    amount = {"Description": "Filing", "Quantity": "4", "Rate": "", "Amount": "$50.00"}
    repeated = {"Issued": "", "Due": "", "Total": "284.57"}
    run = imported(
        sheet([row() | said, row() | credit | repeated, row() | amount]), "bills", **ISSUED
    )
    assert told(run) == []
    (bill,) = bills()
    assert (bill.subtotal_cents, bill.discount_cents, bill.tax_cents) == (27_500, 2_750, 3_707)
    assert (bill.total_cents, bill.note) == (28_457, "Thank you")
    with db.read() as session:
        lines = session.execute(
            select(BillLine.quantity_thousandths, BillLine.rate_cents).order_by(BillLine.position)
        ).all()
    assert [tuple(line) for line in lines] == [(2_500, 10_000), (1_000, -2_500), (4_000, 1_250)]


def test_X7_a_matter_may_be_named_by_its_client_and_its_name(desk: Office, row: Make) -> None:
    eclair = clients.contact("Éclair Söhne", "office@eclair.test")
    clients.matter(eclair, "ÉTÉ Lease", "00500")
    twice = clients.contact("Twice Named")
    clients.matter(twice, "Will", "00501")
    clients.matter(twice, "Will", "00502")

    def named_by(number: str, client: str, matter: str) -> Row:
        return row(number, Client=client, Matter_name=matter) | {"Matter number": ""}

    text = sheet(
        [
            named_by("5001", "eclair sohne", "ÉTÉ Lease"),
            named_by("5002", "office@eclair.test", "ÉTÉ lease"),
            named_by("5003", eclair.public_id, "ÉTÉ Lease"),
            named_by("5004", "Twice Named", "Will"),
            named_by("5005", "Éclair Söhne", "Divorce"),
            named_by("5006", "Nobody", "Will"),
            named_by("5007", "", "Will"),
        ]
    )
    run = imported(text, "bills", **ISSUED)
    assert counts(run) == (3, 0, 4)
    assert [(number, sentence) for number, _column, sentence in told(run)] == [
        (5, "This client has several matters “Will”. Give its number."),
        (6, "This client has no matter “Divorce”. Import matters first."),
        (7, "There is no contact “Nobody”. Import contacts first."),
        (8, "Give the matter's number, or the client and its name."),
    ]


def test_X7_a_client_who_is_named_must_be_the_matters_own(desk: Office, row: Make) -> None:
    clients.contact("Cleo Vance")  # a second one: the matter says which is meant
    text = sheet([row(Client="cleo vance"), row("5002", Client="Sol Nobody")])
    run = imported(text, "bills", **ISSUED)
    assert counts(run) == (1, 0, 1)
    assert told(run) == [(3, "Client", "The matter of this row is another client's.")]


def test_X7_money_is_paid_into_the_account_that_is_named(desk: Office, row: Make) -> None:
    own = "harlow & reyes operating"
    trust = desk.accounts.trust.name
    run = imported(
        sheet([row(), row("5002", Bank_account=own), row("5003", Bank_account=trust)]),
        "bills",
        **ISSUED,
    )
    assert counts(run) == (2, 0, 1)
    assert {one.bank_account_id for one in bills()} == {desk.accounts.operating.id}
    assert told(run) == [(4, "Bank account", "There is no operating account of this name.")]


def test_X7_where_a_second_person_approves_bills_come_as_drafts(desk: Office, row: Make) -> None:
    with db.transaction() as session:
        set_billing(session, HowBilled(30, False, "letter", (), False, ()), by="user:ada")
    run = imported(sheet([row()]), "bills", **ISSUED)
    assert counts(run) == (0, 0, 1)
    ((_row, _column, sentence),) = told(run)
    assert "a second person approves" in sentence
    assert counts(imported(sheet([row()]), "bills", **DRAFTS)) == (1, 0, 0)


def test_X7_matters_are_looked_up_whoever_may_see_them(desk: Office, row: Make) -> None:
    with db.transaction() as session:
        session.get_one(Matter, desk.cleo.matters[0]).restricted = True
    assert counts(imported(sheet([row()]), "bills", **ISSUED)) == (1, 0, 0)
    assert bills()[0].status == BillStatus.AWAITING_PAYMENT


def test_X7_an_imported_bill_may_be_voided_and_stays_void(desk: Office, row: Make) -> None:
    imported(sheet([row()]), "bills", **ISSUED)
    with db.transaction() as session:
        void(session, bills()[0], reason="Billed elsewhere", by="user:ada")
    with db.read() as session:
        assert all_problems(session) == []
        assert standing(session, NOTHING_CLOSED, desk.cleo.id).owed_cents == 0
    assert counts(imported(sheet([row()]), "bills", **ISSUED)) == (0, 1, 0)


def test_X7_the_sample_file_can_be_brought_as_it_is(cast: Cast, desk: Office) -> None:
    cleo = clients.contact("Cleo Marsh")
    clients.matter(cleo, "Lease", "00012")
    clients.matter(cleo, "Will", "00017")
    sample = cast.ada.get("/staff/settings/imports/samples/bills.csv").response.get_data()
    run = imported(sample, "bills", **ISSUED)
    assert (counts(run), told(run)) == ((2, 0, 0), [])
    assert [one.total_cents for one in bills()] == [64_500, 27_000]


def test_X7_an_administrator_imports_issued_bills_on_the_page(
    cast: Cast, desk: Office, row: Make, run_jobs: Callable[[], int]
) -> None:
    page = cast.ada.get("/staff/settings/imports")
    file = (io.BytesIO(sheet([row(), row("5002", Total="1.00")]).encode()), "bills.csv")
    page = cast.ada.submit(page, "Upload and go on", kind="bills", file=file)
    assert "No client is emailed or charged." in page
    as_issued: dict[str, Any] = {"option-as": "issued"}
    page = cast.ada.submit(page, "Check", **as_issued)
    run_jobs()
    page = cast.ada.get(page.address)
    assert "1 bill can be added" in page
    assert "The lines come to 250.00, which is not this." in page
    page = cast.ada.submit(page, "Import 1 bill")
    run_jobs()
    page = cast.ada.click(cast.ada.get(page.address), "Show bills")
    assert "5001" in page
    assert "5002" not in page
