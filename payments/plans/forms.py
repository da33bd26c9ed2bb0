"""What staff type about a payment plan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _

from payments.money.amounts import NotAnAmount, as_typed, parse_cents
from payments.plans.models import DueState, Every, PaymentPlan
from payments.plans.terms import Terms
from portal.web.asked import day

EQUAL, FIXED = "equal", "fixed"
TYPED_CHARS_MAX = 600
_COUNT = re.compile(r"[0-9]{1,6}")
_FIELDS = ("account", "method", "kind", "count", "each", "every", "starts_on", "note", "owed")


@dataclass(frozen=True, slots=True)
class PlanForm:
    """A plan as typed. `account` and `method` are public ids, `owed` the cents that were shown.

    `kind` says whether `count` or `each` holds. `reschedule`: a change is of the schedule too.
    """

    account: str = ""
    method: str = ""
    kind: str = EQUAL
    count: str = "3"
    each: str = ""
    every: str = Every.MONTH
    starts_on: str = ""
    note: str = ""
    owed: str = ""
    asks: bool = True
    reschedule: bool = False

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> Self:
        """What was sent. Nothing in it can make reading it fail."""
        said = {
            name: sent.get(name, "").replace("\0", "")[:TYPED_CHARS_MAX].strip() for name in _FIELDS
        }
        said["kind"] = FIXED if said["kind"] == FIXED else EQUAL
        return cls(
            **said, asks=sent.get("asks") == "yes", reschedule=sent.get("reschedule") == "yes"
        )

    @classmethod
    def of(cls, plan: PaymentPlan, locale: str) -> Self:
        """What a plan says now, ready to be changed."""
        left = [one for one in plan.instalments if one.state == DueState.SCHEDULED]
        return cls(
            account=plan.bank_account.public_id,
            method=plan.method.public_id,
            kind=FIXED if plan.each_cents else EQUAL,
            count=str(max(2, len(left))),
            each=as_typed(plan.each_cents, locale) if plan.each_cents else "",
            every=plan.every,
            starts_on=left[0].due_on.isoformat() if left else "",
            note=plan.note,
            asks=plan.asks_client,
        )

    @property
    def owed_cents(self) -> int:
        """What was owed when the page was shown; -1 where that cannot be read."""
        typed = self.owed
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else -1

    def terms(self, locale: str) -> tuple[Terms, dict[str, str]]:
        """The terms, none standing where something cannot be read, with the sentences for those."""
        errors: dict[str, str] = {}
        every = next((one for one in Every if one == self.every), None)
        starts_on = day(self.starts_on)
        if self.kind == EQUAL:
            count = int(self.count) if _COUNT.fullmatch(self.count) else None
            return Terms(every, starts_on, count=count), errors
        try:
            return Terms(every, starts_on, each_cents=parse_cents(self.each, locale)), errors
        except NotAnAmount:
            errors["each"] = _("Enter an amount like 250.00.")
            return Terms(every, starts_on, each_cents=0), errors
