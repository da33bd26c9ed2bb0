"""Words, days and row ids as somebody sent them, read so that nothing can break the page."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from portal.web.pagination import Place

WORDS_CHARS_MAX = 254
YEARS = range(2000, 2101)
ID_MAX = 2**63 - 1


def words(sent: Mapping[str, str], name: str, chars_max: int = WORDS_CHARS_MAX) -> str:
    """What was typed in a field of one line, without the spaces around it."""
    return sent.get(name, "").replace("\0", "").strip()[:chars_max]  # PostgreSQL takes no NUL


def day(typed: str) -> date | None:
    """The calendar day; none for what is no day of this century."""
    try:
        read = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return read if read.year in YEARS else None


def midnight(on: date, zone: ZoneInfo) -> datetime:
    """When a day begins in the firm's zone."""
    return datetime.combine(on, time.min, zone).astimezone(UTC)


def row_id(typed: str) -> int | None:
    """The id that a page begins at; none for what no row can have."""
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(ID_MAX))):
        return None
    value = int(typed)
    return value if value <= ID_MAX else None


def place(asked: Mapping[str, str]) -> Place:
    """Where a page begins; at the top for what no row can have."""
    return Place(after=row_id(asked.get("after", "")), before=row_id(asked.get("before", "")))
