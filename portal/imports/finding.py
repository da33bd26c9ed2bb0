"""What is found wrong with a thing while it is read, by row and field."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from portal.imports.cells import day
from portal.imports.kinds import Options, Problem, Row, Thing


class Findings:
    """The problems of one thing. A further row must repeat what the first says in the fields
    `once`, or leave them empty."""

    def __init__(self, thing: Thing, once: Sequence[str], options: Options) -> None:
        self.problems: list[Problem] = []
        self._thing, self._options = thing, options
        for row in thing.rows[1:]:
            for name in once:
                if row.cells[name] not in ("", thing[name]):
                    self._wrong(name, _differs(thing), row)

    def _wrong(self, field: str, sentence: str, row: Row | None = None) -> None:
        """Note a problem of this row, or of the first."""
        self.problems.append(Problem((row or self._thing).number, field, sentence))

    def _day(self, name: str, row: Row | None = None) -> date | None:
        """The day in a cell of this row, or of the first; None for an empty one, and a wrong one,
        which is noted."""
        said = row.cells[name] if row else self._thing[name]
        found = day(said, self._options) if said else None
        if said and found is None:
            sentence = _("This is no day of the calendar. Write it as 2026-12-31.")
            self._wrong(name, sentence, row)
        return found


def _differs(thing: Thing) -> str:
    return _("This differs from row %(row)s, which names the same one.", row=thing.number)
