"""What is looked up to offer the trust ledgers that may pay a bill (FEATURES S9)."""

from dataclasses import replace

from portal.core import db
from tests.factories.billing import Asked, Line, Office, issued, make_client
from tests.payments.receipts.trust_desk import held, of
from tests.support.statements import statements

MATTERS = 12


def queries_for(office: Office, matters: int) -> int:
    """How much is asked of the database for a bill of so many matters, each with trust money."""
    with db.transaction() as session:
        client = make_client(session, f"Client of {matters}", matters=matters)
    theirs = replace(office, cleo=client)
    for nth in range(matters):
        held(theirs, 1_000 + nth, nth)
    bill = issued(theirs, client, Asked([Line(5_000, nth) for nth in range(matters)]))
    with statements("SELECT") as asked:
        found = of(bill)
    assert len(found.ledgers) == matters
    return len(asked)


def test_S9_many_ledgers_are_looked_up_in_as_many_queries_as_one(office: Office) -> None:
    assert queries_for(office, 1) == queries_for(office, MATTERS)


def test_S9_each_trust_account_pays_only_what_it_holds_itself(office: Office) -> None:
    held(office, 3_000, 0)
    held(office, 2_000, 1)
    bill = issued(office, office.cleo, Asked([Line(5_000), Line(5_000, 1)]))
    assert [one.available_cents for one in of(bill).ledgers] == [3_000, 2_000]
    assert {one.at_bank_cents for one in of(bill).ledgers} == {5_000}
