"""What a bill comes to: discount, taxes, and the share of each matter, to the cent."""

import random
from datetime import date

import pytest

from payments.billing.details import LineDetails
from payments.billing.reckoning import Discount, TaxDetails, reckon, shares_of, split

GST, QST = TaxDetails("GST", 5_000), TaxDetails("QST", 9_975)


@pytest.mark.parametrize(("thousandths", "rate_cents"), [(500, 33), (5, 100), (1, 499), (2_500, 1)])
def test_D1_a_credit_of_as_much_cancels_its_line_to_the_half_cent(
    thousandths: int, rate_cents: int
) -> None:
    line, credit = (
        LineDetails(1, date(2026, 5, 3), "Drafting", thousandths, cents)
        for cents in (rate_cents, -rate_cents)
    )
    assert line.amount_cents + credit.amount_cents == 0
    assert line.amount_cents == int(thousandths * rate_cents / 1_000 + 0.5)


def test_D1_taxes_are_on_what_is_left_after_the_discount() -> None:
    sums = reckon(100_000, Discount(percent_thousandths=10_000), [GST, QST])
    assert (sums.discount_cents, sums.taxes_cents) == (10_000, (4_500, 8_978))  # 8,977.5 cents
    assert sums.total_cents == 90_000 + 4_500 + 8_978
    assert reckon(100_000, Discount(cents=99_999), [GST]).total_cents == 1
    assert reckon(100_000, Discount(percent_thousandths=100_000), [GST, QST]).total_cents == 0


@pytest.mark.parametrize(
    "cents, thousandths, expected",
    [(50, 1_000, 1), (49, 1_000, 0), (1, 50_000, 1), (333, 5_000, 17)],
)
def test_half_a_cent_of_tax_is_rounded_up(cents: int, thousandths: int, expected: int) -> None:
    assert reckon(cents, Discount(), [TaxDetails("Tax", thousandths)]).tax_cents == expected


@pytest.mark.parametrize(
    "cents, weights, parts",
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [1, 2], [0, 1]),
        (2, [1, 1, 1, 1], [1, 1, 0, 0]),
        (10, [0, 3, 7], [0, 3, 7]),
        (5, [0, 0], [5, 0]),
        (0, [3, 4], [0, 0]),
    ],
)
def test_the_largest_remainder_has_the_cent(
    cents: int, weights: list[int], parts: list[int]
) -> None:
    assert split(cents, weights) == parts


def test_D1_discount_and_tax_are_split_over_matters_by_the_largest_remainder() -> None:
    lines = [(7, 10_000), (8, 5_000), (7, 5_001)]
    sums = reckon(20_001, Discount(cents=1_000), [TaxDetails("Tax", 8_875)])
    shares = shares_of(lines, sums.discount_cents, sums.tax_cents)
    assert list(shares) == [7, 8]
    assert shares == {7: 15_001 - 750 + 1_265, 8: 5_000 - 250 + 421}
    assert sum(shares.values()) == sums.total_cents


def test_shares_are_just_the_total_whatever_the_bill() -> None:
    chance = random.Random(5)
    for _bill in range(2_000):
        lines = [(chance.randrange(4), chance.randrange(1, 10**9)) for _ in range(9)]
        subtotal = sum(cents for _matter, cents in lines)
        discount = chance.choice(
            [Discount(percent_thousandths=chance.randrange(100_001)), Discount(cents=subtotal // 3)]
        )
        taxes = [TaxDetails("Tax", chance.randrange(1, 100_001)) for _ in range(2)]
        sums = reckon(subtotal, discount, taxes)
        shares = shares_of(lines, sums.discount_cents, sums.tax_cents)
        assert sum(shares.values()) == sums.total_cents
        assert min(shares.values()) >= 0
