"""Staff passwords."""

import pytest
from argon2 import extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from portal.core import db
from portal.core.db import Database, NestedTransaction
from portal.core.errors import Invalid
from portal.firm.common_passwords import WHOLES, is_common, squeezed
from portal.firm.demo import DEMO_HASH, DEMO_PASSWORD
from portal.firm.passwords import (
    NOBODY,
    check_new_password,
    hash_password,
    hasher,
    password_fits,
)
from tests.support.cast import PASSWORD


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


KNOWN = ("Harlow & Reyes LLP", "Ada Okafor", "ada@harlow.test")
EASY = [
    "correcthorsebatterystaple",
    "Correct-Horse-Battery-Staple",
    "passwordpassword",
    "Password123456789",
    "aaaaaaaaaaaaaaaa",
    "abababababababab",
    "1234567890123456",
    "qwertyuiop12345",
    "poiuytrewqlkjhgf",
    "1qaz2wsx3edc4rfv",
    "Summer2026Winter2026",
    "Harlow & Reyes LLP 2026!",
    "AdaOkafor-Harlow",
    "ada@harlow.test 1",
    "p a s s w o r d 2 0 2 6",
    "!!!!!!!!!!!!!!!!",
    "Contraseña Contraseña",
    "letmeinletmein7",
    "пароль пароль пароль",
]


@pytest.mark.parametrize("password", EASY)
def test_what_guessers_try_first_is_refused_with_advice(password: str) -> None:
    with pytest.raises(Invalid, match="easy to guess") as refused:
        hash_password(password, known=KNOWN)
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "lilac otter window bread",
        "xkjd-ppqo-zmvn-aiel",
        "Tr4ctor.saffron.Ninth",
        "unser kleiner Hund bellt nie",
        PASSWORD,
        DEMO_PASSWORD,
    ],
)
def test_a_password_of_unrelated_words_is_taken(password: str) -> None:
    check_new_password(password, known=KNOWN)


def test_names_are_refused_only_for_those_whose_names_they_are() -> None:
    check_new_password("Wilhelmina Krogstad")
    with pytest.raises(Invalid):
        check_new_password("Wilhelmina Krogstad", known=["Wilhelmina Krogstad"])


def test_the_list_is_written_as_passwords_are_compared() -> None:
    assert [whole for whole in WHOLES if squeezed(whole) != whole] == []
    assert len(WHOLES) == len(set(WHOLES))


@given(st.text(min_size=15, max_size=256))
def test_any_text_at_all_is_judged_without_a_fault(password: str) -> None:
    assert is_common(password, KNOWN) in {True, False}
