"""What somebody typed who gives money back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from flask_babel import gettext as _

from payments.money.amounts import NotAnAmount, parse_cents
from payments.transactions.refunding import REASON_CHARS_MAX
from portal.core.errors import Invalid
from portal.web.asked import words

TYPED_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class RefundForm:
    """How much of a payment, and why. `amount` is None where nothing was typed yet: then all that
    can be. `expected` is the mark of what was shown. Nothing in a request can make reading fail.
    """

    amount: str | None
    reason: str
    expected: str

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The form in a query string or a body."""

        def said(name: str) -> str:
            return words(asked, name, TYPED_CHARS_MAX)

        amount = said("amount") if "amount" in asked else None
        return cls(amount, said("reason"), said("expected"))

    def cents(self, most_cents: int, most: str, locale: str) -> int:
        """The cents typed, at most so many. Raises `Invalid` for what is no amount, or too much."""
        try:
            cents = parse_cents(self.amount or "", locale)
        except NotAnAmount:
            raise Invalid(_("Enter an amount like 1,250.00."), "amount") from None
        if cents <= 0:
            raise Invalid(_("Enter an amount above zero."), "amount")
        if cents > most_cents:
            raise Invalid(_("At most %(amount)s can be refunded now.", amount=most), "amount")
        return cents

    def said_why(self) -> str:
        """The reason. Raises `Invalid` without one, and for one that is too long."""
        if not self.reason:
            raise Invalid(_("Say why it is refunded. The reason is kept."), "reason")
        if len(self.reason) > REASON_CHARS_MAX:
            raise Invalid(_("Keep the reason under 500 characters."), "reason")
        return self.reason
