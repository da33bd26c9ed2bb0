"""What people type about trust requests, and the filters of the list as they stand in its address.

`forms` has the same for bills. Nothing in a request can make reading it fail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from flask_babel import gettext as _

from payments.billing.choices import Choices
from payments.billing.models import BillStatus
from payments.billing.requested import TrustRequest
from payments.billing.trust_details import Terms, TrustDetails
from payments.billing.trust_listing import Wanted
from payments.money.amounts import NotAnAmount, as_typed, parse_cents
from portal.web.asked import day, row_id, words

TYPED_CHARS_MAX = 254
LONG_CHARS_MAX = 10_000
CLIENT_LEVEL = "client"
NO_DAY = date(2000, 1, 1)  # stands in where a day cannot be read, while the rest is looked at
DUE = {"overdue": 0, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class TermsForm:
    """Amount, due date and note, as typed."""

    amount: str = ""
    due_on: str = ""
    note: str = ""

    @classmethod
    def of(cls, asked: TrustRequest, locale: str) -> Self:
        """What a request asks for, ready to be edited."""
        return cls(as_typed(asked.amount_cents, locale), asked.due_on.isoformat(), asked.note)

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> Self:
        """What was sent."""
        return cls(
            sent.get("amount", "").strip()[:TYPED_CHARS_MAX],
            sent.get("due_on", "").strip()[:TYPED_CHARS_MAX],
            sent.get("note", "")[:LONG_CHARS_MAX],
        )

    def terms(self, locale: str) -> tuple[Terms, dict[str, str]]:
        """The terms, with stand-ins where they cannot be read, and the sentences for those."""
        errors: dict[str, str] = {}
        cents, due_on = 1, day(self.due_on)
        try:
            cents = parse_cents(self.amount, locale)
        except NotAnAmount:
            errors["amount"] = _("Enter an amount like 1,250.00.")
        if due_on is None:
            errors["due_on"] = _("Enter the day like 2026-05-31.")
        return Terms(cents, due_on or NO_DAY, self.note), errors


@dataclass(frozen=True, slots=True)
class TrustRequestForm:
    """A draft as typed. `matter` and `account` are public ids; `CLIENT_LEVEL` is no matter."""

    matter: str
    account: str
    terms: TermsForm

    @classmethod
    def of(cls, asked: TrustRequest, locale: str) -> Self:
        """What a draft says, ready to be edited. Its matter and account are loaded."""
        matter = asked.matter.public_id if asked.matter else CLIENT_LEVEL
        return cls(matter, asked.bank_account.public_id, TermsForm.of(asked, locale))

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> Self:
        """What was sent."""
        return cls(sent.get("matter", ""), sent.get("account", ""), TermsForm.read(sent))

    def details(self, choices: Choices, locale: str) -> tuple[TrustDetails, dict[str, str]]:
        """The request, with stand-ins where it cannot be read, and a sentence for each of those.

        A matter or account that is not among the `choices` becomes one that does not exist.
        """
        terms, errors = self.terms.terms(locale)
        level = self.matter == CLIENT_LEVEL
        matter_id = None if level else choices.matters.get(self.matter, 0)
        account_id = choices.accounts.get(self.account, 0)
        return TrustDetails(choices.client_id, matter_id, account_id, terms), errors


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the list was asked for. What cannot be understood is left out, and told."""

    status: BillStatus | None = None
    due: str = ""
    typed: str = ""
    before: int | None = None
    after: int | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string."""
        status = next((one for one in BillStatus if one == asked.get("status")), None)
        due = asked.get("due", "")
        ignored: list[str] = []
        if asked.get("status") and status is None:
            ignored.append(_("There is no such state, so every trust request is shown."))
        if due and due not in DUE:
            ignored.append(_("There is no such due date, so it was left out."))
        return cls(
            status=status,
            due=due if due in DUE else "",
            typed=words(asked, "q"),
            before=row_id(asked.get("before", "")),
            after=row_id(asked.get("after", "")),
            ignored=tuple(ignored),
        )

    @property
    def on_first_page(self) -> bool:
        """Whether no page was turned."""
        return self.before is None and self.after is None

    @property
    def narrowed(self) -> bool:
        """Whether more than a tab was chosen."""
        return bool(self.typed or self.due)

    def wanted(self, today: date) -> Wanted:
        """The same as the list takes it, on this day."""
        overdue = self.due == "overdue"
        until = today + timedelta(days=DUE[self.due]) if self.due and not overdue else None
        return Wanted(self.status, self.typed, today if overdue else None, until)

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        asked: dict[str, str | int | None] = {
            "status": self.status,
            "due": self.due,
            "q": self.typed,
            **changed,
        }
        return {name: value for name, value in asked.items() if value}
