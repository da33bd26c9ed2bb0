"""Where the bars, the lines and the words of a chart stand."""

from itertools import pairwise

import pytest

from portal.web.charts import GUTTER, PLOT_HEIGHT, Bar, Column, lying, scale_to, standing


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, [0, 1]),
        (3, [0, 1, 2, 3]),
        (4, [0, 1, 2, 3, 4]),
        (9, [0, 5, 10]),
        (100, [0, 25, 50, 75, 100]),
        (101, [0, 50, 100, 150]),
        (1_325_000, [0, 500_000, 1_000_000, 1_500_000]),
        (99_999_999_999, [0, 25_000_000_000, 50_000_000_000, 75_000_000_000, 100_000_000_000]),
    ],
)
def test_X6_a_scale_ends_with_a_round_number_that_is_not_too_low(
    most: int, scale: list[int]
) -> None:
    assert scale_to(most) == scale


def test_X6_the_longest_bar_takes_the_width_and_the_smallest_is_still_seen() -> None:
    chart = lying([Bar("Much", "$100", 10_000), Bar("Little", "$0.01", 1), Bar("None", "$0", 0)])
    much, little, none = (one.width for one in chart.bars)
    assert much == 100
    assert 0 < little < 1
    assert none == 0
    assert chart.height == 3 * chart.bars[1].y


def test_X6_bars_of_nothing_are_drawn_without_dividing_by_it() -> None:
    assert [one.width for one in lying([Bar("None", "$0", 0)]).bars] == [0]
    assert standing([Column("Sep 7", (0, 0), ("$0", "$0"))]).columns[0].blocks == ()
    assert standing([]).columns == ()


def test_X6_the_series_of_a_column_stand_on_one_another() -> None:
    chart = standing([Column("One", (300, 100), ("$3", "$1")), Column("Two", (0, 200), ("", "$2"))])
    (lower, upper), (only,) = (column.blocks for column in chart.columns)
    assert lower.y + lower.height == chart.foot
    assert upper.y + upper.height == lower.y
    assert lower.height + upper.height == PLOT_HEIGHT  # 400 is the top of the scale
    assert (only.series, only.y + only.height) == (1, chart.foot)


def test_X6_columns_share_what_the_scale_leaves_and_do_not_touch() -> None:
    columns = standing([Column(str(n), (n,), ("",)) for n in range(12)]).columns
    ends = [(column.x, column.x + column.width) for column in columns]
    assert ends[0][0] > GUTTER
    assert ends[-1][1] < 100
    assert all(end < begin for (_begin, end), (begin, _end) in pairwise(ends))
