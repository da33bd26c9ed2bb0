"""Every screen, measured: one command each.

    .venv/bin/python bench/pages.py accessibility
    .venv/bin/python bench/pages.py languages
    .venv/bin/python bench/pages.py budgets
    .venv/bin/python bench/pages.py accessibility --only bills. --widths 320,400

`--help` tells the options. Each command prints its table and writes it into docs/measured.md.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Run the command from the project's root, wherever it was typed."""
    argv = [sys.executable, "-m", "bench.screens.command", *arguments]
    return subprocess.run(argv, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
