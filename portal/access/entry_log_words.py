"""What a client's coming in is called in the activity log (FEATURES X9)."""

from flask_babel import lazy_gettext as _

from portal.core.audit import describe

describe(
    {
        "client.browser_ended": _("Client signed another browser out"),
        "client.invited": _("Client invited"),
        "client.joined": _("Client accepted the invitation"),
        "client.others_ended": _("Client signed out everywhere else"),
        "client.passkey_added": _("Client added a passkey"),
        "client.passkey_removed": _("Client removed a passkey"),
        "client.passkey_renamed": _("Client renamed a passkey"),
        "client.signed_in": _("Client signed in"),
        "client.signed_out": _("Client signed out"),
    }
)
