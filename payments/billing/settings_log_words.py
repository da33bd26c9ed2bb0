"""What changes of **Settings → Billing** are called in the activity log (FEATURES X9)."""

from flask_babel import lazy_gettext as _

from portal.core.audit import describe

describe(
    {
        "billing_settings.changed": _("Billing settings changed"),
        "online_payments.changed": _("Online payments set"),
        "trust_hold.changed": _("Hold of new trust money set"),
    }
)
