"""Lines of the activity log as CSV (**Export**, FEATURES X7, X9)."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from portal.firm.log_telling import Told
from portal.web import csv_lines


def lines(told: Iterable[Told], timezone: str) -> Iterator[str]:
    """The file, some lines at a time; times have their zone's offset."""
    zone = ZoneInfo(timezone)
    headings = [_("Line"), _("When"), _("Who"), _("What"), _("Kind"), _("Thing")]
    return csv_lines.lines(
        [*headings, _("Details"), _("Id")], (_cells(line, zone) for line in told)
    )


def _cells(line: Told, zone: ZoneInfo) -> list[str]:
    details = "; ".join(f"{label}: {value}" for label, value in line.facts)
    return [
        str(line.id),
        line.at.astimezone(zone).isoformat(timespec="seconds"),
        line.who,
        line.what,
        line.kind,
        line.thing,
        details,
        line.subject,
    ]
