"""What the actions on alerts and payment notifications are called in the activity log."""

from flask_babel import lazy_gettext as _

from portal.core.audit import Kind, describe

describe(
    {
        "alert.resolved": _("Alert resolved"),
        "job.tried_again": _("Failed work tried again"),
        "payment_notifications.chosen": _("Payment notifications chosen"),
    },
    {"email_given_up": Kind(_("Email")), "job": Kind(_("Work in the background"))},
)
