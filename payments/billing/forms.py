"""What people type about bills, and the filters of the list as they stand in its address."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from flask import request
from flask_babel import gettext as _

from payments.billing.details import LINES_MAX, BillDetails, LineDetails
from payments.billing.listing import Wanted
from payments.billing.models import Bill, BillStatus
from payments.billing.quantities import NotAQuantity, parse_thousandths, plain
from payments.money.amounts import Money, NotAnAmount, parse_cents

TYPED_CHARS_MAX = 254
ID_MAX = 2**63 - 1
_LINE_FIELDS = ("matter", "worked_on", "quantity", "rate", "description")
_LINE_FIELD = re.compile(rf"(?:{'|'.join(_LINE_FIELDS)})-([0-9]{{1,4}})")
_FIRST_FIELDS = {"client": 0, "account": 1, "due_on": 2, "lines": 3, "note": 5}
NO_DAY = date(2000, 1, 1)  # stands in where a day cannot be read, while the rest is looked at


@dataclass(frozen=True, slots=True)
class Choices:
    """What the page of a draft offers: ids of the client's matters and of accounts, by name."""

    client_id: int
    matters: Mapping[str, int]
    accounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LineForm:
    """One line as typed. `matter` is its public id."""

    matter: str = ""
    worked_on: str = ""
    description: str = ""
    quantity: str = "1"
    rate: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing of one's own was typed: the line is left out when the bill is saved."""
        return not (self.description.strip() or self.rate.strip())

    def amount_cents(self, locale: str) -> int | None:
        """Quantity times rate, None while they cannot be read."""
        line, errors = self.details(0, 0, locale)
        return None if {"quantity-0", "rate-0"} & errors.keys() else line.amount_cents

    def details(
        self, position: int, matter_id: int, locale: str
    ) -> tuple[LineDetails, dict[str, str]]:
        """The line, with stand-ins where it cannot be read, and the sentences for those."""
        errors: dict[str, str] = {}
        worked_on, quantity, rate = read_day(self.worked_on), 1_000, 0
        if worked_on is None:
            errors[f"worked_on-{position}"] = _("Enter the day like 2026-05-31.")
        try:
            quantity = parse_thousandths(self.quantity, locale)
        except NotAQuantity:
            errors[f"quantity-{position}"] = _("Enter a quantity like 1.5.")
        try:
            rate = parse_cents(self.rate, locale)
        except NotAnAmount:
            errors[f"rate-{position}"] = _("Enter an amount like 250.00.")
        line = LineDetails(matter_id, worked_on or NO_DAY, self.description, quantity, rate)
        return line, errors


@dataclass(frozen=True, slots=True)
class BillForm:
    """A draft as typed. `account` is a public id."""

    account: str
    due_on: str
    note: str
    lines: Sequence[LineForm]

    @classmethod
    def of(cls, bill: Bill) -> Self:
        """What a draft says, ready to be edited. Its lines, matters and account are loaded."""
        return cls(
            account=bill.bank_account.public_id,
            due_on=bill.due_on.isoformat() if bill.due_on else "",
            note=bill.note,
            lines=[
                LineForm(
                    matter=line.matter.public_id,
                    worked_on=line.worked_on.isoformat(),
                    description=line.description,
                    quantity=plain(line.quantity_thousandths),
                    rate=Money(line.rate_cents, bill.currency).plain(),
                )
                for line in bill.lines
            ],
        )

    @classmethod
    def from_request(cls) -> Self:
        """What was sent, its lines in the order of their numbers; more than a bill may have are
        cut off one after the last, so that the refusal can be told."""
        sent = request.form
        matches = (_LINE_FIELD.fullmatch(name) for name in sent)
        places = sorted({int(match[1]) for match in matches if match})
        lines = [
            LineForm(**{field: sent.get(f"{field}-{place}", "") for field in _LINE_FIELDS})
            for place in places[: LINES_MAX + 1]
        ]
        return cls(
            account=sent.get("account", ""),
            due_on=sent.get("due_on", ""),
            note=sent.get("note", ""),
            lines=lines,
        )

    def with_line(self) -> Self:
        """One more line, on the matter and day of the last."""
        last = self.lines[-1] if self.lines else LineForm()
        return replace(self, lines=[*self.lines, LineForm(last.matter, last.worked_on)])

    def without_line(self, place: str) -> Self:
        """The form without its nth line."""
        return replace(self, lines=[line for n, line in enumerate(self.lines) if str(n) != place])

    def without_blanks(self) -> Self:
        """The form without the lines in which nothing was typed."""
        return replace(self, lines=[line for line in self.lines if not line.blank])

    def amounts(self, locale: str) -> list[int | None]:
        """What each line comes to in cents, None where it cannot be read."""
        return [line.amount_cents(locale) for line in self.lines]

    def details(self, choices: Choices, locale: str) -> tuple[BillDetails, dict[str, str]]:
        """The bill, with stand-ins where it cannot be read, and a sentence for each of those.

        A matter or account that is not among the `choices` becomes one that does not exist.
        """
        errors: dict[str, str] = {}
        due_on = read_day(self.due_on)
        if due_on is None:
            errors["due_on"] = _("Enter the day like 2026-05-31.")
        lines: list[LineDetails] = []
        for position, typed in enumerate(self.lines):
            matter_id = choices.matters.get(typed.matter, 0)
            line, wrong = typed.details(position, matter_id, locale)
            lines.append(line)
            errors |= wrong
        account_id = choices.accounts.get(self.account, 0)
        bill = BillDetails(choices.client_id, account_id, lines, due_on or NO_DAY, self.note)
        return bill, errors


def in_page_order(errors: Mapping[str, str]) -> dict[str, str]:
    """The sentences in the order of the fields on the page."""

    def place(field: str) -> tuple[int, int, int]:
        name, _dash, number = field.rpartition("-")
        if name in _LINE_FIELDS:
            return 4, int(number), _LINE_FIELDS.index(name)
        return _FIRST_FIELDS.get(field, 6), 0, 0

    return {field: errors[field] for field in sorted(errors, key=place)}


def read_day(typed: str) -> date | None:
    """The day in `2026-05-31`, None for anything else."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the list was asked for. What cannot be understood is left out, and told."""

    status: BillStatus | None = None
    typed: str = ""
    before: int | None = None
    after: int | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The filters in a query string. Nothing in it can make the page fail."""
        status = next((one for one in BillStatus if one == asked.get("status")), None)
        ignored = (_("There is no such state, so every bill is shown."),)
        return cls(
            status=status,
            typed=asked.get("q", "").replace("\0", "").strip()[:TYPED_CHARS_MAX],
            before=_id(asked.get("before", "")),
            after=_id(asked.get("after", "")),
            ignored=ignored if asked.get("status") and status is None else (),
        )

    @property
    def on_first_page(self) -> bool:
        """Whether no page was turned."""
        return self.before is None and self.after is None

    @property
    def any(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.query())

    def wanted(self) -> Wanted:
        """The same as the list takes it."""
        return Wanted(status=self.status, typed=self.typed)

    def query(self, **changed: str | int | None) -> dict[str, str | int]:
        """The query string that asks for the same, some of it changed; the page is left out."""
        asked: dict[str, str | int | None] = {"status": self.status, "q": self.typed, **changed}
        return {name: value for name, value in asked.items() if value}


def _id(typed: str) -> int | None:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(ID_MAX))):
        return None
    value = int(typed)
    return value if value <= ID_MAX else None
