"""Charts as templates draw them: where each bar, line and word of an SVG stands.

No script draws them and no style is written into them, as the policy of the pages allows neither.
What lies along a chart is told in percent of its width, so that one drawing fits every window and
its words keep their size; heights are CSS pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LINE_HEIGHT = 46
"""Of one lying bar with its words above it."""
PLOT_TOP, PLOT_HEIGHT, FOOT_HEIGHT = 18, 188, 28
GUTTER = 13
"""Percent of the width that the words of the scale take, at the left."""
BAR_SHARE = 0.66
STEPS_MAX = 4
LEAST_HEIGHT, LEAST_WIDTH = 2.0, 0.6
"""So much of a bar is seen, however small what it stands for, if it is anything at all."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One lying bar: whose, how much in words and as a number, and its class (a tone)."""

    label: str
    words: str
    value: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class LyingBar:
    """A bar where it stands: `y` of its top, where its words begin, `width` in percent."""

    bar: Bar
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Lying:
    """Bars one below the other, drawn from the left."""

    bars: tuple[LyingBar, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """What stands over one word of the foot: a value for each series, and each in words."""

    label: str
    values: tuple[int, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One series' part of a column, and its place in the order of series."""

    series: int
    words: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class StandingBar:
    """A column where it stands: `x` and `width` of its blocks, `middle` of its word, in percent."""

    label: str
    x: float
    width: float
    middle: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale."""

    value: int
    y: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Columns side by side, the series of each on top of one another, on a scale whose lines begin
    at `left`, in percent."""

    columns: tuple[StandingBar, ...]
    ticks: tuple[Tick, ...]
    left: int
    foot: int
    height: int


def lying(bars: Sequence[Bar]) -> Lying:
    """The longest bar takes the whole width."""
    most = max((bar.value for bar in bars), default=0)
    drawn = [
        LyingBar(bar, place * LINE_HEIGHT, _part(bar.value, most, 100.0, LEAST_WIDTH))
        for place, bar in enumerate(bars)
    ]
    return Lying(tuple(drawn), len(bars) * LINE_HEIGHT)


def standing(columns: Sequence[Column]) -> Standing:
    """The scale begins at zero and ends with a round number above the highest column."""
    scale = scale_to(max((sum(column.values) for column in columns), default=0))
    slot = (100.0 - GUTTER) / max(len(columns), 1)
    drawn = [
        StandingBar(
            label=column.label,
            x=round(GUTTER + slot * (place + (1 - BAR_SHARE) / 2), 2),
            width=round(slot * BAR_SHARE, 2),
            middle=round(GUTTER + slot * (place + 0.5), 2),
            blocks=_blocks(column, scale[-1]),
        )
        for place, column in enumerate(columns)
    ]
    ticks = tuple(Tick(value, _height_at(value, scale[-1])) for value in scale)
    foot = PLOT_TOP + PLOT_HEIGHT
    return Standing(tuple(drawn), ticks, GUTTER, foot, foot + FOOT_HEIGHT)


def scale_to(most: int) -> list[int]:
    """Round numbers from zero to `most` or a little more: steps of 1, 2, 2.5 or 5 times a power
    of ten, at most STEPS_MAX of them. At least one, so that an empty chart has a scale too."""
    power = 1
    while True:
        for tenths in (10, 20, 25, 50):
            step = power * tenths // 10
            if step * 10 == power * tenths and step * STEPS_MAX >= most:
                return [step * place for place in range(max(1, -(-most // step)) + 1)]
        power *= 10


def _blocks(column: Column, top: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    foot = float(PLOT_TOP + PLOT_HEIGHT)
    for series, (value, words) in enumerate(zip(column.values, column.words, strict=True)):
        height = _part(value, top, PLOT_HEIGHT, LEAST_HEIGHT)
        foot = round(foot - height, 2)
        if height:
            blocks.append(Block(series, words, foot, height))
    return tuple(blocks)


def _height_at(value: int, top: int) -> float:
    return round(PLOT_TOP + PLOT_HEIGHT * (1 - value / top), 2)


def _part(value: int, most: int, whole: float, least: float) -> float:
    if value <= 0 or most <= 0:
        return 0.0
    return max(least, round(whole * value / most, 2))
