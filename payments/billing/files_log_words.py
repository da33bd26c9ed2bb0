"""What the log calls bills and trust requests that leave or come in files (FEATURES X7, X9)."""

from flask_babel import lazy_gettext as _

from portal.core.audit import Kind, describe

describe(
    {
        "bill.imported": _("Bill imported"),
        "bills.exported": _("Bills exported"),
        "trust_requests.exported": _("Trust requests exported"),
    },
    {"bills": Kind(_("Bills")), "trust_requests": Kind(_("Trust requests"))},
)
