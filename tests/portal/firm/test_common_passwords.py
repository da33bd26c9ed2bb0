"""The first guesses are refused, however they are typed, and asking takes no time."""

import random
import string
import time

import pytest

from portal.firm.common_passwords import LOOKALIKES, is_common

KNOWN = ("Ada Okafor", "ada@harlow.test", "Harlow & Reyes LLP")


@pytest.mark.parametrize(
    "password",
    [
        "!@#$%^&*()_+{}|",
        "~!@#$%^&*()_+{}",
        '!"£$%^&*()_+{}:',
        "+_)(*&^%$#@!~!@",
        "-=[]\\;',./-=[]\\",
    ],
)
def test_a_walk_with_the_shift_key_held_is_common(password: str) -> None:
    assert is_common(password, KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "p\u0430ssword1234567",
        "\u0420\u0410ssword1234567",
        "p\u03b1ssw\u03bfrdp\u03b1ssw\u03bfrd",
        "\u0430d\u0430\u043ek\u0430for\u0430d\u0430",
        "l\u0435tm\u0435inl\u0435tm\u0435in",
    ],
)
def test_letters_that_only_look_latin_make_no_password_better(password: str) -> None:
    assert is_common(password, KNOWN)


def test_a_name_in_cyrillic_is_found_in_a_password_in_cyrillic() -> None:
    name = "\u0421\u043e\u0444\u0438\u044f"
    assert is_common(f"{name}2024{name}", [name])


@pytest.mark.parametrize(
    "password",
    [
        "forest gravel kettle 9",
        "\u043b\u0435\u0441 \u0447\u0430\u0439\u043d\u0438\u043a \u0447\u0430\u0441\u044b",
        ":>}%(^#&!_?<$*{",
    ],
)
def test_a_phrase_of_ones_own_stays_good_in_any_script(password: str) -> None:
    assert not is_common(password, KNOWN)


def test_every_lookalike_stands_for_one_latin_letter_or_digit() -> None:
    assert {chr(latin) for latin in LOOKALIKES.values()} <= set(
        string.ascii_lowercase + string.digits
    )


@pytest.mark.quiet
@pytest.mark.parametrize(
    "alphabet",
    [
        "\ufdfa",
        "".join(map(chr, range(0xFDF0, 0xFDFB))),
        string.ascii_letters,
        "qwertyuiop1234567890",
    ],
    ids=["one sign of eighteen letters", "ligatures", "letters", "keys"],
)
def test_the_worst_password_is_judged_within_50_ms(alphabet: str) -> None:
    chance = random.Random(1)
    password = "".join(chance.choice(alphabet) for _ in range(255)) + "x"
    is_common("x" * 20, KNOWN)
    began = time.process_time()
    is_common(password, KNOWN)
    assert time.process_time() - began < 0.05


def test_a_long_walk_along_the_keys_is_still_one_walk() -> None:
    row = "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"
    assert is_common(row + "x" + row[::-1], KNOWN)
