"""Disputes in words for the people of the firm: where one stands, why, and how long is left."""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from payments.transactions.disputed import Dispute, DisputeState, Release
from portal.core import clock

DAY = timedelta(days=1)


def states() -> dict[DisputeState, str]:
    """Where a dispute stands."""
    return {
        DisputeState.INQUIRY: _("Inquiry"),
        DisputeState.OPEN: _("Needs an answer"),
        DisputeState.REVIEW: _("With the bank"),
        DisputeState.WON: _("Won"),
        DisputeState.LOST: _("Lost"),
        DisputeState.CLOSED: _("Closed"),
    }


def state(dispute: Dispute) -> str:
    """Where it stands."""
    return states()[DisputeState(dispute.state)]


def meaning(dispute: Dispute) -> str:
    """What that means for the money, and who has to do something now."""
    match DisputeState(dispute.state):
        case DisputeState.INQUIRY:
            return _(
                "The payer's bank asks about this payment. No money has left. An answer can keep "
                "it from becoming a dispute."
            )
        case DisputeState.OPEN:
            return _(
                "The payer's bank has taken the money back. What it had paid is unpaid again. Send "
                "the evidence, or accept the dispute."
            )
        case DisputeState.REVIEW:
            return _(
                "The bank has the evidence and decides, which may take months. Until then the "
                "money is with the bank."
            )
        case DisputeState.WON:
            return _(
                "The bank decided for the firm. The money is back, and pays again what it had paid "
                "as far as that is still open."
            )
        case DisputeState.LOST:
            return _(
                "The money stays with the payer. What it had paid is unpaid: agree with the client "
                "on how to pay it."
            )
        case DisputeState.CLOSED:
            return _("It has ended without moving money.")


def reason(code: str) -> str:
    """Why the payer says that the money is theirs (https://docs.stripe.com/disputes/categories)."""
    return {
        "credit_not_processed": _("The payer says that a refund was promised and never came."),
        "duplicate": _("The payer says that they were charged twice."),
        "fraudulent": _("The payer says that they did not make or allow this payment."),
        "general": _("The payer's bank gives no particular reason."),
        "noncompliant": _("The payer's bank says that a rule of the card network was not kept."),
        "product_not_received": _("The payer says that they did not get what they paid for."),
        "product_unacceptable": _("The payer says that what they got is not what was promised."),
        "subscription_canceled": _("The payer says that they had ended these payments before."),
        "unrecognized": _("The payer does not recognize the payment on their statement."),
        "customer_initiated": _("The payer asked their bank to take the money back."),
        "debit_not_authorized": _("The payer says that they did not allow this withdrawal."),
        "insufficient_funds": _("There was not enough money in the payer's account."),
        "incorrect_account_details": _("The account was not the payer's."),
        "bank_cannot_process": _("The payer's bank could not process the payment."),
        "check_returned": _("The payer's bank returned the payment."),
    }.get(code, _("The payer's bank gives no reason that is known here."))


def advice(code: str) -> str:
    """What evidence speaks to this reason, without naming anything of a client's matter."""
    return {
        "fraudulent": _(
            "Show that the payer made the payment: name, email, network address and time, the "
            "approval, and any message in which they spoke of having paid."
        ),
        "unrecognized": _(
            "Show that the payer knows the firm and made the payment: the emails they got, and "
            "any message in which they spoke of having paid."
        ),
        "duplicate": _("Show that there were two bills, or that one payment was given back."),
        "credit_not_processed": _("Show that no refund was promised, or that it was made."),
        "product_not_received": _("Show that the service was given, without saying what it was."),
        "product_unacceptable": _("Show what was agreed, and that it was done."),
        "subscription_canceled": _("Show what was agreed, and that it had not been ended before."),
    }.get(code, _("Show who paid, when, and that they agreed to it."))


def releases() -> dict[Release, str]:
    """On whose word client matters may be shown to a bank."""
    return {
        Release.CLIENT: _("The client agreed that this is sent"),
        Release.PARTNER: _("A partner decided that this is sent"),
    }


def is_short(due_at: datetime | None) -> bool:
    """Whether it has to be answered within three days."""
    return due_at is not None and due_at - clock.now() < 3 * DAY


def time_left(due_at: datetime | None) -> str:
    """How long there is to answer, in whole days, rounded down so that nobody is late."""
    if due_at is None:
        return ""
    left = due_at - clock.now()
    if left <= timedelta(0):
        return _("The time to answer has passed")
    if left < DAY:
        return _("Less than a day left")
    return ngettext("%(num)s day left", "%(num)s days left", left // DAY)
