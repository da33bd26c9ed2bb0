"""What is exported can be read back: the same firm has it already, another one gets the same."""

import csv
import io
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select

from portal.clients.details import AddressDetails, RelatedDetails
from portal.core import db
from portal.firm.groups import GroupDetails, add_group
from portal.firm.models import User
from tests.factories import clients
from tests.factories.billing import Asked, Line, Office, drafted, issued
from tests.payments.billing.bill_files import sheet
from tests.payments.billing.test_exports import with_all
from tests.portal.imports.factories import (
    counts,
    imported,
    told,
)
from tests.support.cast import Cast

Row = dict[str, str]


def exported(cast: Cast, what: str) -> list[Row]:
    """The rows of the file as they stand in it."""
    text = cast.ada.get(f"/staff/{what}.csv").response.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def renamed(rows: Sequence[Row], how: Callable[[Row], Row]) -> list[Row]:
    """The rows, as they would come from another firm."""
    return [row | how(row) for row in rows]


def furnish_clients() -> None:
    homes = [AddressDetails("1 Main St", "Portland", "OR", "97204", "US", "Home")]
    homes.append(AddressDetails("2 Rue É", "Montréal", "QC", "H2X 1Y4", "CA"))
    clients.contact(
        "=Zoë, “Z” Vance",
        "zoe@client.test",
        "z@work.test",
        addresses=homes,
        language="es_US",
        phone="+1 503 555 0100",
        note='Said "no",\nthen -yes-',
    )
    clients.contact("@Company", kind="company")
    clients.contact("'=quoted")


def test_X7_contacts_are_read_back_as_they_were(cast: Cast) -> None:
    furnish_clients()
    before = exported(cast, "contacts")
    assert len(before) == 4
    assert counts(imported(sheet(before), "contacts")) == (0, 3, 0)

    def other(row: Row) -> Row:
        name = f"{row['Name']} II" if row["Name"] else ""
        return {"Their id": f"X-{row['Their id']}", "Name": name}

    wanted = renamed(before, other)
    run = imported(sheet(wanted), "contacts")
    assert (counts(run), told(run)) == ((3, 0, 0), [])
    known = {row["Their id"] for row in before}
    found = [row for row in exported(cast, "contacts") if row["Their id"] not in known]
    assert without(found, "Their id") == without(wanted, "Their id")


def without(rows: Sequence[Row], *columns: str) -> list[Row]:
    return [{name: cell for name, cell in row.items() if name not in columns} for row in rows]


def test_X7_matters_are_read_back_as_they_were(cast: Cast) -> None:
    client = clients.contact("Cleo Vance", "cleo@client.test")
    clients.contact("Cleo Vance", "other@client.test")  # told apart by the id
    others = [
        RelatedDetails(clients.contact(name).id, f"-{name}-") for name in ("Sol Ng", "Kim Oh")
    ]
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Family law"), by="user:ada")
        ben = session.scalars(select(User.id).where(User.email.startswith("ben"))).one()
    clients.matter(client, "+Lease", "00012", related=others, responsible_id=ben)
    clients.matter(client, "Will", "00013", open_to=(group.id,), status="pending")
    clients.matter(client, "Done", "00014", status="closed")
    before = exported(cast, "matters")
    assert len(before) == 4
    assert counts(imported(sheet(before), "matters")) == (0, 3, 0)
    wanted = renamed(before, lambda row: {"Number": f"R-{row['Number']}"})
    run = imported(sheet(wanted), "matters")
    assert (counts(run), told(run)) == ((3, 0, 0), [])
    found = [row for row in exported(cast, "matters") if row["Number"].startswith("R-")]
    assert sorted(found, key=str) == sorted(wanted, key=str)


@pytest.mark.both_databases
def test_X7_bills_are_read_back_as_they_were(cast: Cast, desk: Office) -> None:
    with_all(desk, "-Drafting, “and” more")
    issued(desk, desk.cleo, Asked([Line(1_000), Line(505, matter=1, thousandths=1_333)]))
    drafted(desk, desk.sol)
    before = exported(cast, "bills")
    assert len(before) == 6
    assert counts(imported(sheet(before), "bills", **{"as": "drafts"})) == (0, 3, 0)
    assert counts(imported(sheet(before), "bills", **{"as": "issued"})) == (0, 3, 0)
    owed = [row for row in before if row["Status"] == "Awaiting payment"]
    wanted = renamed(owed, lambda row: {"Bill number": f"5{row['Bill number']}"})
    run = imported(sheet(wanted), "bills", **{"as": "issued"})
    assert (counts(run), told(run)) == ((2, 0, 0), [])
    found = [row for row in exported(cast, "bills") if row["Bill number"].startswith("5")]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_X7_drafts_of_another_firm_come_as_drafts(cast: Cast, desk: Office) -> None:
    drafted(desk, desk.sol, Asked([Line(1_000), Line(2_000)]))
    before = exported(cast, "bills")
    wanted = renamed(before, lambda _row: {"Bill number": "draft-of-theirs"})
    run = imported(sheet(wanted), "bills", **{"as": "drafts"})
    assert (counts(run), told(run)) == ((1, 0, 0), [])
    known = {row["Bill number"] for row in before}
    found = [row for row in exported(cast, "bills") if row["Bill number"] not in known]
    assert without(found, "Bill number") == without(wanted, "Bill number")
