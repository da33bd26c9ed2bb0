"""The table of figures: every row, or those named.

    .venv/bin/python bench/run.py
    .venv/bin/python bench/run.py pay webhook
    .venv/bin/python bench/run.py filters --full

Each row is a script of its own in bench/rows/ and runs in a process of its own.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS = sorted(
    path.stem for path in (ROOT / "bench" / "rows").glob("*.py") if path.stem != "__init__"
)


def main(arguments: list[str]) -> int:
    """Run the rows; answers 1 where one broke. A missed goal is printed and breaks nothing."""
    options = [argument for argument in arguments if argument.startswith("--")]
    named = [argument for argument in arguments if not argument.startswith("--")]
    unknown = [name for name in named if name not in ROWS]
    if unknown:
        print(f"No such row: {', '.join(unknown)}. There are: {', '.join(ROWS)}.")
        return 2
    broken = [name for name in named or ROWS if _run(name, options) != 0]
    if broken:
        print(f"\nBroken: {', '.join(broken)}.")
    return 1 if broken else 0


def _run(name: str, options: list[str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", f"bench.rows.{name}", *options], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
