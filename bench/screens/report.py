"""The tables: printed, and written into docs/measured.md, each command's in a part of its own."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.screens.findings import Finding

FILE = Path(__file__).resolve().parents[2] / "docs" / "measured.md"
INTRODUCTION = """# Every screen, measured

Made by `bench/pages.py`, which opens every screen of the demo firm in Chromium; how is told in
[bench/README.md](../bench/README.md). Figures that miss their goal are marked, never left out.
"""
MISSED = "**missed**"

Row = Sequence[object]


@dataclass(frozen=True)
class Table:
    """Columns and rows."""

    title: str
    columns: Row
    rows: Sequence[Row]

    def printed(self) -> str:
        """For a terminal."""
        lines = [[str(cell) for cell in row] for row in (self.columns, *self.rows)]
        wide = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        body = ["  ".join(c.ljust(w) for c, w in zip(line, wide, strict=True)) for line in lines]
        return "\n".join([f"\n{self.title}", *(f"  {line.rstrip()}" for line in body)])

    def markdown(self) -> str:
        """For the document."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        table = ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
        return "\n".join([f"### {self.title}", "", *table])


def write(part: str, about: str, tables: Sequence[Table]) -> None:
    """Print the tables, and put them in place of this part's older ones in the document."""
    for table in tables:
        print(table.printed(), flush=True)
    before = FILE.read_text(encoding="utf-8") if FILE.exists() else INTRODUCTION
    text = "\n\n".join([f"## {part}", about, *(table.markdown() for table in tables)])
    others = re.split(r"(?m)^(?=## )", before)
    parts = {one.partition("\n")[0]: one.strip() for one in others if one.startswith("## ")}
    parts[f"## {part}"] = text
    written = "\n\n".join([INTRODUCTION.strip(), *parts.values()])
    FILE.write_text(written + "\n", encoding="utf-8")


def grouped(found: Iterable[Finding], by: Callable[[Finding], str]) -> dict[str, list[Finding]]:
    """Findings by a name, in the order in which each name comes first."""
    groups: dict[str, list[Finding]] = {}
    for one in found:
        groups.setdefault(by(one), []).append(one)
    return groups


def unreached(found: Iterable[Finding]) -> Table:
    """What could not be looked at, and why."""
    rows = [(one.screen, one.state, one.person, one.not_there) for one in found if one.not_there]
    return Table("Not reached in this run", ("screen", "state", "who", "why"), sorted(set(rows)))
