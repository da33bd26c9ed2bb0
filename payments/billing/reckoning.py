"""What a bill comes to: the lines, less the discount, with the taxes on what is left; and what of
that each matter owes (DESIGN "Money"). All in whole cents; half a cent is rounded up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PERCENT_THOUSANDTHS = 100_000
"""A whole, in thousandths of a percent."""


@dataclass(frozen=True, slots=True)
class Discount:
    """Thousandths of a percent of all lines, or an amount in cents; one of them is zero."""

    percent_thousandths: int = 0
    cents: int = 0

    def of(self, subtotal_cents: int) -> int:
        """What is taken off, never less than nothing."""
        percent = percent_of(max(0, subtotal_cents), self.percent_thousandths)
        return percent if self.percent_thousandths else self.cents


NO_DISCOUNT = Discount()


@dataclass(frozen=True, slots=True)
class TaxDetails:
    """One tax as it stands on the bill: what it is called, and thousandths of a percent."""

    label: str
    percent_thousandths: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The sums of one bill in cents. `taxes_cents` has one for each tax, in their order."""

    subtotal_cents: int
    discount_cents: int
    taxes_cents: tuple[int, ...]

    @property
    def tax_cents(self) -> int:
        """The taxes together."""
        return sum(self.taxes_cents)

    @property
    def total_cents(self) -> int:
        """What the client owes."""
        return self.subtotal_cents - self.discount_cents + self.tax_cents


def percent_of(cents: int, percent_thousandths: int) -> int:
    """So many thousandths of a percent of an amount, half a cent rounded up."""
    whole = PERCENT_THOUSANDTHS
    return (cents * percent_thousandths + whole // 2) // whole


def reckon(subtotal_cents: int, discount: Discount, taxes: Iterable[TaxDetails]) -> Reckoning:
    """The sums of a bill. Each tax is on what is left after the discount, not on another tax."""
    off = discount.of(subtotal_cents)
    left = max(0, subtotal_cents - off)
    on_it = tuple(percent_of(left, tax.percent_thousandths) for tax in taxes)
    return Reckoning(subtotal_cents, off, on_it)


def split(cents: int, weights: Sequence[int]) -> list[int]:
    """An amount split by weights so that the parts are the whole: by the largest remainder, the
    first of equal ones first. Weights are not negative; where all are zero the first has it all."""
    whole = sum(weights)
    if whole <= 0:
        return [cents if place == 0 else 0 for place in range(len(weights))]
    parts = [cents * weight // whole for weight in weights]
    missing = cents - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(cents * weights[n] % whole), n))
    for place in by_remainder[:missing]:
        parts[place] += 1
    return parts


def shares_of(
    lines: Iterable[tuple[int, int]], discount_cents: int, tax_cents: int
) -> Mapping[int, int]:
    """What each matter owes by its id, in the order of its first line; together just the total.
    `lines` has the matter and the cents of each line.

    The discount is split by what the matters' lines come to, the tax by what is then left. A matter
    whose lines come to nothing, or less, is given no part of either.
    """
    owed: dict[int, int] = {}
    for matter_id, cents in lines:
        owed[matter_id] = owed.get(matter_id, 0) + cents
    off = split(discount_cents, [max(0, cents) for cents in owed.values()])
    left = [cents - less for cents, less in zip(owed.values(), off, strict=True)]
    taxes = split(tax_cents, [max(0, cents) for cents in left])
    return dict(
        zip(owed, (cents + tax for cents, tax in zip(left, taxes, strict=True)), strict=True)
    )
