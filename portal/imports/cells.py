"""What stands in a cell, read as people and other systems write it."""

import re
from datetime import date

from portal.core.words import folded
from portal.imports.kinds import DAY_ORDER, Options

_DAY = re.compile(r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})(?:[T ].*)?")
_CENTURY_TURNS = 70  # 69 is 2069, 70 is 1970, as POSIX has it


def day(text: str, options: Options) -> date | None:
    """The calendar day, as 2026-12-31, 12/31/2026 or 31/12/2026 by the option `DAY_ORDER`; a time
    after it is left out. None for what is no day."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    first, second, third = found[1], found[2], found[3]
    if len(first) > 2:
        year, month, of_month = first, second, third
    elif options.get(DAY_ORDER.name, DAY_ORDER.default) == "dmy":
        year, month, of_month = third, second, first
    else:
        year, month, of_month = third, first, second
    try:
        return date(_year(year), int(month), int(of_month))
    except ValueError:
        return None


def _year(digits: str) -> int:
    if len(digits) == 3:
        raise ValueError("no year has three digits")
    number = int(digits)
    if len(digits) > 2:
        return number
    return number + (2000 if number < _CENTURY_TURNS else 1900)


def word(text: str) -> str:
    """A word to be compared: without capitals, accents, and all but letters and digits."""
    return "".join(char for char in folded(text) if char.isalnum())


def listed(text: str) -> list[str]:
    """The parts of a cell that holds several, divided by semicolons or lines."""
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]
