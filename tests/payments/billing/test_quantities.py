"""Quantities as people type them, in whole thousandths."""

import pytest

from payments.billing.quantities import NotAQuantity, parse_thousandths, plain


@pytest.mark.parametrize(
    "typed, locale, thousandths",
    [
        ("1", "en_US", 1_000),
        (" 1.5 ", "en_US", 1_500),
        ("0.001", "en_US", 1),
        ("0", "en_US", 0),
        ("1,250.75", "en_US", 1_250_750),
        ("9999999", "en_US", 9_999_999_000),
        ("1,5", "fr_CA", 1_500),
        ("1.5", "fr_CA", 1_500),
        ("1\u202f250,75", "fr_CA", 1_250_750),
    ],
)
def test_a_quantity_is_read_exactly(typed: str, locale: str, thousandths: int) -> None:
    assert parse_thousandths(typed, locale) == thousandths


@pytest.mark.parametrize(
    "typed",
    ["", "-1", "+1", "1e9", "NaN", "inf", "1_000", ".5", "1.", "1.2345", "1,5", "12,34", "1 000",
     "٣", "１", "1/2", "1h", "10000000", "1" * 400, "1\n2"],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(typed: str) -> None:
    with pytest.raises(NotAQuantity):
        parse_thousandths(typed, "en_US")


def test_a_quantity_is_written_with_no_more_decimals_than_it_has() -> None:
    assert [plain(one) for one in (1_000, 1_500, 1, 10_010, 0)] == [
        "1",
        "1.5",
        "0.001",
        "10.01",
        "0",
    ]
    for thousandths in (1, 999, 1_000, 123_456, 99_999_990):
        assert parse_thousandths(plain(thousandths), "en_US") == thousandths
