"""One bill out of the rows of a file, checked like one that somebody types (FEATURES X7, D1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from payments.billing import importing_cells as cells
from payments.billing.details import YEARS, BillDetails, LineDetails, wrong_with
from payments.billing.importing_cells import NotAFigure
from payments.billing.importing_fields import AS, ISSUED, NOT_ISSUED, NOT_WHOLLY_OWED, OF_THE_BILL
from payments.billing.importing_house import House, NamedMatter, Numbered, as_number, number_of
from payments.billing.reckoning import NO_DISCOUNT, Discount, TaxDetails
from payments.billing.writing import shares_owed
from payments.money.amounts import Money
from portal.clients.importing_references import Found
from portal.clients.rows import name_key
from portal.core.errors import Invalid
from portal.core.words import folded
from portal.imports.cells import word
from portal.imports.finding import Findings
from portal.imports.kinds import (
    Options,
    Outcome,
    Ready,
    Refused,
    Row,
    Skipped,
    Thing,
)
from portal.imports.remembering import KEY_CHARS_MAX

_FIELD_OF = {"lines": "", "tax_label": "taxes", "tax_percent": "taxes"}
"""The column of what a form of bills calls otherwise."""


@dataclass(frozen=True, slots=True)
class ToBring:
    """A bill as it will be kept. `number` and `issued_on` are those of an issued one, and `owed`
    is what each matter owes on it, in cents."""

    name: str
    details: BillDetails
    number: int | None
    issued_on: date | None
    owed: Mapping[int, int]


def outcome(thing: Thing, house: House, options: Options) -> Outcome:
    """What becomes of one bill of a file."""
    name = number_of(thing)
    here = house.here.get(name)
    if here is not None:
        return Skipped(thing, name, here)
    reading = _Reading(thing, house, options)
    numbered = house.numbered.get(name)
    if numbered is not None and reading.tells_of(numbered):
        return Skipped(thing, name, numbered.id)
    bill = reading.bill(name)
    return Refused(thing, reading.problems) if bill is None else Ready(thing, bill)


class _Reading(Findings):
    """The bill that a thing tells of, and what is wrong with it by row and field."""

    def __init__(self, thing: Thing, house: House, options: Options) -> None:
        super().__init__(thing, OF_THE_BILL, options)
        self._house = house
        self._issued = options.get(AS.name, AS.default) == ISSUED

    def tells_of(self, numbered: Numbered) -> bool:
        """Whether the bill that has this number here is this one: of the same client, and of the
        same total where one is said. Else it was given meanwhile, to another."""
        matter = self._house.by_number.get(self._thing["matter"])
        client = self._house.clients.get(self._thing.number, Found())
        whose = matter.client_id if matter else client.contact_id
        try:
            same = cells.cents(self._thing["total"]) == numbered.total_cents
        except NotAFigure:
            same = True
        return same and whose == numbered.client_id

    def bill(self, name: str) -> ToBring | None:
        """The bill; None where something is wrong."""
        self._check_name(name)
        self._check_standing()
        issued_on = self._issued_on()
        matters = [self._matter(row) for row in self._thing.rows]
        first = next((one for one in matters if one is not None), None)
        details = BillDetails(
            client_id=first.client_id if first else 0,
            bank_account_id=self._account(),
            lines=[
                self._line(row, matter.id if matter else 0, issued_on)
                for row, matter in zip(self._thing.rows, matters, strict=True)
            ],
            due_on=self._due_on(issued_on),
            note=self._thing["note"],
            discount=self._discount(),
            taxes=self._taxes(),
        )
        if self.problems:
            return None
        theirs = {one.id for one in matters if one and one.client_id == details.client_id}
        owed = self._checked(details, theirs)
        if self.problems:
            return None
        number = as_number(name) if self._issued else None
        return ToBring(name, details, number, issued_on if self._issued else None, owed)

    def _check_name(self, name: str) -> None:
        if not name:
            self._wrong("number", _("Give the bill a number."))
        elif len(name) > KEY_CHARS_MAX:
            self._wrong("number", _("This number is too long."))
        elif self._issued and as_number(name) is None:
            self._wrong(
                "number",
                _("Bills that were issued have numbers of 1 to 8 digits. Import it as a draft."),
            )
        elif self._issued and name in self._house.numbered:
            self._wrong("number", _("Another bill has this number here. Import it as a draft."))

    def _check_standing(self) -> None:
        """Only what is still owed, wholly, in the firm's own currency, comes in."""
        status = word(self._thing["status"])
        if status in NOT_WHOLLY_OWED:
            self._wrong("status", str(NOT_WHOLLY_OWED[status]))
        elif self._issued and status in NOT_ISSUED:
            self._wrong("status", _("This bill was not issued yet. Import it as a draft."))
        elif self._cents("paid", self._thing.rows[0]):
            self._wrong(
                "paid", _("A part of this bill was paid. Bring in a bill of what is still owed.")
            )
        if self._thing["currency"].upper() not in ("", self._house.currency):
            self._wrong(
                "currency", _("Bills here are in %(currency)s.", currency=self._house.currency)
            )
        if self._issued and not self._house.own_approval:
            sentence = _("In your firm a second person approves each bill. Import it as a draft.")
            self._wrong("number", sentence)

    def _issued_on(self) -> date | None:
        on = self._day("issued_on")
        if on is not None and on.year not in YEARS:
            self._wrong("issued_on", _("Enter a date between 2000 and 2100."))
            return None
        if not self._issued:
            return on
        if on is None and not self._thing["issued_on"]:
            self._wrong("issued_on", _("Say on which day the bill was issued."))
        if on is not None and on > self._house.today:
            self._wrong("issued_on", _("This day is still to come. Import the bill as a draft."))
        return on

    def _due_on(self, issued_on: date | None) -> date:
        on = self._day("due_on")
        if on is None:
            return (issued_on or self._house.today) + timedelta(days=self._house.due_days)
        if self._issued and issued_on is not None and on < issued_on:
            self._wrong("due_on", _("The bill is due before it was issued."))
        return on

    def _matter(self, row: Row) -> NamedMatter | None:
        number, name = row.cells["matter"], row.cells["matter_name"]
        if number:
            matter = self._house.by_number.get(number)
            if matter is None:
                none = _("There is no matter “%(number)s”. Import matters first.", number=number)
                self._wrong("matter", none, row)
            elif not self._of_client(matter):
                self._wrong("client", _("The matter of this row is another client's."), row)
            return matter
        client = self._house.clients.get(self._thing.number)
        if not name or client is None:
            self._wrong("matter", _("Give the matter's number, or the client and its name."), row)
        elif not client:
            self._wrong("client", client.why, row)
        else:
            found = self._house.by_name.get((client.contact_id, folded(name)), ())
            if len(found) == 1:
                return found[0]
            none, some = (
                _("This client has no matter “%(name)s”. Import matters first.", name=name),
                _("This client has several matters “%(name)s”. Give its number.", name=name),
            )
            self._wrong("matter_name", some if found else none, row)
        return None

    def _of_client(self, matter: NamedMatter) -> bool:
        said, client = self._thing["client"], self._house.clients.get(self._thing.number)
        if client:
            return client.contact_id == matter.client_id
        # Several may be called so: the matter's number says which of them is meant.
        return not said or name_key(said) == matter.client_key

    def _account(self) -> int:
        accounts, said = self._house.accounts, self._thing["account"]
        if not accounts:
            self._wrong("account", _("Add an operating account first: money is paid into it."))
        elif said and folded(said) not in accounts:
            self._wrong("account", _("There is no operating account of this name."))
        first = next(iter(accounts.values()), 0)
        return accounts.get(folded(said), 0) if said else first

    def _line(self, row: Row, matter_id: int, issued_on: date | None) -> LineDetails:
        worked_on = self._day("worked_on", row) or issued_on or self._house.today
        quantity, rate = self._quantity_and_rate(row)
        return LineDetails(matter_id, worked_on, row.cells["description"], quantity, rate)

    def _quantity_and_rate(self, row: Row) -> tuple[int, int]:
        """Quantity in thousandths and cents for one: of two of quantity, rate and amount, or of an
        amount alone. All three must fit."""
        before = len(self.problems)
        quantity = self._figure("quantity", row, cells.thousandths)
        rate, amount = self._cents("rate", row), self._cents("amount", row)
        if len(self.problems) > before:
            return 1_000, 0
        if rate is None and amount is None:
            self._wrong("amount", _("Give a rate or an amount."), row)
        whole = 1_000 if quantity is None else quantity
        if rate is None:
            rate = _divided(amount or 0, whole)
        line = LineDetails(0, self._house.today, "", whole, rate)
        if amount is not None and whole > 0 and line.amount_cents != amount:
            came_to = Money(line.amount_cents, self._house.currency).plain()
            sentence = _("Quantity times rate is %(amount)s, which is not this.", amount=came_to)
            self._wrong("amount", sentence, row)
        return whole, rate

    def _discount(self) -> Discount:
        return self._figure("discount", self._thing.rows[0], cells.discount) or NO_DISCOUNT

    def _taxes(self) -> Sequence[TaxDetails]:
        try:
            return tuple(cells.taxes(self._thing["taxes"]))
        except NotAFigure:
            self._wrong("taxes", _("Write taxes with their percentages, as GST 5%; QST 9.975%."))
            return ()

    def _checked(self, details: BillDetails, theirs: set[int]) -> Mapping[int, int]:
        for name, sentence in wrong_with(details, theirs).items():
            part, _dash, place = name.partition("-")
            of_line = place and part not in _FIELD_OF
            row = self._thing.rows[int(place)] if of_line else self._thing.rows[0]
            self._wrong(_FIELD_OF.get(part, part), sentence, row)
        total = self._cents("total", self._thing.rows[0])
        sums = details.sums
        if total is not None and not self.problems and total != sums.total_cents:
            came_to = Money(sums.total_cents, self._house.currency).plain()
            self._wrong(
                "total", _("The lines come to %(total)s, which is not this.", total=came_to)
            )
        if self.problems or not self._issued:
            return {}
        amounts = [(line.matter_id, line.amount_cents) for line in details.lines]
        try:
            return shares_owed(amounts, sums.discount_cents, sums.tax_cents)
        except Invalid as wrong:
            self._wrong("amount", str(wrong))
            return {}

    def _cents(self, name: str, row: Row) -> int | None:
        return self._figure(name, row, cells.cents)

    def _figure(self, name: str, row: Row, parse: Any) -> Any:
        said = row.cells[name]
        try:
            return parse(said) if said else None
        except NotAFigure:
            self._wrong(name, _("This is no figure. Write it as 1250.00."), row)
            return None


def _divided(amount_cents: int, quantity_thousandths: int) -> int:
    """The rate of which so many come to this amount, as near as cents go."""
    if quantity_thousandths <= 0:
        return amount_cents
    cents_of_one = (abs(amount_cents) * 1_000 + quantity_thousandths // 2) // quantity_thousandths
    return cents_of_one if amount_cents >= 0 else -cents_of_one
