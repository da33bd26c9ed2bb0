"""What the firm's people type about money that came in, and about credit to be applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from flask_babel import gettext as _

from payments.accounts.models import AccountKind, BankAccount
from payments.billing.requested import TrustRequest
from payments.money.amounts import NotAnAmount, parse_cents
from payments.receipts.models import ReceiptSource
from payments.receipts.recording import Recorded
from portal.clients.queries import ClientOption
from portal.web.asked import words

TYPED_CHARS_MAX = 1_000


def _said(asked: Mapping[str, str], name: str, default: str = "") -> str:
    return words(asked, name, TYPED_CHARS_MAX) if name in asked else default


def cents_of(typed: str, locale: str) -> int | None:
    """The cents in what was typed; None where it is no amount."""
    try:
        return parse_cents(typed, locale)
    except NotAnAmount:
        return None


def currency_in(typed: str) -> str | None:
    """The currency that an amount says it is in, as "CA$500" does; None where it says nothing."""
    for currency, marks in (("USD", ("USD", "US$")), ("CAD", ("CAD", "CA$"))):
        if any(mark in typed.upper() for mark in marks):
            return currency
    return None


@dataclass(frozen=True, slots=True)
class RecordForm:
    """A check or cash, as typed. `expected` is the mark of the preview that was shown.

    `apply` is ticked until somebody unticks it (FEATURES S3); `unasked`: the form offered no box,
    as it stood at a trust account. Nothing in a request can make reading it fail.
    """

    source: str
    received_on: str
    number: str
    amount: str
    account: str
    note: str
    apply: bool
    unasked: bool
    expected: str
    nonce: str
    trust_request: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str], today: date, accounts: Sequence[BankAccount]) -> Self:
        """The form in a query string or a body; one that says nothing yet is ready to be filled."""
        first = accounts[0].public_id if accounts else ""
        unasked = "account" not in asked or asked.get("unasked") == "yes"
        return cls(
            source=_said(asked, "source", ReceiptSource.CHEQUE),
            received_on=_said(asked, "received_on", today.isoformat()),
            number=_said(asked, "number"),
            amount=_said(asked, "amount"),
            account=_said(asked, "account", first),
            note=_said(asked, "note"),
            apply=unasked or _said(asked, "apply") == "yes",
            unasked=unasked,
            expected=_said(asked, "expected"),
            nonce=_said(asked, "nonce"),
            trust_request=_said(asked, "trust_request"),
        )

    def account_of(self, accounts: Sequence[BankAccount]) -> BankAccount | None:
        """The bank account chosen; None where there is no such account."""
        return next((one for one in accounts if one.public_id == self.account), None)

    def applies(self, account: BankAccount | None) -> bool:
        """Whether bills are to be paid: never by trust money (FEATURES S7)."""
        return self.apply and account is not None and account.kind == AccountKind.OPERATING

    def request_of(
        self, account: BankAccount | None, requests: Sequence[TrustRequest]
    ) -> TrustRequest | None:
        """The trust request chosen, among those that are paid into this account; None for none."""
        if account is None or account.kind != AccountKind.TRUST:
            return None
        into = (one for one in requests if one.bank_account_id == account.id)
        return next((one for one in into if one.public_id == self.trust_request), None)

    def recorded(
        self,
        whose: ClientOption,
        accounts: Sequence[BankAccount],
        requests: Sequence[TrustRequest],
        locale: str,
    ) -> tuple[Recorded | None, dict[str, str]]:
        """What to record, or a sentence for each field that cannot be read. Money on a trust
        request is for the request's matter, or at client level as the request is."""
        errors: dict[str, str] = {}
        cents = cents_of(self.amount, locale)
        account = self.account_of(accounts)
        if self.source not in {ReceiptSource.CHEQUE, ReceiptSource.CASH}:
            errors["source"] = _("Choose check or cash.")
        if (received_on := _day(self.received_on)) is None:
            errors["received_on"] = _("Enter the day it was received.")
        if cents is None:
            errors["amount"] = _("Enter an amount like 1,250.00.")
        if account is None:
            errors["account"] = _("Choose the bank account that it goes to.")
        request = self.request_of(account, requests)
        trust = account is not None and account.kind == AccountKind.TRUST
        if trust and self.trust_request and request is None:
            errors["trust_request"] = _("This trust request takes no payment now. Choose anew.")
        if errors or cents is None or account is None or received_on is None:
            return None, errors
        recorded = Recorded(
            source=ReceiptSource(self.source),
            client_id=whose.contact_id,
            matter_id=request.matter_id if request else whose.matter_id,
            bank_account=account,
            amount_cents=cents,
            received_on=received_on,
            number=self.number if self.source == ReceiptSource.CHEQUE else "",
            note=self.note,
            currency=currency_in(self.amount),
            trust_request_id=request.id if request else None,
        )
        return recorded, {}


@dataclass(frozen=True, slots=True)
class CreditForm:
    """How much of one line of credit to apply: of which account, at which level, how much."""

    account: str
    matter: str
    amount: str | None
    expected: str

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The form in a query string or a body. Without an amount, as much as can be applied."""
        return cls(
            account=_said(asked, "account"),
            matter=_said(asked, "matter"),
            amount=_said(asked, "amount") if "amount" in asked else None,
            expected=_said(asked, "expected"),
        )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class TrustForm:
    """How much of which trust ledger pays a bill, as typed (FEATURES S9).

    `amount` is None where nothing was typed yet: then as much as can be paid. `expected` is the
    mark of the preview that was shown.
    """

    ledger: str
    amount: str | None
    note: str
    expected: str
    nonce: str

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """The form in a query string or a body. Nothing in it can make reading it fail."""
        return cls(
            ledger=_said(asked, "ledger"),
            amount=_said(asked, "amount") if "amount" in asked else None,
            note=_said(asked, "note"),
            expected=_said(asked, "expected"),
            nonce=_said(asked, "nonce"),
        )
