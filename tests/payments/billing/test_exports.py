"""**Export** of bills and trust requests: what their lists show, as a CSV file."""

import csv
import io

import pytest
from sqlalchemy import select

from payments.billing import listing, trust_listing
from payments.billing.actions import (
    BillDetails,
    Discount,
    LineDetails,
    TaxDetails,
    draft_bill,
    issue,
)
from payments.billing.models import Bill
from portal.core import db
from portal.core.audit import AuditEntry
from tests.factories.billing import BEN, TODAY, Asked, Line, Office, drafted, issued
from tests.factories.trust_requests import Wanted, issued_request
from tests.support.cast import Cast, Person
from tests.support.statements import statements

BILLS, REQUESTS = "/staff/bills.csv", "/staff/trust-requests.csv"


def exported(person: Person, address: str) -> list[dict[str, str]]:
    """The file's rows by their headings."""
    page = person.get(address)
    assert page.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in page.headers["Content-Disposition"]
    text = page.response.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def with_all(desk: Office, description: str = "Drafting") -> Bill:
    """An issued bill of two lines, one of them a credit, with a discount and two taxes."""
    first, second = desk.cleo.matters
    lines = [
        LineDetails(first, TODAY, description, 2_500, 10_000),
        LineDetails(second, TODAY, "Filing", 1_000, 10_000),
        LineDetails(second, TODAY, "Goodwill", 1_000, -5_000),
    ]
    wanted = BillDetails(
        desk.cleo.id,
        desk.accounts.operating.id,
        lines,
        TODAY,
        note="Thank you",
        discount=Discount(percent_thousandths=10_000),
        taxes=[TaxDetails("GST", 5_000), TaxDetails("QST", 9_975)],
    )
    with db.transaction() as session:
        return issue(session, draft_bill(session, wanted, by=BEN), on=TODAY, by=BEN)


def test_X7_a_row_of_the_export_is_a_line_of_a_bill(cast: Cast, desk: Office) -> None:
    bill = with_all(desk)
    assert cast.ana.get("/staff/bills").link("Export").endswith(BILLS)
    first, second, third = exported(cast.ana, BILLS)
    assert first == {
        "Bill number": str(bill.number),
        "Client": "Cleo Vance",
        "Matter number": f"{desk.cleo.id:05d}-0",
        "Matter name": "Cleo Vance, matter 1",
        "Issued": "2026-05-04",
        "Due": "2026-05-04",
        "Date": "2026-05-04",
        "Description": "Drafting",
        "Quantity": "2.5",
        "Rate": "100.00",
        "Amount": "250.00",
        "Discount": "10%",
        "Taxes": "GST 5%; QST 9.975%",
        "Total": "310.43",
        "Note": "Thank you",
        "Status": "Awaiting payment",
        "Paid": "0.00",
        "Currency": "USD",
        "Bank account": "Harlow & Reyes Operating",
        "Balance": "310.43",
    }
    assert (second["Description"], third["Rate"]) == ("Filing", "-50.00")
    assert third["Amount"] == "-50.00"  # a number, which a spreadsheet can add up


def test_X7_a_draft_is_exported_without_a_number(cast: Cast, desk: Office) -> None:
    draft = drafted(desk, desk.sol)
    (row,) = exported(cast.ana, BILLS)
    assert row["Bill number"] == f"draft-{draft.public_id}"
    assert (row["Status"], row["Issued"], row["Balance"]) == ("Draft", "", "0.00")


def listed(person: Person, query: str) -> list[str]:
    """The bills as the list shows them, by their names in the export."""
    with db.read() as session:
        bills = session.execute(select(Bill.public_id, Bill.number)).all()
    names = {one.public_id: str(one.number or f"draft-{one.public_id}") for one in bills}
    links = person.get(f"/staff/bills{query}").select("tbody a")
    found = [str(link["href"]).rpartition("/")[2] for link in links]
    return [names[one] for one in found if one in names]


QUERIES = ["", "?status=awaiting_payment", "?sort=-due", "?sort=number", "?due_from=2026-05-01"]


@pytest.mark.both_databases
@pytest.mark.parametrize("query", [*QUERIES, "?q=cleo", "?q=sol&status=draft"])
def test_X7_the_export_holds_every_page_in_the_order_of_the_list(
    cast: Cast, desk: Office, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for number in range(7):
        issued(desk, desk.cleo, Asked([Line(1_000 + number), Line(500, matter=1)]))
        drafted(desk, desk.sol)
    whole = exported(cast.ada, f"{BILLS}{query}")
    monkeypatch.setattr(listing, "EXPORT_ROWS", 3)
    assert exported(cast.ada, f"{BILLS}{query}") == whole
    names = [row["Bill number"] for row in whole]
    assert list(dict.fromkeys(names)) == listed(cast.ada, query)
    assert len(names) >= 7


def test_X7_the_export_of_what_nobody_owes_has_its_headings_alone(cast: Cast, desk: Office) -> None:
    assert exported(cast.ana, BILLS) == exported(cast.ana, f"{BILLS}?q=nobody") == []
    assert exported(cast.ana, REQUESTS) == []


def test_X7_trust_requests_are_exported_too(
    cast: Cast, desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust_listing, "EXPORT_ROWS", 2)
    for cents in (10_000, 20_000, 30_000, 40_000):
        issued_request(desk, desk.cleo, Wanted(cents, note="=1+1"))
    asked = issued_request(desk, desk.sol, Wanted(5_000, matter=None))
    assert cast.ana.get("/staff/trust-requests").link("Export").endswith(REQUESTS)
    rows = exported(cast.ana, REQUESTS)
    assert [row["Amount"] for row in rows] == ["50.00", "400.00", "300.00", "200.00", "100.00"]
    assert rows[0]["Trust request number"] == str(asked.number)
    assert (rows[0]["Matter number"], rows[0]["Balance"]) == ("", "50.00")
    assert (rows[1]["Matter name"], rows[1]["Note"]) == ("Cleo Vance, matter 1", "'=1+1")
    assert len(exported(cast.ana, f"{REQUESTS}?q=cleo")) == 4


@pytest.mark.both_databases
def test_X7_an_export_of_many_asks_no_more_than_one_of_few(cast: Cast, desk: Office) -> None:
    def asked() -> int:
        with statements() as said:
            exported(cast.ana, BILLS)
            exported(cast.ana, REQUESTS)
        return len(said)

    with_all(desk)
    issued_request(desk, desk.cleo)
    asked()  # what is looked up once is looked up
    few = asked()
    for _ in range(12):
        with_all(desk)
        issued_request(desk, desk.sol)
    assert asked() == few


def test_X7_what_was_typed_cannot_run_in_the_spreadsheet(cast: Cast, desk: Office) -> None:
    with_all(desk, '=HYPERLINK("http://evil.test","Pay")')
    assert exported(cast.ana, BILLS)[0]["Description"].startswith("'=HYPERLINK")


@pytest.mark.parametrize("address", [BILLS, REQUESTS])
def test_X7_who_may_export_and_that_the_log_keeps_it(
    cast: Cast, desk: Office, address: str
) -> None:
    issued(desk, desk.cleo)
    issued_request(desk, desk.cleo)
    page = address.removesuffix(".csv")
    assert "Export" not in cast.ben.get(page).texts("a")
    assert "Cleo Vance" not in cast.ben.get(address, status=403)
    assert len(exported(cast.ana, f"{address}?q=cleo")) == 1
    with db.read() as session:
        (entry,) = session.scalars(
            select(AuditEntry).where(AuditEntry.action.endswith(".exported"))
        )
    assert entry.detail == {"filters": {"q": "cleo"}}
    assert "exported" in cast.ada.activity_log()


def test_X7_an_export_that_would_miss_clients_is_refused(cast: Cast, desk: Office) -> None:
    from tests.factories import clients

    for number in range(26):
        clients.matter(clients.contact(f"Smith {number}"))
    assert "Export" not in cast.ana.get("/staff/bills?q=smith").texts("a")
    assert "Type more of the name" in cast.ana.get(f"{BILLS}?q=smith", status=409)
    assert "Type more of the name" in cast.ana.get(f"{REQUESTS}?q=smith", status=409)
