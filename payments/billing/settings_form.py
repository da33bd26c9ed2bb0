"""The form of **Settings → Billing**, as typed: how the firm bills, reminds, and is paid online."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _

from payments.accounts.settings import OnlinePayments
from payments.billing.details import cleaned
from payments.billing.quantities import NotAQuantity, parse_thousandths, plain
from payments.billing.settings import TAXES_MAX, HowBilled, Tax
from payments.money.amounts import NotAnAmount, as_typed, parse_cents

TYPED_CHARS_MAX = 200
_DAYS = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Said:
    """What the settings are, or are to be."""

    billed: HowBilled
    online: OnlinePayments

    @property
    def mark(self) -> str:
        """A short mark of all of it: whoever saves changes has seen just this."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """The settings as typed. `before` and `after` are days in a row, as `7, 3`; `taxes` are
    names and percents, a blank pair for each that there is not."""

    due_days: str
    own_approval: bool
    paper: str
    taxes: Sequence[tuple[str, str]]
    reminders: bool
    before: str
    on_due: bool
    after: str
    online: bool
    part_min: str
    hold_days: str

    @classmethod
    def of(cls, said: Said, locale: str) -> Self:
        """What holds now, ready to be changed."""
        billed = said.billed
        days = sorted(billed.reminder_days)
        taxes = [(tax.label, plain(tax.percent_thousandths)) for tax in billed.taxes]
        return cls(
            due_days=str(billed.due_days),
            own_approval=billed.own_approval,
            paper=billed.paper,
            taxes=[*taxes, *[("", "")] * (TAXES_MAX - len(taxes))],
            reminders=billed.reminders,
            before=", ".join(str(-one) for one in days if one < 0),
            on_due=0 in days,
            after=", ".join(str(one) for one in days if one > 0),
            online=said.online.online,
            part_min=as_typed(said.online.part_min_cents, locale),
            hold_days=str(said.online.hold_days),
        )

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> Self:
        """What was sent. Nothing in it can make reading it fail."""

        def said(name: str) -> str:
            return cleaned(sent.get(name, "")[:TYPED_CHARS_MAX]).replace("\n", " ")

        return cls(
            due_days=said("due_days"),
            own_approval=said("own_approval") == "yes",
            paper=said("paper"),
            taxes=[(said(f"tax_label-{n}"), said(f"tax_percent-{n}")) for n in range(TAXES_MAX)],
            reminders=said("reminders") == "yes",
            before=said("before"),
            on_due=said("on_due") == "yes",
            after=said("after"),
            online=said("online") == "yes",
            part_min=said("part_min"),
            hold_days=said("hold_days"),
        )

    def wanted(self, locale: str) -> tuple[Said, dict[str, str]]:
        """The settings, with stand-ins where they cannot be read, and the sentences for those."""
        errors: dict[str, str] = {}
        due_days = int(self.due_days) if _DAYS.fullmatch(self.due_days) else -1
        days = self._days()
        if days is None:
            errors["reminder_days"] = _("Enter days as whole numbers, like 7, 3.")
        part_min = 1
        try:
            part_min = parse_cents(self.part_min, locale)
        except NotAnAmount:
            errors["part_min"] = _("Enter an amount like 25.00.")
        taxes, unreadable = self._taxes(locale)
        if unreadable:
            errors["taxes"] = _("Give each tax a name and a percentage like 8.875.")
        billed = HowBilled(
            due_days, self.own_approval, self.paper, taxes, self.reminders, days or []
        )
        hold_days = int(self.hold_days) if _DAYS.fullmatch(self.hold_days) else -1
        return Said(billed, OnlinePayments(self.online, part_min, hold_days)), errors

    def _days(self) -> list[int] | None:
        days = [0] if self.on_due else []
        for typed, sign in ((self.before, -1), (self.after, 1)):
            parts = [part for part in re.split(r"[,; ]+", typed) if part]
            if any(not _DAYS.fullmatch(part) or int(part) == 0 for part in parts):
                return None
            days += [sign * int(part) for part in parts]
        return days

    def _taxes(self, locale: str) -> tuple[list[Tax], bool]:
        taxes: list[Tax] = []
        for label, percent in self.taxes:
            if not label and not percent:
                continue
            try:
                taxes.append(Tax(label, parse_thousandths(percent, locale)))
            except NotAQuantity:
                return taxes, True
        return taxes, False
