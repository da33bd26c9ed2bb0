"""What administrators type about payment links."""

from dataclasses import dataclass
from typing import Self

from flask import request
from flask_babel import gettext as _

from payments.accounts.models import BankAccount
from payments.money.amounts import Money, NotAnAmount, parse_cents


@dataclass(frozen=True, slots=True)
class LimitsForm:
    """The least and the most that payers of a link may pay, as typed."""

    link_min: str
    link_max: str

    @classmethod
    def of(cls, account: BankAccount) -> Self:
        """The limits in force, ready to be edited."""
        amounts = (account.link_min_cents, account.link_max_cents)
        return cls(*(Money(cents, account.currency).plain() for cents in amounts))

    @classmethod
    def from_request(cls) -> Self:
        """What was sent."""
        return cls(request.form.get("link_min", ""), request.form.get("link_max", ""))

    def cents(self, locale: str) -> tuple[dict[str, int], dict[str, str]]:
        """The amounts in cents by field, and a sentence for each field that cannot be read."""
        cents: dict[str, int] = {}
        errors: dict[str, str] = {}
        for field, typed in (("link_min", self.link_min), ("link_max", self.link_max)):
            try:
                cents[field] = parse_cents(typed, locale)
            except NotAnAmount:
                errors[field] = _("Enter an amount like 1,250.00.")
        return cents, errors
