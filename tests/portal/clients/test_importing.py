"""Contacts and matters from files of other systems."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.clients import queries
from portal.clients.access import NOTHING_CLOSED, groups_of
from portal.clients.models import Contact, Matter
from portal.core import db
from portal.firm.groups import GroupDetails, add_group
from tests.factories import clients
from tests.portal.imports.factories import counts, imported, told
from tests.support.cast import Cast
from tests.support.days import firm_day

FIELDS = [
    "Id", "Type", "Name", "First name", "Last name", "Company", "Email", "Phone", "Language",
    "Which address", "Street", "City", "State", "Zip", "Country", "Note",
]  # fmt: skip
MATTER_FIELDS = [
    "Number", "Name", "Client", "Client id", "Client email", "Responsible", "Status", "Opened on",
    "Closed on", "Groups", "Related contact", "What they are",
]  # fmt: skip


def file_of(fields: list[str], *rows: dict[str, str]) -> str:
    lines = [",".join(f'"{row.get(field, "")}"' for field in fields) for row in rows]
    return "\n".join([",".join(fields), *lines, ""])


def contact_file(*rows: dict[str, str]) -> str:
    return file_of(FIELDS, *rows)


def matter_file(*rows: dict[str, str]) -> str:
    return file_of(MATTER_FIELDS, *rows)


def only_contact(name: str) -> Contact:
    with db.read() as session:
        (found,) = queries.by_name(session, name)
        return found


def only_matter(number: str) -> Matter:
    with db.read() as session:
        public_id = session.scalar(select(Matter.public_id).where(Matter.number == number))
        return queries.matter(session, public_id or "", NOTHING_CLOSED)


def problems(text: str, kind: str = "contacts", **options: str) -> list[tuple[int, str, str]]:
    run = imported(text, kind, **options)
    assert run.added == 0
    return told(run)


def test_X7_a_contact_comes_with_all_that_its_rows_say(cast: Cast) -> None:
    text = contact_file(
        {
            "Id": "7", "Type": "person", "Name": "Zoë Müller",
            "Email": "Zoe@x.test; second@x.test", "Phone": "+1 503 555 0100",
            "Language": "French", "Which address": "Home", "Street": "1 Main Street",
            "City": "Portland", "State": "OR", "Zip": "97204", "Country": "United States",
            "Note": "First line\nSecond line",
        },
        {"Id": "7", "Email": "third@x.test; zoe@X.test"},
        {"Id": "7", "Name": "Zoë Müller", "Street": "2 rue Principale", "Country": "ca"},
    )  # fmt: skip
    assert counts(imported(text)) == (1, 0, 0)
    zoe = only_contact("Zoe Muller")
    assert (zoe.kind, zoe.phone, zoe.language) == ("person", "+1 503 555 0100", "fr_CA")
    assert zoe.note == "First line\nSecond line"
    assert [(one.address, one.is_primary) for one in zoe.emails] == [
        ("Zoe@x.test", True),
        ("second@x.test", False),
        ("third@x.test", False),
    ]
    assert [(one.label, one.street, one.country) for one in zoe.addresses] == [
        ("Home", "1 Main Street", "US"),
        ("", "2 rue Principale", "CA"),
    ]
    with db.read() as session:
        for typed in ("mull", "third@x", "zoe"):
            (found,) = queries.find_clients(session, typed, NOTHING_CLOSED)
            assert found.public_id == zoe.public_id


@pytest.mark.parametrize(
    "row, name, kind",
    [
        ({"First name": "Ann", "Last name": "Lee"}, "Ann Lee", "person"),
        ({"Last name": "Lee", "Company": "Lee Ltd"}, "Lee", "person"),
        ({"Company": "Lee Ltd"}, "Lee Ltd", "company"),
        ({"Name": "Lee Ltd", "Type": "Organization"}, "Lee Ltd", "company"),
        ({"Name": "=SUM(A1)"}, "=SUM(A1)", "person"),
    ],
)
def test_X7_names_and_kinds_as_other_systems_keep_them(
    row: dict[str, str], name: str, kind: str, cast: Cast
) -> None:
    assert counts(imported(contact_file(row))) == (1, 0, 0)
    assert (only_contact(name).name, only_contact(name).kind) == (name, kind)


@pytest.mark.parametrize(
    "row, column, sentence",
    [
        ({"Name": ""}, "Name", "Enter the name."),
        ({"Name": "x" * 121}, "Name", "too long"),
        ({"Type": "Robot"}, "Type", "Write “Person” or “Company”."),
        ({"Email": "ann@x.test; bo@"}, "Email", "Enter an email address"),
        ({"Language": "Klingon"}, "Language", "Write “English”"),
        ({"Street": "1 Main", "Country": "Narnia"}, "Country", "no such country"),
        ({"City": "Portland"}, "Street", "Enter the street and number."),
        ({"Phone": "\u202e123"}, "Phone", "hidden characters"),
        ({"Id": "x" * 201}, "Id", "too long"),
    ],
)
def test_X7_what_a_contact_cannot_have_is_told_by_row_and_column(
    row: dict[str, str], column: str, sentence: str, cast: Cast
) -> None:
    ((number, heading, why),) = problems(contact_file({"Id": "1", "Name": "Ann"} | row))
    assert (number, heading) == (2, column)
    assert sentence in why


def test_X7_further_rows_of_a_contact_must_not_contradict_the_first(cast: Cast) -> None:
    text = contact_file(
        {"Id": "1", "Name": "Ann"}, {"Id": "1", "Name": "Bo"}, {"Id": "1", "Email": "bo@"}
    )
    assert [one[:2] for one in problems(text)] == [(3, "Name"), (4, "Email")]


@pytest.mark.both_databases
def test_X7_whoever_is_here_already_stays_and_gets_the_other_systems_id(cast: Cast) -> None:
    ann = clients.contact("Ann Lee", "ann@x.test", "other@x.test")
    clients.contact("Bo", phone="(503) 555-0100")
    text = contact_file(
        {"Id": "A-1", "Name": "ann  LEE", "Email": "Other@x.test", "Note": "New"},
        {"Name": "Bo", "Phone": "503 555 0100"},
        {"Name": "Ann Lee", "Email": "another@x.test"},
        {"Name": "Bo", "Phone": "503 555 0199"},
    )
    assert counts(imported(text + '"Z",,Last\n')) == (3, 2, 0)
    with db.read() as session:
        assert queries.contact(session, ann.public_id).note == ""
    matters = matter_file({"Number": "1", "Name": "Lease", "Client id": "A-1"})
    assert counts(imported(matters, "matters")) == (1, 0, 0)
    assert only_matter("1").client_id == ann.id


def test_X7_a_contact_is_known_by_our_own_id_as_our_export_writes_it(cast: Cast) -> None:
    ann = clients.contact("Ann Lee")
    row = {"Id": ann.public_id, "Name": "Anna Lee-Smith"}
    assert counts(imported(contact_file(row, {"Name": "New"}))) == (1, 1, 0)
    matters = matter_file({"Number": "1", "Name": "Lease", "Client id": ann.public_id})
    assert counts(imported(matters, "matters")) == (1, 0, 0)


@pytest.mark.both_databases
def test_X7_a_matter_comes_with_all_that_its_rows_say(cast: Cast) -> None:
    ann, bo = clients.contact("Ann", "ann@x.test"), clients.contact("Bo", "bo@x.test")
    clients.contact("Cy")
    with db.transaction() as session:
        add_group(session, GroupDetails("Family law", "", ()), by="user:x")
    text = matter_file(
        {
            "Number": "A-17", "Name": "Ann v. Bo", "Client": "ann", "Client email": "ANN@x.test",
            "Responsible": "ben@harlow.test", "Status": "Closed", "Opened on": "3/4/2024",
            "Closed on": "2024-05-06 10:00:00", "Groups": "family LAW",
            "Related contact": "bo@x.test", "What they are": "Opposing party",
        },
        {"Number": "A-17", "Related contact": "cy", "What they are": "Witness"},
        {"Number": "A-18", "Name": "Other", "Client": "Bo", "Responsible": "ana moreau"},
    )  # fmt: skip
    assert counts(imported(text, "matters")) == (2, 0, 0)
    matter = only_matter("A-17")
    assert (matter.client_id, matter.status, matter.restricted) == (ann.id, "closed", True)
    assert (matter.opened_on, matter.closed_on) == (date(2024, 3, 4), date(2024, 5, 6))
    assert getattr(matter.responsible, "name", None) == "Ben Lindqvist"
    with db.read() as session:
        related = queries.related_to(session, matter.id)
        assert [(one.contact.name, one.relation) for one in related] == [
            ("Bo", "Opposing party"),
            ("Cy", "Witness"),
        ]
        assert [one.name for one in groups_of(session, matter.id)] == ["Family law"]
        (found,) = queries.find_clients(session, "A-17", NOTHING_CLOSED)
        assert found.public_id == matter.public_id
    other = only_matter("A-18")
    assert (other.client_id, other.status, other.closed_on) == (bo.id, "open", None)
    assert other.opened_on == firm_day()
    cast.ben.get(f"/staff/matters/{matter.public_id}", status=404)  # he is in no group


def test_X7_days_are_read_as_the_firm_says_they_are_written(cast: Cast) -> None:
    clients.contact("Ann")
    row: dict[str, Any] = {"Name": "Lease", "Client": "Ann", "Opened on": "03/04/24"}
    imported(matter_file({"Number": "1"} | row), "matters", days="mdy")
    imported(matter_file({"Number": "2"} | row), "matters", days="dmy")
    assert only_matter("1").opened_on == date(2024, 3, 4)
    assert only_matter("2").opened_on == date(2024, 4, 3)
    row["Opened on"] = "31/12/2024"
    ((_row, column, why),) = problems(matter_file({"Number": "3"} | row), "matters", days="mdy")
    assert (column, why) == (
        "Opened on",
        "This is no day of the calendar. Write it as 2026-12-31.",
    )


@pytest.mark.parametrize(
    "row, column, sentence",
    [
        ({"Number": ""}, "Number", "Enter a number"),
        ({"Number": "x" * 31}, "Number", "too long"),
        ({"Name": ""}, "Name", "Enter what the matter is about."),
        ({"Client": ""}, "Client", "Say which contact this is"),
        ({"Client": "Nobody"}, "Client", "There is no contact “Nobody”"),
        ({"Client": "Twin"}, "Client", "Several contacts are called “Twin”"),
        ({"Client": "Ann", "Client email": "bo@x.test"}, "Client", "There is no contact"),
        ({"Client id": "none"}, "Client", "There is no contact “none, Ann”"),
        ({"Responsible": "stranger@x.test"}, "Responsible", "Nobody who works at the firm"),
        ({"Status": "Asleep"}, "Status", "Write “Open”"),
        ({"Opened on": "1823-01-01"}, "Opened on", "Enter the day"),
        (
            {"Opened on": "2024-02-02", "Status": "closed", "Closed on": "2024-01-01"},
            "Closed on",
            "before it was opened",
        ),
        ({"Groups": "Nobody"}, "Groups", "There is no such group"),
        ({"Related contact": "Nobody", "What they are": "Foe"}, "Related contact", "no contact"),
        ({"Related contact": "Bo"}, "What they are", "Enter what they are"),
        ({"Related contact": "Ann", "What they are": "Self"}, "Related contact", "named above"),
        ({"Number": "TAKEN"}, "Number", "A matter of another client has this number."),
    ],
)
def test_X7_what_a_matter_cannot_have_is_told_by_row_and_column(
    row: dict[str, str], column: str, sentence: str, cast: Cast
) -> None:
    clients.contact("Ann", "ann@x.test")
    bo = clients.contact("Bo", "bo@x.test")
    clients.contact("Twin", "one@x.test")
    clients.contact("Twin", "two@x.test")
    clients.matter(bo, number="TAKEN")
    given = {"Number": "1", "Name": "Lease", "Client": "Ann"} | row
    ((number, heading, why),) = problems(matter_file(given), "matters")
    assert (number, heading) == (2, column)
    assert sentence in why


def test_X7_twins_are_told_apart_by_email(cast: Cast) -> None:
    clients.contact("Twin", "one@x.test")
    two = clients.contact("Twin", "two@x.test")
    row = {"Number": "1", "Name": "Lease", "Client": "Twin", "Client email": "two@x.test"}
    assert counts(imported(matter_file(row), "matters")) == (1, 0, 0)
    assert only_matter("1").client_id == two.id
    assert counts(imported(matter_file(row), "matters")) == (0, 1, 0)
