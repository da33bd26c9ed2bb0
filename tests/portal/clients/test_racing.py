"""Two people at once, on both databases."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from portal.clients import numbering, queries
from portal.clients.access import NOTHING_CLOSED
from portal.clients.actions import edit_contact, edit_matter
from portal.clients.details import ContactDetails, EmailDetails, MatterDetails, RelatedDetails
from portal.clients.standing import matter_details_of
from portal.core import db
from portal.core.db import Database
from portal.core.errors import Invalid
from tests.factories import clients

PEOPLE = 4


def all_at_once(do: Callable[[int], None]) -> list[BaseException]:
    """Several threads begin together; answers what went wrong in them."""
    begin, wrong = Barrier(PEOPLE), list[BaseException]()

    def run(number: int) -> None:
        begin.wait()
        try:
            for _again in range(3):
                do(number)
        except BaseException as problem:
            wrong.append(problem)

    threads = [Thread(target=run, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.both_databases
def test_saving_the_same_contact_at_once_keeps_what_one_of_them_saved(database: Database) -> None:
    contact = clients.contact("Cleo", "shared@x.test", "old@x.test")

    def save(number: int) -> None:
        emails = [EmailDetails("shared@x.test"), EmailDetails(f"{number}@x.test", True)]
        with db.transaction() as session:
            kept = queries.contact(session, contact.public_id)
            edit_contact(
                session, kept, ContactDetails(f"Cleo {number}", emails=emails), by="user:x"
            )

    assert all_at_once(save) == []
    with db.read() as session:
        kept = queries.contact(session, contact.public_id)
        number = kept.name.removeprefix("Cleo ")
        assert [one.address for one in kept.emails] == ["shared@x.test", f"{number}@x.test"]
        (found,) = queries.find_clients(session, "cleo", NOTHING_CLOSED)
        assert found.detail == f"contact, {number}@x.test"
        assert len(queries.find_clients(session, "@x.test", NOTHING_CLOSED)) == 0


@pytest.mark.both_databases
def test_saving_the_same_matter_at_once_keeps_what_one_of_them_saved(database: Database) -> None:
    cleo, sol = clients.contact("Cleo"), clients.contact("Sol")
    matter = clients.matter(cleo, "Lease", "1", related=[RelatedDetails(sol.id, "Spouse")])

    def save(number: int) -> None:
        part = [RelatedDetails(sol.id, f"Part {number}")]
        with db.transaction() as session:
            kept = queries.matter(session, matter.public_id, NOTHING_CLOSED)
            details = MatterDetails("1", f"Lease {number}", cleo.id, related=part)
            edit_matter(session, kept, details, by="user:x")

    assert all_at_once(save) == []
    with db.read() as session:
        kept = queries.matter(session, matter.public_id, NOTHING_CLOSED)
        (row,) = queries.related_to(session, matter.id)
        assert row.relation.removeprefix("Part ") == kept.name.removeprefix("Lease ")
        assert matter_details_of(session, kept).related == (RelatedDetails(sol.id, row.relation),)


@pytest.mark.both_databases
def test_a_number_taken_at_the_same_moment_is_refused_with_a_sentence(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleo = clients.contact("Cleo")
    clients.matter(cleo, "Lease", "00001")
    monkeypatch.setattr(numbering, "number_taken", lambda *_about, **_more: False)
    with pytest.raises(Invalid, match="Another matter has this number") as refused:
        clients.matter(cleo, "Will", "00001")
    assert refused.value.field == "number"
