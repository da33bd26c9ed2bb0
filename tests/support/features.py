"""Which statements of docs/features.md no test carries, told at the end of a whole run."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source import ROOT

PAGE = ROOT / "docs/features.md"
STATEMENT = re.compile(r"^- \*\*([A-Z]\d{1,2})\*\* ", re.M)
IN_A_NAME = re.compile(r"(?<=_)([A-Z]\d{1,2})(?=_)")
IN_A_DOCSTRING = re.compile(r"\b([A-Z]\d{1,2})\b")


def stated(page: Path = PAGE) -> list[str]:
    """The ids of all statements, in the order of the page; none while there is no page."""
    return STATEMENT.findall(page.read_text(encoding="utf-8")) if page.exists() else []


def carried_by(name: str, docstring: str | None) -> set[str]:
    """The ids that stand in a test's name or docstring."""
    return {*IN_A_NAME.findall(name), *IN_A_DOCSTRING.findall(docstring or "")}


def carried(items: Iterable[pytest.Item]) -> set[str]:
    """The ids that any of these tests carries."""
    found: set[str] = set()
    for item in items:
        function = getattr(item, "function", None)
        found |= carried_by(getattr(item, "originalname", None) or item.name, function.__doc__)
    return found


def told(missing: list[str]) -> Iterator[str]:
    """The lines of the summary."""
    if not missing:
        yield "Every statement of docs/features.md is carried by a test."
        return
    yield f"{len(missing)} statements of docs/features.md are carried by no test:"
    yield " ".join(missing)
