"""A small table on standard output: what was measured, the figure, the goal."""

from dataclasses import dataclass, field


@dataclass
class Table:
    """The lines of one row script. A line whose goal is missed is marked, never hidden."""

    title: str
    lines: list[tuple[str, str, str, str]] = field(default_factory=list)

    def note(self, what: str, figure: str) -> None:
        """A figure without a goal."""
        self.lines.append((what, figure, "", ""))

    def at_least(self, what: str, value: float, goal: float, form: str = "{:.2f}") -> None:
        """A figure that should not be lower."""
        self._judged(what, value, f"≥ {form.format(goal)}", value >= goal, form)

    def at_most(self, what: str, value: float, goal: float, form: str = "{:.2f}") -> None:
        """A figure that should not be higher."""
        self._judged(what, value, f"≤ {form.format(goal)}", value <= goal, form)

    def _judged(self, what: str, value: float, goal: str, reached: bool, form: str) -> None:
        self.lines.append((what, form.format(value), goal, "" if reached else "missed"))

    def show(self) -> None:
        """Print it."""
        wide = [max([len(line[place]) for line in self.lines] or [0]) for place in range(4)]
        print(f"\n{self.title}")
        for what, figure, goal, missed in self.lines:
            text = f"  {what:<{wide[0]}}  {figure:>{wide[1]}}  {goal:<{wide[2]}}  {missed}"
            print(text.rstrip(), flush=True)
