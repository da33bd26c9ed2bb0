"""What was found, kept on the disk at once: a run that is broken off goes on where it was."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.screens.visits import Visit

FOLDER = Path(__file__).resolve().parents[2] / "var" / "measured"


@dataclass(frozen=True)
class Finding:
    """What came of one visit: figures by name, or why it could not be made."""

    key: str
    screen: str
    state: str
    person: str
    language: str
    address: str
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    not_there: str = ""


def finding(visit: Visit, said: dict[str, Any], not_there: str = "") -> Finding:
    """What came of this visit."""
    return Finding(
        visit.key, visit.screen, visit.state, visit.person, visit.language, visit.address,
        said, not_there,
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """The findings of one command."""

    command: str

    @property
    def _file(self) -> Path:
        return FOLDER / f"{self.command}.jsonl"

    def forget(self, keys: Callable[[str], bool]) -> None:
        """Forget what earlier runs have found of these."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        left = [one for one in self.all() if not keys(one.key)]
        self._file.unlink(missing_ok=True)
        for one in left:
            self.add(one)

    def add(self, one: Finding) -> None:
        """One line, which other processes' lines do not mix with."""
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")

    def all(self) -> list[Finding]:
        """Everything that is kept."""
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [Finding(**json.loads(line)) for line in lines]

    def not_yet(self, looked: Iterable[Visit]) -> list[Visit]:
        """Those that an earlier run has not come to."""
        done = {one.key for one in self.all()}
        return [one for one in looked if one.key not in done]
