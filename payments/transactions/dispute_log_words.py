"""What is done with disputes is called in the activity log (FEATURES X9)."""

from flask_babel import lazy_gettext as _

from payments.transactions.dispute_queries import called, names
from portal.core.audit import Kind, describe

describe(
    {
        "dispute.accepted": _("Dispute accepted"),
        "dispute.answer_refused": _("Answer to a dispute refused"),
        "dispute.closed": _("Dispute closed"),
        "dispute.file_added": _("File added to a dispute"),
        "dispute.file_removed": _("File removed from a dispute"),
        "dispute.inquiry": _("Bank asks about a payment"),
        "dispute.kit_changed": _("Dispute kit changed"),
        "dispute.kit_gathered": _("Dispute kit gathered anew"),
        "dispute.lost": _("Dispute lost"),
        "dispute.open": _("Dispute needs an answer"),
        "dispute.opened": _("Payment disputed"),
        "dispute.released": _("Dispute kit released"),
        "dispute.review": _("Dispute under review"),
        "dispute.sent": _("Dispute answered"),
        "dispute.won": _("Dispute won"),
    },
    {"dispute": Kind(_("Dispute"), "disputes.show", names, called)},
)
