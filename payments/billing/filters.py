"""The filters of the list of bills as they stand in its address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from flask_babel import gettext as _

from payments.billing.fitting import Sort, Wanted
from payments.billing.models import BillStatus
from portal.web.asked import day, row_id, words


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the list was asked for. What cannot be understood is left out, and told."""

    status: BillStatus | None = None
    typed: str = ""
    due_from: date | None = None
    due_to: date | None = None
    overdue: bool = False
    sort: Sort | None = None
    before: int | None = None
    after: int | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        status = next((one for one in BillStatus if one == asked.get("status")), None)
        days = {name: day(asked.get(name, "")) for name in ("due_from", "due_to")}
        overdue = asked.get("overdue") == "yes"
        sort = next((one for one in Sort if one == asked.get("sort")), None)
        if sort in {Sort.NUMBER, Sort.NUMBER_DOWN} and status is not None:
            sort = None  # no index has the numbers of one state
        return cls(
            status=BillStatus.AWAITING_PAYMENT if overdue else status,
            typed=words(asked, "q"),
            **days,
            overdue=overdue,
            sort=sort,
            before=row_id(asked.get("before", "")),
            after=row_id(asked.get("after", "")),
            ignored=tuple(_ignored(asked, status, days)),
        )

    @property
    def on_first_page(self) -> bool:
        """Whether no page was turned."""
        return self.before is None and self.after is None

    @property
    def any(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.query())

    @property
    def narrowed(self) -> bool:
        """Whether anything but a state is filtered."""
        return bool(self.typed or self.due_from or self.due_to or self.overdue)

    def wanted(self, today: date) -> Wanted:
        """The same as the list takes it; a bill is overdue from the day after its due date."""
        yesterday = today - timedelta(days=1)
        last = min(self.due_to or yesterday, yesterday) if self.overdue else self.due_to
        return Wanted(
            status=self.status,
            typed=self.typed,
            due_from=self.due_from,
            due_to=last,
            sort=self.sort,
        )

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        asked: dict[str, str | int | None] = {
            "status": self.status,
            "q": self.typed,
            "due_from": self.due_from.isoformat() if self.due_from else None,
            "due_to": self.due_to.isoformat() if self.due_to else None,
            "overdue": "yes" if self.overdue else None,
            "sort": self.sort,
            **changed,
        }
        return {name: value for name, value in asked.items() if value}


def _ignored(
    asked: Mapping[str, str], status: BillStatus | None, days: Mapping[str, date | None]
) -> Iterator[str]:
    if asked.get("status") and status is None:
        yield _("There is no such state, so every bill is shown.")
    if any(asked.get(name) and on is None for name, on in days.items()):
        yield _("A day cannot be read, so it is left out. Enter it like 2026-05-31.")
    if days["due_from"] and days["due_to"] and days["due_from"] > days["due_to"]:
        yield _("The first day is after the last one, so nothing can be due between them.")
