"""What the emails about a bill or a trust request say, in the reader's language (FEATURES D3, D8).

The same words make the email and the preview of it. What a mail program shows before an email is
opened names no matter and no amount (FEATURES M13).
"""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.accounts.settings import online_payments
from payments.billing.models import Bill
from payments.billing.paper import Formats
from payments.billing.payables import Payable, left_cents
from portal.firm.brand import Brand, brand
from portal.web.reading import formats, read_in


@dataclass(frozen=True, slots=True)
class Letter:
    """One email in words. `pay_url` is None while online payments are off; then `otherwise` says
    how to pay."""

    subject: str
    preheader: str
    heading: str
    lead: str
    message: str
    facts: tuple[dict[str, str], ...]
    account: str
    pay_label: str
    pay_url: str | None
    otherwise: str
    attached: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one email is about: its document, whether it reminds, what staff wrote, and where the
    reader pays."""

    payable: Payable
    reminds: bool
    message: str
    pay_url: str


def letter(session: Session, told: Told, *, language: str, today: date) -> Letter:
    """The words for a reader of this language (as `fr_CA`), as the document is now."""
    face = brand(session)
    online = online_payments(session).online
    with read_in(language):
        return _letter(told, face, formats(language, face.country), today, online=online)


def _letter(told: Told, face: Brand, locale: str, today: date, *, online: bool) -> Letter:
    payable, firm = told.payable, face.short_name
    if isinstance(payable, Bill):
        subject = _("A bill from %(firm)s", firm=firm)
        heading = _("Bill %(number)s", number=payable.number)
        attached = _("The bill is attached as a PDF.")
    else:
        subject = _("A trust request from %(firm)s", firm=firm)
        heading = _("Trust request %(number)s", number=payable.number)
        attached = _("The trust request is attached as a PDF.")
    return Letter(
        subject=_("A reminder from %(firm)s", firm=firm) if told.reminds else subject,
        preheader=_("Open this email to see what is due and when."),
        heading=heading,
        lead=_lead(told, face, today),
        message=told.message,
        facts=_facts(payable, Formats(locale, payable.currency)),
        account=_account(payable),
        pay_label=_("Pay online now"),
        pay_url=told.pay_url if online else None,
        otherwise="" if online else _otherwise(face),
        attached=attached,
        why=_why(payable, face),
    )


def _lead(told: Told, face: Brand, today: date) -> str:
    payable, firm = told.payable, face.legal_name
    if told.reminds:
        if payable.due_on is not None and payable.due_on < today:
            return _("This is past its due date. If you have paid already, thank you.")
        return _("This is a reminder of what is due. If you have paid already, thank you.")
    if isinstance(payable, Bill):
        return _("%(firm)s has sent you a bill.", firm=firm)
    return _("%(firm)s asks you to pay money into its trust account.", firm=firm)


def _facts(payable: Payable, written: Formats) -> tuple[dict[str, str], ...]:
    facts = [(_("Amount due"), written.money(left_cents(payable)))]
    if payable.due_on is not None:
        facts.append((_("Due"), written.day(payable.due_on)))
    return tuple({"key": key, "value": value} for key, value in facts)


def _account(payable: Payable) -> str:
    if payable.bank_account.kind == AccountKind.TRUST:
        return _(
            "The money stays yours: it is held for you in the firm’s trust account, apart from the "
            "firm’s own money."
        )
    return _("Your payment goes to the firm’s operating account.")


def _otherwise(face: Brand) -> str:
    ways = ", ".join(way for way in (face.phone, face.email) if way)
    return _("To pay, please contact us: %(ways)s. Please name the number above.", ways=ways)


def _why(payable: Payable, face: Brand) -> str:
    firm = face.legal_name
    if isinstance(payable, Bill):
        return _("You get this email because %(firm)s bills you for its work.", firm=firm)
    return _("You get this email because %(firm)s works for you.", firm=firm)
