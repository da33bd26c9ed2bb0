"""Staff passwords."""

import pytest
from argon2 import extract_parameters

from portal.core import db
from portal.core.db import Database, NestedTransaction
from portal.core.errors import Invalid
from portal.firm.demo import DEMO_HASH, DEMO_PASSWORD
from portal.firm.passwords import NOBODY, hash_password, hasher, password_fits


def test_a_password_fits_its_own_hash_and_no_other() -> None:
    made = hash_password("correct horse battery")
    assert made.startswith("$argon2id$")
    assert password_fits(made, "correct horse battery")
    assert not password_fits(made, "correct horse batterz")
    assert not password_fits(None, "correct horse battery")
    assert not password_fits("not a hash", "correct horse battery")


def test_nobodys_password_is_as_costly_to_check_as_a_new_users() -> None:
    """Else the time of an answer would tell which addresses have a user."""
    probe = extract_parameters(hasher().hash("of a new user"))
    assert extract_parameters(NOBODY) == probe
    assert extract_parameters(DEMO_HASH) == probe


def test_the_published_password_opens_the_demo() -> None:
    assert password_fits(DEMO_HASH, DEMO_PASSWORD)


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 257])
def test_a_password_that_is_easily_guessed_or_endless_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        hash_password(password)
    assert refused.value.field == "password"


def test_nobody_waits_for_a_hash_inside_a_transaction(database: Database) -> None:
    with db.transaction():
        with pytest.raises(NestedTransaction):
            hash_password("correct horse battery")
        with pytest.raises(NestedTransaction):
            password_fits(None, "correct horse battery")
