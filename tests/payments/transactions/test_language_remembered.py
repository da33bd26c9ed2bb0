"""The language a client paid in is remembered when the payment is linked to them (FEATURES B3)."""

import pytest
from sqlalchemy import update

from payments.transactions.states import Status
from portal.clients.models import Contact
from portal.core import db
from portal.core.audit import AuditEntry
from tests.factories.billing import Client
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import Practice, open_practice


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def language_of(contact: Client) -> str | None:
    with db.read() as session:
        return session.get_one(Contact, contact.id).language


def linked(practice: Practice, to: Client, language: str) -> None:
    paid = practice.till.bring_to(Status.COMPLETED, cents=1_000, language=language)
    practice.link(paid, practice.target(to))


@pytest.mark.both_databases
def test_B3_the_first_language_that_a_client_pays_in_is_kept(practice: Practice) -> None:
    assert language_of(practice.cleo) is None
    linked(practice, practice.cleo, "es_US")
    assert language_of(practice.cleo) == "es_US"
    assert language_of(practice.sol) is None
    linked(practice, practice.cleo, "fr_CA")
    assert language_of(practice.cleo) == "es_US", "somebody else may have paid for them"


def test_B3_what_the_firm_has_set_stays(practice: Practice) -> None:
    with db.transaction() as session:
        named = Contact.id == practice.cleo.id
        session.execute(update(Contact).where(named).values(language="fr_CA"))
    linked(practice, practice.cleo, "es_US")
    assert language_of(practice.cleo) == "fr_CA"


def test_B3_it_stands_in_the_log(practice: Practice) -> None:
    linked(practice, practice.cleo, "es_US")
    with db.read() as session:
        entries = session.query(AuditEntry).filter_by(action="contact.edited").all()
    assert [(one.subject, one.detail["changed"]) for one in entries] == [
        (f"contact:{practice.cleo.public_id}", ["language"])
    ]
