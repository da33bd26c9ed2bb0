"""**Export**: the list as a CSV file that a spreadsheet may open without harm."""

import csv
import io

import pytest
from sqlalchemy import select

from payments.transactions import listing
from payments.transactions.payers import PAYERS_MAX
from payments.transactions.states import Status
from portal.core import db
from portal.core.audit import AuditEntry
from portal.web.csv_lines import as_text
from tests.payments.transactions.conftest import Till
from tests.support.cast import Cast, Person

LIST = "/staff/online-payments/transactions"


def exported(person: Person, query: str = "") -> list[dict[str, str]]:
    """The file's lines by their headings."""
    page = person.get(f"{LIST}.csv{query}")
    assert page.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in page.headers["Content-Disposition"]
    text = page.response.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_M10_the_export_holds_what_the_list_shows(cast: Cast, till: Till) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=123_456, payer_reference="1042")
    till.bring_to(Status.FAILED, name="Sol Ng")
    page = cast.ana.get(f"{LIST}?status=completed")
    assert page.link("Export").endswith(f"{LIST}.csv?status=completed")
    (line,) = exported(cast.ana, "?status=completed")
    payment = till.payment(payment_id)
    assert line["Submitted"].startswith("20")
    assert line | {"Submitted": "", "Expected": "", "Completed": ""} == {
        "Submitted": "",
        "Reference": payment.reference,
        "Status": "Completed",
        "Refund or dispute": "",
        "Refunded amount": "",
        "Amount": "1234.56",
        "Currency": "USD",
        "Fee": "7.55",
        "Account": "Harlow operating",
        "Method": "Visa ending 4242",
        "Payer": "Cleo Vance",
        "Email": "cleo@client.test",
        "Paid for": "The Vance lease",
        "Payer's reference": "1042",
        "Linked to client": "",
        "Linked to matter": "",
        "Expected": "",
        "Completed": "",
        "Stripe payment": f"pi_{payment_id}",
        "Payment id": payment.public_id,
    }


def test_the_export_holds_every_page(
    cast: Cast, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "EXPORT_ROWS", 10)
    for number in range(30):
        till.attempt(name=f"Payer {number:02}")
    lines = exported(cast.ana)
    assert [line["Payer"] for line in lines] == [f"Payer {n:02}" for n in range(29, -1, -1)]
    assert len(exported(cast.ana, "?payer=payer+1")) == 10
    assert exported(cast.ana, "?payer=nobody") == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"])
def test_a_cell_never_begins_a_formula(start: str) -> None:
    assert as_text(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    assert as_text("Vance") == "Vance"


def test_what_a_payer_typed_cannot_run_in_the_spreadsheet(cast: Cast, till: Till) -> None:
    till.bring_to(
        Status.COMPLETED,
        name='=HYPERLINK("http://evil.test","Refund")',
        paid_for="@SUM(1)",
        payer_reference="-2+3",
    )
    (line,) = exported(cast.ana)
    assert line["Payer"].startswith("'=HYPERLINK")
    assert line["Paid for"] == "'@SUM(1)"
    assert line["Payer's reference"] == "'-2+3"


@pytest.mark.parametrize("name", ["ada", "ana"])
def test_administrators_and_accounts_export_and_the_log_keeps_it(
    cast: Cast, till: Till, name: str
) -> None:
    till.bring_to(Status.COMPLETED)
    assert len(exported(cast.everybody[name], "?payer=cleo")) == 1
    with db.read() as session:
        (entry,) = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "payments.exported")
        )
    assert entry.detail == {"filters": {"payer": "cleo"}}
    assert entry.actor.startswith("user:")


def test_billing_alone_does_not_export(cast: Cast, till: Till) -> None:
    till.bring_to(Status.COMPLETED)
    assert "Export" not in cast.ben.get(LIST).texts("a")
    assert "Cleo Vance" not in cast.ben.get(f"{LIST}.csv", status=403)


def test_an_export_that_would_miss_payers_is_refused(cast: Cast, till: Till) -> None:
    for number in range(PAYERS_MAX + 1):
        till.attempt(name=f"Payer {number:02}", payer_email=f"{number}@client.test")
    page = cast.ana.get(f"{LIST}?payer=payer")
    assert "Many payers begin like this" in page
    assert "Export" not in page.texts("a")
    assert "Type more of the name" in cast.ana.get(f"{LIST}.csv?payer=payer", status=409)
