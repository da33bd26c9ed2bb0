"""What the actions on the processor's events are called in the activity log (FEATURES X9)."""

from flask_babel import lazy_gettext as _

from portal.core.audit import Kind, describe

describe(
    {"event.read_again": _("Stripe event read again")},
    {"event": Kind(_("Stripe event"), "processor_events.show")},
)
