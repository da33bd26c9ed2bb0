"""What somebody typed to find payments: payers, a whole reference, or an amount."""

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from payments.money.amounts import NotAnAmount, parse_cents
from payments.transactions.models import Payment
from portal.clients import word_index
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import ContactEmail
from portal.core.words import LAST_CHAR, typed_words

PAYERS_MAX = 25
OFFICE_LOCALE = "en_US"
_REFERENCE = re.compile(r"([A-Z0-9]{4})[- ]?([A-Z0-9]{4})")


@dataclass(frozen=True, slots=True)
class Payers:
    """What was typed stands for: one whole reference, or payers and an amount. Payers begin so, or
    pay with the email of a contact who has words that begin so.

    `more`: so many payers begin so that only the first PAYERS_MAX are among them.
    """

    alternatives: tuple[ColumnElement[bool], ...]
    more: bool = False


def reference_in(typed: str) -> str | None:
    """The payment's reference that was typed whole, as it is printed: `4TRC-YKX7`."""
    match = _REFERENCE.fullmatch(typed.strip().upper())
    return None if match is None else f"{match[1]}-{match[2]}"


def payers_of(session: Session, words: str) -> Payers | None:
    """Which payments are meant by these words; none where nothing was typed."""
    words = unicodedata.normalize("NFC", words).replace("\0", "").strip()
    if not words:
        return None
    whole = reference_in(words)
    named = Payment.reference == whole
    if whole is not None and session.scalar(select(Payment.id).where(named)) is not None:
        return Payers((named,))
    names, more_names = _beginning(session, Payment.payer_name_key, words.casefold())
    emails, more_emails = _beginning(session, Payment.payer_email, words.lower())
    alternatives = [Payment.payer_name_key == name for name in names]
    contacts = _emails_of_contacts(session, words)
    alternatives += [Payment.payer_email == email for email in sorted({*emails, *contacts})]
    if (cents := _cents(words)) is not None:  # beside the names: somebody may be called 1042
        alternatives.append(Payment.amount_cents == cents)
    return Payers(tuple(alternatives), more_names or more_emails)


def _emails_of_contacts(session: Session, words: str) -> set[str]:
    """The emails of contacts that have words which begin so: Cleo Marsh pays with hers, and is
    found as "marsh" too."""
    parts = typed_words(words)
    if not parts:
        return set()
    hits = word_index.hits(
        parts, contacts=True, matters=False, closed=NOTHING_CLOSED, most=PAYERS_MAX
    ).subquery()
    theirs = ContactEmail.contact_id.in_(select(hits.c.contact_id))
    return set(session.scalars(select(ContactEmail.address_key).where(theirs).limit(PAYERS_MAX)))


def _cents(words: str) -> int | None:
    try:
        return parse_cents(words, OFFICE_LOCALE)
    except NotAnAmount:
        return None


def _beginning(
    session: Session, column: InstrumentedAttribute[str], start: str
) -> tuple[list[str], bool]:
    """The different values that begin so, at most PAYERS_MAX, and whether there are more.

    Each step jumps to the next value in the index, however many payments a payer has made.
    """
    end = start + LAST_CHAR
    first = select(func.min(column).label("value")).where(column >= start, column < end)
    known = first.cte("known", recursive=True)
    following = (
        select(func.min(column))
        .where(column > known.c.value, column < end)
        .correlate(known)
        .scalar_subquery()
    )
    known = known.union_all(select(following).where(known.c.value.is_not(None)))
    values = session.scalars(
        select(known.c.value).where(known.c.value.is_not(None)).limit(PAYERS_MAX + 1)
    ).all()
    return list(values[:PAYERS_MAX]), len(values) > PAYERS_MAX
