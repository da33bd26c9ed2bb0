"""Adding and editing contacts and matters: what is kept, what is refused, what is logged."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.clients import numbering, queries
from portal.clients.access import NOTHING_CLOSED
from portal.clients.actions import (
    add_contact,
    add_matter,
    details_of,
    edit_contact,
    edit_matter,
)
from portal.clients.details import (
    AddressDetails,
    ContactDetails,
    EmailDetails,
    MatterDetails,
    Problems,
    RelatedDetails,
)
from portal.clients.models import ClientWord, Contact, Matter
from portal.clients.standing import matter_details_of
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from tests.factories import clients
from tests.support.cast import Cast

ADDRESS = AddressDetails("1 Main Street", "Portland", "OR", "97204")


def stored(contact: Contact) -> Contact:
    with db.read() as session:
        return queries.contact(session, contact.public_id)


def emails(contact: Contact) -> list[tuple[str, bool]]:
    return [(email.address, email.is_primary) for email in stored(contact).emails]


def change(contact: Contact, **changed: Any) -> None:
    with db.transaction() as session:
        kept = queries.contact(session, contact.public_id)
        values = {name: getattr(details_of(kept), name) for name in ContactDetails.__slots__}
        edit_contact(session, kept, ContactDetails(**{**values, **changed}), by="user:ada")


def change_matter(matter: Matter, **changed: Any) -> Matter:
    with db.transaction() as session:
        kept = queries.matter(session, matter.public_id, NOTHING_CLOSED)
        before = matter_details_of(session, kept)
        values = {name: getattr(before, name) for name in MatterDetails.__slots__}
        edit_matter(session, kept, MatterDetails(**{**values, **changed}), by="user:ada")
        return kept


def log(subject: str) -> list[tuple[str, str, dict[str, Any]]]:
    with db.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        )
        return [(entry.actor, entry.action, entry.detail) for entry in entries]


def words(contact: Contact, matter: Matter | None = None) -> set[str]:
    with db.read() as session:
        return set(
            session.scalars(
                select(ClientWord.word).where(
                    ClientWord.contact_id == contact.id,
                    ClientWord.matter_id.is_not_distinct_from(matter.id if matter else None),
                )
            )
        )


def errors_of(details: ContactDetails | MatterDetails) -> dict[str, str]:
    with pytest.raises(Problems) as refused, db.transaction() as session:
        if isinstance(details, ContactDetails):
            add_contact(session, details, by=clients.BY)
        else:
            add_matter(session, details, by=clients.BY)
    return refused.value.errors


@pytest.mark.both_databases
def test_the_first_email_is_primary_unless_another_is_marked(database: Database) -> None:
    assert emails(clients.contact("Cleo", "a@x.test", "b@x.test")) == [
        ("a@x.test", True),
        ("b@x.test", False),
    ]
    marked = [EmailDetails("a@x.test"), EmailDetails(""), EmailDetails("B@x.test", True)]
    with db.transaction() as session:
        contact = add_contact(session, ContactDetails("Cleo", emails=marked), by=clients.BY)
    assert emails(contact) == [("a@x.test", False), ("B@x.test", True)]


@pytest.mark.both_databases
def test_emails_can_change_places_and_the_primary_one_leave(database: Database) -> None:
    contact = clients.contact("Cleo", "a@x.test", "b@x.test")
    change(contact, emails=[EmailDetails("b@x.test"), EmailDetails("a@x.test", True)])
    assert emails(contact) == [("b@x.test", False), ("a@x.test", True)]
    change(contact, emails=[EmailDetails("b@x.test")], addresses=[ADDRESS, ADDRESS])
    assert emails(contact) == [("b@x.test", True)]
    assert [row.street for row in stored(contact).addresses] == ["1 Main Street"] * 2
    change(contact, emails=[], addresses=[])
    assert emails(contact) == []


def test_two_contacts_may_share_an_address_and_one_may_not_have_it_twice(
    database: Database,
) -> None:
    clients.contact("Cleo", "home@x.test")
    clients.contact("Sol", "HOME@x.test")
    twice = [EmailDetails("home@x.test"), EmailDetails(" Home@X.test ")]
    assert errors_of(ContactDetails("Ana", emails=twice)) == {
        "email-1": "This contact has this address already."
    }


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"name": " \n "}, ["name"]),
        ({"name": "x" * 121}, ["name"]),
        ({"name": "x" * 10_000, "note": "y" * 10_000}, ["name", "note"]),
        ({"name": "Cleo \u202eevil"}, ["name"]),
        ({"name": "Cleo\u200b"}, ["name"]),
        ({"name": "Cleo\0"}, ["name"]),
        ({"name": "Cleo", "kind": "robot"}, ["kind"]),
        ({"name": "Cleo", "phone": "5" * 41}, ["phone"]),
        ({"name": "Cleo", "note": "line\n\u2066x"}, ["note"]),
        ({"name": "Cleo", "emails": [EmailDetails("nobody")]}, ["email-0"]),
        ({"name": "Cleo", "emails": [EmailDetails(""), EmailDetails("a@b")]}, ["email-1"]),
        ({"name": "Cleo", "emails": [EmailDetails("a@x.test, b@x.test")]}, ["email-0"]),
        ({"name": "Cleo", "emails": [EmailDetails("x" * 300 + "@x.test")]}, ["email-0"]),
        (
            {"name": "Cleo", "emails": [EmailDetails(f"{n}@x.test") for n in range(21)]},
            ["email-20"],
        ),
        ({"name": "Cleo", "addresses": [AddressDetails("", "Portland")]}, ["street-0"]),
        ({"name": "Cleo", "addresses": [AddressDetails("1 Main", country="ZZ")]}, ["country-0"]),
        ({"name": "Cleo", "addresses": [AddressDetails("s" * 201)]}, ["street-0"]),
        ({"name": "Cleo", "addresses": [ADDRESS] * 11}, ["street-10"]),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(
    given: dict[str, Any], fields: list[str], database: Database
) -> None:
    assert list(errors_of(ContactDetails(**given))) == fields
    with db.read() as session:
        assert session.scalars(select(Contact)).all() == []
        assert session.scalars(select(AuditEntry)).all() == []


def test_names_of_every_script_are_kept_as_they_are_written(database: Database) -> None:
    for name in ("李小龍", "Étienne d'Âme", "محمد", "‌می‌خواهم", "<b>Bold & Sons</b>", "O'Neil"):
        assert stored(clients.contact(name)).name == name.strip()


def test_spaces_and_lines_in_a_name_become_single_spaces(database: Database) -> None:
    assert stored(clients.contact(" Cleo \t\r\n  Marsh ")).name == "Cleo Marsh"


def test_X9_the_log_says_who_changed_which_part_and_nothing_where_nothing_changed(
    database: Database,
) -> None:
    contact = clients.contact("Cleo", "a@x.test")
    change(contact)
    change(contact, phone="555", emails=[EmailDetails("b@x.test")])
    assert log(f"contact:{contact.public_id}") == [
        (clients.BY, "contact.added", {}),
        ("user:ada", "contact.edited", {"changed": ["phone", "emails"]}),
    ]


def test_words_follow_the_name_and_the_emails_also_on_the_matters(database: Database) -> None:
    contact = clients.contact("Cléo Marsh", "cleo@x.test")
    matter = clients.matter(contact, "Lease", "00012")
    assert words(contact) == {"cleo", "marsh", "cleo@x.test", "x", "test"}
    assert words(contact, matter) == {"cleo", "marsh", "lease", "00012"}
    change(contact, name="Cleo Roy", emails=[])
    assert words(contact) == {"cleo", "roy"}
    assert words(contact, matter) == {"cleo", "roy", "lease", "00012"}
    change_matter(matter, name="Sale", number="A-7")
    assert words(contact, matter) == {"cleo", "roy", "sale", "a", "7"}


@pytest.mark.both_databases
def test_the_number_of_a_matter_stands_once(database: Database) -> None:
    cleo = clients.contact("Cleo")
    clients.matter(cleo, "Lease", "00012")
    other = clients.matter(cleo, "Will", "00013")
    errors = errors_of(MatterDetails("00012", "Divorce", cleo.id))
    assert errors == {"number": "Another matter has this number. Enter one that is free."}
    with pytest.raises(Problems) as refused:
        change_matter(other, number="00012")
    assert list(refused.value.errors) == ["number"]
    assert change_matter(other, number="00013", name="Last will").name == "Last will"


@pytest.mark.parametrize(
    ("newest", "proposed"),
    [("00017", "00018"), ("2026-099", "2026-100"), ("999", "1000"), ("A", "A1"), ("7 b", "7 b1")],
)
def test_the_next_number_follows_the_newest(newest: str, proposed: str, database: Database) -> None:
    clients.matter(clients.contact("Cleo"), "Lease", newest)
    with db.read() as session:
        assert numbering.next_matter_number(session) == proposed


def test_the_next_number_passes_over_those_taken(database: Database) -> None:
    cleo = clients.contact("Cleo")
    for number in ("00003", "00002", "00001"):
        clients.matter(cleo, "Lease", number)
    with db.read() as session:
        assert numbering.next_matter_number(session) == "00004"


def test_closing_a_matter_notes_the_day_and_opening_it_again_forgets_it(
    cast: Cast, database: Database
) -> None:
    matter = clients.matter(clients.contact("Cleo"))
    assert matter.closed_on is None
    closed = change_matter(matter, status="closed")
    assert closed.closed_on is not None
    day = closed.closed_on
    assert change_matter(matter, name="Other").closed_on == day
    assert change_matter(matter, status="open").closed_on is None
    assert [entry[2].get("changed") for entry in log(f"matter:{matter.public_id}")] == [
        None,
        ["status"],
        ["name"],
        ["status"],
    ]


def test_the_client_of_a_matter_cannot_change(database: Database) -> None:
    cleo, sol = clients.contact("Cleo"), clients.contact("Sol")
    matter = clients.matter(cleo)
    with pytest.raises(Problems) as refused:
        change_matter(matter, client_id=sol.id)
    assert list(refused.value.errors) == ["client"]


def test_others_in_a_matter_come_and_go_and_change_their_part(database: Database) -> None:
    cleo, sol, ana = (clients.contact(name) for name in ("Cleo", "Sol", "Ana"))
    matter = clients.matter(cleo, related=[RelatedDetails(sol.id, "Spouse")])
    change_matter(matter, related=[RelatedDetails(sol.id, "Wife"), RelatedDetails(ana.id, "Judge")])
    with db.read() as session:
        rows = queries.related_to(session, matter.id)
        assert [(row.contact.name, row.relation) for row in rows] == [
            ("Ana", "Judge"),
            ("Sol", "Wife"),
        ]
    change_matter(matter, related=[RelatedDetails(sol.id, "Wife"), RelatedDetails(ana.id, "Judge")])
    change_matter(matter, related=[])
    with db.read() as session:
        assert queries.related_to(session, matter.id) == []
    assert len(log(f"matter:{matter.public_id}")) == 3


def test_a_matter_is_refused_for_people_who_do_not_exist_or_stand_twice(
    database: Database,
) -> None:
    cleo, sol = clients.contact("Cleo"), clients.contact("Sol")
    spouse = RelatedDetails(sol.id, "Spouse")
    for details, fields in (
        (MatterDetails("1", "Lease", 99), {"client"}),
        (MatterDetails("", " ", cleo.id), {"number", "name"}),
        (MatterDetails("1", "Lease", cleo.id, status="lost"), {"matter-status"}),
        (MatterDetails("1", "Lease", cleo.id, responsible_id=99), {"responsible"}),
        (MatterDetails("1", "Lease", cleo.id, related=[spouse, spouse]), {"related-1"}),
        (MatterDetails("1", "L", cleo.id, related=[RelatedDetails(cleo.id, "x")]), {"related-0"}),
        (MatterDetails("1", "L", cleo.id, related=[RelatedDetails(sol.id, " ")]), {"relation-0"}),
        (MatterDetails("1", "L", cleo.id, related=[RelatedDetails(99, "x")]), {"related-0"}),
    ):
        assert set(errors_of(details)) == fields
    with db.read() as session:
        assert session.scalars(select(Matter)).all() == []
