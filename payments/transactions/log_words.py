"""What the actions on money are called in the activity log (FEATURES X9)."""

from collections.abc import Collection, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import BankAccount
from payments.billing.models import Bill
from payments.receipts.models import Receipt
from payments.transactions.models import Payment
from portal.core.audit import Kind, describe

BILL_DIGITS_MAX = 9


def _payments_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Payment.public_id, Payment.reference).where(Payment.public_id.in_(public_ids))
    )
    return {row.public_id: row.reference for row in rows}


def _payments_called(session: Session, typed: str) -> Collection[str]:
    reference = typed.upper().replace(" ", "-")
    return session.scalars(select(Payment.public_id).where(Payment.reference == reference)).all()


def _bills_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Bill.public_id, Bill.number).where(Bill.public_id.in_(public_ids))
    )
    return {row.public_id: str(row.number or gettext("draft")) for row in rows}


def _bills_numbered(session: Session, typed: str) -> Collection[str]:
    number = typed.lower().removeprefix("bill").strip(" #")
    if not (number.isascii() and number.isdigit() and len(number) <= BILL_DIGITS_MAX):
        return []
    return session.scalars(select(Bill.public_id).where(Bill.number == int(number))).all()


def _accounts_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(BankAccount.public_id, BankAccount.name).where(BankAccount.public_id.in_(public_ids))
    )
    return {row.public_id: row.name for row in rows}


def _accounts_called(session: Session, typed: str) -> Collection[str]:
    called = BankAccount.name.istartswith(typed, autoescape=True)
    return session.scalars(select(BankAccount.public_id).where(called)).all()


def _receipts_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Receipt.public_id, Receipt.source).where(Receipt.public_id.in_(public_ids))
    )
    sources = {
        "cheque": gettext("check"),
        "cash": gettext("cash"),
        "payment": gettext("payment"),
        "trust": gettext("trust money"),
    }
    return {row.public_id: sources[row.source] for row in rows}


describe(
    {
        "allocation.reversed": _("Payment taken off a bill"),
        "bank_account.added": _("Bank account added"),
        "bank_account.connected": _("Bank account connected"),
        "bank_account.described": _("Bank account edited"),
        "bank_account.disconnected": _("Bank account disconnected"),
        "bank_account.link_limits_set": _("Limits of a payment link changed"),
        "bill.changed": _("Bill changed"),
        "bill.deleted": _("Draft bill deleted"),
        "bill.drafted": _("Bill drafted"),
        "bill.edited": _("Bill edited"),
        "bill.issued": _("Bill issued"),
        "bill.sent_back": _("Bill sent back to its draft"),
        "bill.submitted": _("Bill sent for approval"),
        "bill.voided": _("Bill voided"),
        "credit.applied": _("Credit applied"),
        "form.sent": _("Form sent"),
        "payment.action_needed": _("Payment needs action"),
        "payment.attempted": _("Payment submitted"),
        "payment.authorized": _("Payment authorized"),
        "payment.canceled": _("Payment canceled"),
        "payment.completed": _("Payment completed"),
        "payment.failed": _("Payment failed"),
        "payment.found": _("Payment found at Stripe"),
        "payment.money_back": _("Money of a payment is back"),
        "payment.money_left": _("Money of a payment taken out"),
        "payment.pending": _("Payment pending"),
        "payment.returned": _("Payment returned"),
        "payment.unlinked": _("Payment unlinked"),
        "payments.exported": _("Payments exported"),
        "processor.checked": _("Stripe account checked"),
        "processor.unanswered": _("Stripe account did not answer"),
        "receipt.cash": _("Cash recorded"),
        "receipt.cheque": _("Check recorded"),
        "receipt.payment": _("Payment linked"),
        "receipt.undone": _("Record of a payment undone"),
        "refund.asked": _("Refund asked for"),
        "refund.canceled": _("Refund canceled"),
        "refund.failed": _("Refund failed"),
        "refund.imported": _("Refund found at Stripe"),
        "refund.pending": _("Refund on its way"),
        "refund.succeeded": _("Payment refunded"),
    },
    {
        "bank_account": Kind(
            _("Bank account"), "bank_accounts.edit", _accounts_named, _accounts_called
        ),
        "bill": Kind(_("Bill"), "bills.show", _bills_named, _bills_numbered),
        "client": Kind(_("Client")),
        "form": Kind(_("Form")),
        "payment": Kind(_("Payment"), "transactions.show", _payments_named, _payments_called),
        "payments": Kind(_("Payments")),
        "processor": Kind(_("Stripe account")),
        "receipt": Kind(_("Receipt"), None, _receipts_named),
    },
)
