"""What client and firm are told about autocharge (FEATURES P9). Subjects name no matter (M13)."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from payments.billing.handing_out import document_url
from payments.billing.models import Bill
from payments.plans import autocharge_queries
from payments.plans.emails import STREAM, why_unpaid
from payments.plans.models import Autocharge, BillCharge, Moment
from payments.transactions.charging import find_link
from portal.core import config
from portal.outbox.registry import Email, Recipient, email


def moment_words(moment: str, days: int) -> str:
    """When bills are charged, in the reader's language."""
    if moment == Moment.ISSUE:
        return _("on the day when they are issued")
    if moment == Moment.DUE:
        return _("on their due date")
    return ngettext("%(num)s day after their due date", "%(num)s days after their due date", days)


@email("autocharge-on-client", stream=STREAM)
def autocharge_on(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the client: which bills are charged when, with what, and how that ends."""
    return Email("autocharge-on-client", _context(session, args))


@email("autocharge-off-client", stream=STREAM)
def autocharge_off(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the client: nothing more is charged of its own accord."""
    return Email("autocharge-off-client", _context(session, args))


@email("autocharge-failed-client", stream=STREAM)
def autocharge_failed(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the client: a bill was not charged, why, when it is tried again, where they can pay."""
    return Email("autocharge-failed-client", _failed(session, args))


@email("autocharge-failed-firm", stream=STREAM)
def autocharge_failed_firm(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To the firm: the same. It names no bill, since not everybody there may see each (N8)."""
    return Email("autocharge-failed-firm", _failed(session, args))


def _context(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    standing = autocharge_queries.by_id(session, args["autocharge_id"])
    delete_url = f"{config.current().base_url}/payment-methods/{standing.method.delete_token}"
    return {"autocharge": standing, "moment_words": moment_words, "method_url": delete_url}


def _failed(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    context = _context(session, args)
    standing: Autocharge = context["autocharge"]
    kept = session.get_one(BillCharge, args["bill_charge_id"])
    bill = session.get_one(Bill, kept.bill_id)
    link = find_link(session, bill)
    base_url = config.current().base_url
    return {
        **context,
        **why_unpaid(session, standing.method, args),
        "bill": bill,
        "pay_url": document_url(link) if link is not None else None,
        "staff_url": f"{base_url}/staff/contacts/{standing.client.public_id}/autocharge",
    }
