"""Which language a page is in: the address, the browser, else the firm's own (FEATURES B3)."""

import pytest

from portal.web import language

ALL = ("en_US", "es_US", "fr_CA")
CANADIAN = ("en_CA", "fr_CA")


@pytest.mark.parametrize(
    ("wanted", "offered", "answer"),
    [
        ("fr", ALL, "fr_CA"),
        ("fr-CA", ALL, "fr_CA"),
        ("fr_CA", ALL, "fr_CA"),
        ("FR-fr", ALL, "fr_CA"),
        ("es-419", ALL, "es_US"),
        ("es-MX", ALL, "es_US"),
        ("en-GB", ALL, "en_US"),
        ("en", CANADIAN, "en_CA"),
        ("es", CANADIAN, None),
        ("de", ALL, None),
        ("", ALL, None),
        ("f", ALL, None),
        ("french", ALL, None),
        ("fr;", ALL, None),
        ("../fr", ALL, None),
        ("*", ALL, None),
        ("fr" + "-x" * 500, ALL, None),
    ],
)
def test_B3_a_wish_is_answered_by_what_the_firm_offers(
    wanted: str, offered: tuple[str, ...], answer: str | None
) -> None:
    assert language.offered_as(wanted, offered) == answer


@pytest.mark.parametrize(
    ("accepted", "answer"),
    [
        ("es", "es_US"),
        ("es-MX,es;q=0.9,en;q=0.8", "es_US"),
        ("de-DE,de;q=0.9,fr;q=0.5,en;q=0.4", "fr_CA"),
        ("en;q=0.4, fr;q=0.9", "fr_CA"),
        ("fr;q=0, en", "en_US"),
        ("fr;q=0.8, es;q=0.8", "fr_CA"),
        ("de", None),
        ("*", None),
        ("", None),
        (",,;;q=,", None),
        ("fr;q=9", "fr_CA"),
        ("fr;q=abc", "fr_CA"),
        ("x" * 100_000 + ",fr", None),
    ],
)
def test_B3_the_browser_is_given_what_it_likes_best(accepted: str, answer: str | None) -> None:
    assert language.best_of(accepted, ALL) == answer


def test_B3_staff_read_the_english_of_their_country() -> None:
    assert language.for_staff("US") == "en_US"
    assert language.for_staff("CA") == "en_CA"
