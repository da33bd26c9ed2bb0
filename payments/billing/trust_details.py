"""What a trust request is made of before it is saved, and what makes it unusable."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.billing.details import NOTE_CHARS_MAX, YEARS, cleaned
from portal.clients.details import Problems
from portal.clients.models import Contact, Matter

AMOUNT_CENTS_MAX = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for: so many cents, until when, and a note to the client."""

    amount_cents: int
    due_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrustDetails:
    """A trust request as somebody wants it. Without a matter it is at client level."""

    client_id: int
    matter_id: int | None
    bank_account_id: int
    terms: Terms


def check(session: Session, wanted: TrustDetails, currency: str) -> None:
    """Raise `Problems`, a sentence for each field, where a request like this cannot be saved.

    The matter is the client's own, and the account a trust account in the firm's currency: what is
    paid is the client's money, held in trust (FEATURES D2).
    """
    errors = wrong_with(wanted.terms)
    if session.get(Contact, wanted.client_id) is None:
        errors["client"] = _("Choose the client that this request is for.")
    if wanted.matter_id is not None and not _theirs(session, wanted.client_id, wanted.matter_id):
        errors["matter"] = _("Choose a matter of this client, or none.")
    if sentence := _wrong_with_account(session, wanted.bank_account_id, currency):
        errors["account"] = sentence
    if errors:
        raise Problems(errors)


def wrong_with(terms: Terms) -> dict[str, str]:
    """A sentence for each of the terms that cannot be used."""
    errors: dict[str, str] = {}
    if not 0 < terms.amount_cents <= AMOUNT_CENTS_MAX:
        errors["amount"] = _("Enter an amount from 0.01 to 100,000,000.00.")
    if terms.due_on.year not in YEARS:
        errors["due_on"] = _("Enter a due date between 2000 and 2100.")
    if len(cleaned(terms.note)) > NOTE_CHARS_MAX:
        errors["note"] = _("The note is too long. Keep it under 2,000 characters.")
    return errors


def _theirs(session: Session, client_id: int, matter_id: int) -> bool:
    named = select(Matter.id).where(Matter.id == matter_id, Matter.client_id == client_id)
    return session.scalar(named) is not None


def _wrong_with_account(session: Session, account_id: int, currency: str) -> str | None:
    account = session.get(BankAccount, account_id)
    if account is None or account.kind != AccountKind.TRUST:
        return _("Choose a trust account. What is paid is the client's money.")
    if account.currency != currency:
        return _("Choose an account in the firm's own currency.")
    return None
