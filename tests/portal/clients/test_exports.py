"""**Export** of contacts and matters: what their lists show, as a CSV file."""

import csv
import io

import pytest
from sqlalchemy import select

from portal.clients import listing
from portal.clients.details import AddressDetails, RelatedDetails
from portal.core import db
from portal.core.audit import AuditEntry
from tests.factories import clients
from tests.support.cast import Cast, Person

CONTACTS, MATTERS = "/staff/contacts.csv", "/staff/matters.csv"


def exported(person: Person, address: str) -> list[dict[str, str]]:
    """The file's rows by their headings, what is empty left out."""
    page = person.get(address)
    assert page.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in page.headers["Content-Disposition"]
    text = page.response.get_data().decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def test_X7_a_contact_is_exported_with_all_its_emails_and_addresses(cast: Cast) -> None:
    homes = [AddressDetails("1 Main St", "Portland", "OR", "97204", "US", "Home")]
    homes.append(AddressDetails("2 Elm St", "Salem", country="US"))
    contact = clients.contact(
        "Zoë Vance", "zoe@client.test", "z@work.test", addresses=homes, language="es_US"
    )
    assert cast.ana.get("/staff/contacts").link("Export").endswith(CONTACTS)
    assert exported(cast.ana, CONTACTS) == [
        {
            "Their id": contact.public_id,
            "Person or company": "Person",
            "Name": "Zoë Vance",
            "Emails": "zoe@client.test; z@work.test",
            "Language": "Spanish",
            "Which address": "Home",
            "Street": "1 Main St",
            "City": "Portland",
            "State or province": "OR",
            "Postal code": "97204",
            "Country": "US",
        },
        {"Their id": contact.public_id, "Street": "2 Elm St", "City": "Salem", "Country": "US"},
    ]


def test_X7_a_matter_is_exported_with_its_client_and_who_is_related(cast: Cast) -> None:
    cleo, sol = clients.contact("Cleo Vance", "cleo@client.test"), clients.contact("Sol Ng")
    kim = clients.contact("Kim Oh")
    others = [RelatedDetails(sol.id, "Spouse"), RelatedDetails(kim.id, "Opposing counsel")]
    clients.matter(cleo, "Lease", "00012", related=others)
    assert cast.ana.get("/staff/matters").link("Export").endswith(MATTERS)
    first, second = exported(cast.ana, MATTERS)
    assert first.pop("Opened on").startswith("20")
    assert first == {
        "Number": "00012",
        "Name": "Lease",
        "Client": "Cleo Vance",
        "Client’s id": cleo.public_id,
        "Client’s email": "cleo@client.test",
        "Status": "Open",
        "Related contact": "Kim Oh",
        "What they are": "Opposing counsel",
    }
    assert second == {"Number": "00012", "Related contact": "Sol Ng", "What they are": "Spouse"}


@pytest.mark.both_databases
def test_X7_the_exports_hold_every_page_in_the_order_of_the_lists(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "EXPORT_ROWS", 3)
    for number in range(7):
        kind = "company" if number % 2 else "person"
        clients.matter(clients.contact("Same Name" if number < 4 else f"Ng {number}", kind=kind))
    names = [row["Name"] for row in exported(cast.ana, CONTACTS)]
    assert names == ["Ng 4", "Ng 5", "Ng 6", *["Same Name"] * 4]
    assert len(exported(cast.ana, f"{CONTACTS}?q=same&kind=company")) == 2
    numbers = [row["Number"] for row in exported(cast.ana, MATTERS)]
    assert numbers == [f"{number:05d}" for number in range(7, 0, -1)]
    assert len(exported(cast.ana, f"{MATTERS}?q=same&status=open&responsible=nobody")) == 4
    assert exported(cast.ana, f"{MATTERS}?status=closed") == []
    assert exported(cast.ana, f"{CONTACTS}?q=---") == exported(cast.ana, f"{MATTERS}?q=---") == []


def test_X7_what_was_typed_about_a_client_cannot_run_in_the_spreadsheet(cast: Cast) -> None:
    clients.contact("@SUM(1)", phone="+1 503 555 0100", note="-2+3")
    (row,) = exported(cast.ana, CONTACTS)
    assert (row["Name"], row["Phone"], row["Note"]) == ("'@SUM(1)", "'+1 503 555 0100", "'-2+3")


@pytest.mark.parametrize("address", [CONTACTS, MATTERS])
def test_X7_who_may_export_clients_and_that_the_log_keeps_it(cast: Cast, address: str) -> None:
    clients.matter(clients.contact("Cleo Vance"))
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
