"""What the actions on payment links are called in the activity log (FEATURES X9)."""

from flask_babel import lazy_gettext as _

from portal.core.audit import describe

describe(
    {
        "link.retired": _("Payment link retired"),
        "link.site_added": _("Website allowed to show a payment page"),
        "link.site_removed": _("Website no longer allowed to show a payment page"),
        "link.framing_chosen": _("How a payment page stands on websites changed"),
    }
)
