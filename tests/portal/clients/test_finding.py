"""Contacts and matters found as they are typed, however many there are."""

import time
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql, sqlite

from portal.clients import listing, queries, word_index
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import ClientWord, Contact, ContactEmail
from portal.core import clock, db
from portal.core.db import Database
from portal.core.errors import Missing
from portal.core.words import folded, typed_words, words_of
from portal.web.pagination import Place
from tests.factories import clients

MANY = 10_000


def labels(typed: str, **more: Any) -> list[str]:
    with db.read() as session:
        return [
            option.label for option in queries.find_clients(session, typed, NOTHING_CLOSED, **more)
        ]


@pytest.mark.both_databases
def test_X2_beginnings_of_words_find_whatever_the_accents_and_capitals(database: Database) -> None:
    for name in (
        "Élodie Roy",
        "Łukasz Żak",
        "Straße GmbH",
        "O'Neil & Søn",
        "李小龍",
        "Zoë Roy-Lee",
    ):
        clients.contact(name)
    for typed, found in {
        "elo": ["Élodie Roy"],
        "E\u0301LODIE ROY": ["Élodie Roy"],
        "roy elo": ["Élodie Roy"],
        "zak": ["Łukasz Żak"],
        "lukasz": ["Łukasz Żak"],
        "STRASSE": ["Straße GmbH"],
        "oneil": ["O'Neil & Søn"],
        "o’neil son": ["O'Neil & Søn"],
        "李": ["李小龍"],
        "roy": ["Élodie Roy", "Zoë Roy-Lee"],
        "lee": ["Zoë Roy-Lee"],
        "odie": [],
        "roy zak": [],
    }.items():
        assert labels(typed) == found, typed


@pytest.mark.both_databases
def test_emails_and_numbers_are_found_by_their_beginning_and_as_a_whole(database: Database) -> None:
    cleo = clients.contact("Cleo Marsh", "C.Marsh@studio-x.test")
    clients.matter(cleo, "Lease of the shop", "2026-0012")
    for typed in ("c.marsh@studio-x.test", "C.MARSH@", "studio", "<c.marsh@studio-x.test>"):
        assert labels(typed) == ["Cleo Marsh"], typed
    for typed in ("2026-0012", "2026", "0012", "shop", "cleo shop", "lease marsh 2026"):
        assert labels(typed) == ["2026-0012 Lease of the shop"], typed


def test_a_name_typed_in_full_comes_first_and_a_client_before_their_matters(
    database: Database,
) -> None:
    for name in ("Roy Marsh", "Marsha Lane", "Marsh", "Ada Marsh"):
        contact = clients.contact(name)
    clients.matter(contact, "Lease", "00001")
    clients.matter(contact, "Divorce", "00002", status="closed")
    assert labels("marsh") == [
        "Marsh",
        "Marsha Lane",
        "Ada Marsh",
        "00001 Lease",
        "00002 Divorce",
        "Roy Marsh",
    ]
    assert labels("marsh", limit=2) == ["Marsh", "Marsha Lane"]


def test_by_email_finds_everybody_who_has_it_those_first_for_whom_it_is_primary(
    database: Database,
) -> None:
    clients.contact("Ana", "own@x.test", "home@x.test")
    clients.contact("Zoe", "Home@x.test")
    with db.read() as session:
        assert [one.name for one in queries.by_email(session, " HOME@X.test")] == ["Zoe", "Ana"]
        assert queries.by_email(session, "ome@x.test") == []
        assert queries.by_email(session, "") == []


def test_by_name_takes_the_words_in_any_order_and_no_part_of_a_name(database: Database) -> None:
    for name in ("Cléo Marsh", "Cleo Marsh", "Cleo Ann Marsh", "Marsh"):
        clients.contact(name)
    with db.read() as session:
        for typed, found in {
            "MARSH, Cleo": ["Cléo Marsh", "Cleo Marsh"],
            "cleo  marsh": ["Cléo Marsh", "Cleo Marsh"],
            "marsh": ["Marsh"],
            "Cleo": [],
            "Cleo Mar": [],
            "": [],
        }.items():
            assert [one.name for one in queries.by_name(session, typed)] == found


def test_what_a_form_sends_stands_for_one_contact_or_matter(database: Database) -> None:
    cleo = clients.contact("Cleo")
    lease = clients.matter(cleo, "Lease", "7")
    with db.read() as session:
        found = queries.option(session, f"matter:{lease.public_id}", NOTHING_CLOSED)
        assert (found.matter_id, found.contact_id, found.label) == (lease.id, cleo.id, "7 Lease")
        assert queries.option(session, f"contact:{cleo.public_id}", NOTHING_CLOSED).key.startswith(
            "contact:"
        )
        for key in ("", ":", "contact:", "matter:nope", f"matter:{cleo.public_id}", cleo.public_id):
            with pytest.raises(Missing):
                queries.option(session, key, NOTHING_CLOSED)
        with pytest.raises(Missing):
            queries.option(session, f"matter:{lease.public_id}", NOTHING_CLOSED, kinds=("contact",))


def person(n: int) -> dict[str, Any]:
    name = f"Person{n % 997:04} Family{n:05}"
    return {
        "id": n,
        "public_id": f"p{n}",
        "kind": "person",
        "name": name,
        "name_key": folded(name),
        "phone": "",
        "note": "",
        "made_at": clock.now(),
    }


def email_of(one: dict[str, Any]) -> dict[str, Any]:
    address = f"family{one['id']:05}@x.test"
    return {
        "contact_id": one["id"],
        "position": 0,
        "address": address,
        "address_key": address,
        "is_primary": True,
    }


def fill(count: int) -> None:
    """Many contacts at once, straight into the tables."""
    with clock.one_reading():
        people = [person(n) for n in range(1, count + 1)]
    emails = [email_of(one) for one in people]
    words = [
        {"word": word, "contact_id": one["id"]}
        for one, email in zip(people, emails, strict=True)
        for word in sorted(words_of(one["name"], email["address"]))
    ]
    with db.transaction() as session:
        session.execute(insert(Contact), people)
        session.execute(insert(ContactEmail), emails)
        session.execute(insert(ClientWord), words)
        session.execute(text("ANALYZE"))


def plan(session: Any, statement: Any) -> str:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    dialect = sqlite.dialect() if on_sqlite else postgresql.dialect()
    sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    explain = "EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN "
    rows = session.connection().exec_driver_sql(explain + sql.replace("%", "%%")).all()
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.quiet
@pytest.mark.both_databases
def test_X2_among_ten_thousand_contacts_a_search_is_a_range_of_an_index(database: Database) -> None:
    fill(MANY)
    with db.read() as session:
        for typed in ("person0042", "family0004 pers", "family00042@x.t"):
            hits = word_index.hits(
                typed_words(typed),
                contacts=True,
                matters=True,
                closed=NOTHING_CLOSED,
                most=queries.CANDIDATES_MAX,
            )
            told = plan(session, hits)
            assert "ix_client_word_word" in told, told
            assert "Seq Scan" not in told, told
            assert "SCAN client_word" not in told, told
        started = time.perf_counter()
        first = queries.find_clients(session, "family00042 person", NOTHING_CLOSED)[0]
        assert first.label.endswith("Family00042")
        assert listing.find_contacts(session, typed="family00042 person").count == 1
        assert listing.find_contacts(session, typed="person").count == listing.COUNTED_MAX + 1
        assert len(queries.find_clients(session, "x", NOTHING_CLOSED)) == 20
        assert time.perf_counter() - started < 2  # some 30 ms; a scan of each word takes longer


@pytest.mark.both_databases
def test_every_page_of_contacts_leads_on_and_back(database: Database) -> None:
    fill(130)
    with db.read() as session:
        for typed in ("", "person"):
            place, seen, pages = Place(), [], []
            while True:
                page = listing.find_contacts(session, typed=typed, place=place).page
                pages.append([row.id for row in page.rows])
                seen += [row.name for row in page.rows]
                if page.older_than is None:
                    break
                place = Place(after=page.older_than)
            assert seen == sorted(seen)
            assert [len(one) for one in pages] == [50, 50, 30]
            back = listing.find_contacts(session, typed=typed, place=Place(before=pages[2][0])).page
            assert [row.id for row in back.rows] == pages[1]
            assert back.newer_than == pages[1][0]
            first = listing.find_contacts(session, typed=typed, place=Place(before=pages[1][0]))
            assert [row.id for row in first.page.rows] == pages[0]
            assert first.page.newer_than is None


@pytest.mark.both_databases
def test_matters_are_found_by_status_and_by_who_is_responsible(database: Database) -> None:
    cleo = clients.contact("Cleo Marsh")
    for n, status in enumerate(["open", "pending", "closed"] * 2):
        clients.matter(cleo, f"Case {n}", f"{n:05}", status=status)

    def names(**wanted: Any) -> list[str]:
        with db.read() as session:
            return [
                row.name
                for row in listing.find_matters(session, NOTHING_CLOSED, **wanted).page.rows
            ]

    assert names() == [f"Case {n}" for n in (5, 4, 3, 2, 1, 0)]
    assert names(status="open") == ["Case 3", "Case 0"]
    assert names(typed="cleo case", status="closed") == ["Case 5", "Case 2"]
    assert names(typed="00004") == ["Case 4"]
    assert names(typed="%") == []
    assert names(responsible_id=0) == names()
    assert names(responsible_id=7) == []
    with db.read() as session:
        matters = queries.matters_of(session, cleo.id, NOTHING_CLOSED)
        assert [one.name for one in matters] == [f"Case {n}" for n in (3, 0, 4, 1, 5, 2)]
