"""The filters of Transactions as they stand in the address of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from payments.accounts.models import BankAccount
from payments.transactions.listing import Wanted
from payments.transactions.states import Status
from portal.web.asked import day, midnight, row_id, words

LINKED = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for. What cannot be understood is left out, and `ignored` says so.

    Days are calendar days in the firm's zone, both of them included.
    """

    status: Status | None = None
    account: BankAccount | None = None
    linked: bool | None = None
    payer: str = ""
    first_day: date | None = None
    last_day: date | None = None
    before: int | None = None
    after: int | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: Mapping[str, str], accounts: Sequence[BankAccount]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        ignored: list[str] = []
        status = next((one for one in Status if one == asked.get("status")), None)
        if asked.get("status") and status is None:
            ignored.append(_("There is no such status, so every status is shown."))
        wanted = asked.get("account")
        account = next((one for one in accounts if one.public_id == wanted), None)
        if wanted and account is None:
            ignored.append(_("There is no such bank account, so every account is shown."))
        linked = LINKED.get(asked.get("linked", ""))
        if asked.get("linked") and linked is None:
            ignored.append(_("Linked is yes or no, so linked and unlinked payments are shown."))
        first_day = day(asked.get("from", ""))
        last_day = day(asked.get("to", ""))
        if (asked.get("from") and not first_day) or (asked.get("to") and not last_day):
            ignored.append(_("A date could not be read, so it was left out."))
        return cls(
            status=status,
            account=account,
            linked=linked,
            payer=words(asked, "payer"),
            first_day=first_day,
            last_day=last_day,
            before=row_id(asked.get("before", "")),
            after=row_id(asked.get("after", "")),
            ignored=tuple(ignored),
        )

    @property
    def on_first_page(self) -> bool:
        """Whether the newest payments are shown: only they are kept up to date by themselves."""
        return self.before is None and self.after is None

    @property
    def linked_word(self) -> str:
        """How the filter by link stands in the address: yes, no, or empty for both."""
        return next((word for word, linked in LINKED.items() if linked is self.linked), "")

    @property
    def any(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.query())

    def wanted(self, timezone: str) -> Wanted:
        """The same as times and ids. A day begins at midnight in the firm's zone."""
        zone = ZoneInfo(timezone)
        return Wanted(
            status=self.status,
            bank_account_id=self.account.id if self.account else None,
            linked=self.linked,
            payer=self.payer,
            made_from=midnight(self.first_day, zone) if self.first_day else None,
            made_before=midnight(self.last_day + timedelta(days=1), zone)
            if self.last_day
            else None,
        )

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        asked: dict[str, str | int | None] = {
            "status": self.status,
            "account": self.account.public_id if self.account else None,
            "linked": self.linked_word,
            "payer": self.payer,
            "from": self.first_day.isoformat() if self.first_day else None,
            "to": self.last_day.isoformat() if self.last_day else None,
            **changed,
        }
        return {name: value for name, value in asked.items() if value}
