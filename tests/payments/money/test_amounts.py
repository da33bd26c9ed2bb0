"""What people type as an amount, and what they read."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.money.amounts import CURRENCIES, Money, NotAnAmount, as_typed, parse_cents

LOCALES = ("en_US", "en_CA", "es_US", "fr_CA")

READ_EVERYWHERE = [
    ("0", 0),
    ("1", 100),
    ("1250", 125_000),
    ("1250.00", 125_000),
    ("0.05", 5),
    ("007", 700),
    ("$12", 1_200),
    ("$ 12.50", 1_250),
    ("12.50 $", 1_250),
    ("US$12.50", 1_250),
    ("CA$12.50", 1_250),
    ("CAD 12.50", 1_250),
    ("12.50 USD", 1_250),
    ("12.50 $ US", 1_250),
    ("12.50\u00a0$\u00a0CA", 1_250),
    ("  1250.00  ", 125_000),
    ("\u00a01250.00\u202f", 125_000),
    ("1 250.00", 125_000),
    ("1\u00a0250.00", 125_000),
    ("1\u202f250\u202f000.00", 125_000_000),
    ("1'250.00", 125_000),
    ("1’250.00", 125_000),
    ("9999999999999.99", 999_999_999_999_999),
]

REFUSED_EVERYWHERE = [
    "",
    " ",
    "$",
    ".",
    ",",
    ".50",
    "5.",
    "-5",
    "+5",
    "(5.00)",
    "NaN",
    "nan",
    "Infinity",
    "inf",
    "1e3",
    "1E3",
    "1e999999999",
    "0x10",
    "1_000",
    "１２",
    "١٢",
    "१२",
    "²",
    "½",
    "12.345",
    "12.5",
    "1.2.3",
    "1,2,3",
    "12 34",
    "1 2345.00",
    "1250.00.00",
    "1,250.00,00",
    "12.50 EUR",
    "€12.50",
    "USD",
    "$$5",
    "5$5",
    "5 US $",
    "5 $ EU",
    "five",
    "5\n0",
    "5\0",
    "<script>",
    "9" * 400,
    "9" * 14,
    " " * 400 + "5",
]

WHAT_A_COMMA_MEANS = [
    # typed, where a comma groups thousands (None: refused), where it begins the cents
    ("1,23", None, 123),
    ("12,50", None, 1_250),
    ("1,234", 123_400, None),
    ("1,234.50", 123_450, None),
    ("1,234,567.89", 123_456_789, None),
    ("12,34,567.00", None, None),
    ("1 234,50", None, 123_450),
    ("1 234,50 $", None, 123_450),
    ("1\u00a0234,50\u00a0$", None, 123_450),
    ("1.234,50", None, None),
    ("1,234 567.00", None, None),
]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("typed, cents", READ_EVERYWHERE)
def test_an_amount_is_read_the_same_in_every_language(typed: str, cents: int, locale: str) -> None:
    assert parse_cents(typed, locale) == cents


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("typed", REFUSED_EVERYWHERE)
def test_what_is_no_amount_is_refused_in_every_language(typed: str, locale: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_cents(typed, locale)


@pytest.mark.parametrize("typed, as_thousands, as_cents", WHAT_A_COMMA_MEANS)
def test_a_comma_means_what_it_means_in_the_payers_language(
    typed: str, as_thousands: int | None, as_cents: int | None
) -> None:
    for locale in LOCALES:
        expected = as_cents if locale == "fr_CA" else as_thousands
        if expected is None:
            with pytest.raises(NotAnAmount):
                parse_cents(typed, locale)
        else:
            assert parse_cents(typed, locale) == expected


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("locale", LOCALES)
@given(cents=st.integers(0, 10**14 - 1))
def test_an_amount_that_was_printed_is_read_back_to_the_cent(
    cents: int, locale: str, currency: str
) -> None:
    """A payer may copy the balance from the page into the field, non-breaking spaces and all."""
    assert parse_cents(Money(cents, currency).format(locale), locale) == cents
    assert parse_cents(Money(cents, currency).plain(), locale) == cents
    assert parse_cents(as_typed(cents, locale), locale) == cents


@given(typed=st.text(max_size=40), locale=st.sampled_from(LOCALES))
def test_whatever_is_typed_is_read_as_cents_or_refused(typed: str, locale: str) -> None:
    with contextlib.suppress(NotAnAmount):
        assert parse_cents(typed, locale) >= 0


@pytest.mark.parametrize(
    "locale, currency, printed",
    [
        ("en_US", "USD", "$1,234.50"),
        ("es_US", "USD", "$1,234.50"),
        ("en_US", "CAD", "CA$1,234.50"),
        ("en_CA", "CAD", "$1,234.50"),
        ("en_CA", "USD", "US$1,234.50"),
        ("fr_CA", "CAD", "1 234,50 $"),
        ("fr_CA", "USD", "1 234,50 $ US"),
        ("es_US", "CAD", "CA$1,234.50"),
    ],
)
def test_an_amount_is_printed_as_its_readers_write_it(
    locale: str, currency: str, printed: str
) -> None:
    spaced = Money(123_450, currency).format(locale).replace("\u00a0", " ").replace("\u202f", " ")
    assert spaced == printed


def test_M1_sums_are_exact_and_never_mix_currencies() -> None:
    """FEATURES M1. int(1.15 * 100) would be 114."""
    assert parse_cents("1.15", "en_US") == 115
    assert Money(115, "USD") + Money(5, "USD") == Money(120, "USD")
    assert Money(5, "USD") - Money(115, "USD") == Money(-110, "USD")
    assert (Money(5, "USD") - Money(115, "USD")).plain() == "-1.10"
    for mix in (lambda: Money(1, "USD") + Money(1, "CAD"), lambda: Money(1, "EUR")):
        with pytest.raises(ValueError):
            mix()
