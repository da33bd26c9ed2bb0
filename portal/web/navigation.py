"""Where the pages of the firm's people stand in the bar, in the order shown.

Pages are named by their endpoints, which tie no feature to another; one that this deployment has
not, or that the user may not open, is left out.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the navigation; entries of one `section` stand under its name together.

    `also` names further blueprints whose pages belong to this entry, `pages` single endpoints that
    do, and then to no other entry.
    """

    label: Any
    endpoint: str
    section: Any = None
    also: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    def holds(self, endpoint: str) -> bool:
        """Whether a page belongs to this entry."""
        if any(endpoint in entry.pages for entry in NAVIGATION):
            return endpoint in self.pages
        blueprint = endpoint.split(".")[0]
        return blueprint == self.endpoint.split(".")[0] or blueprint in self.also


_ONLINE_PAYMENTS, _BILLING, _SETTINGS = _("Online payments"), _("Billing"), _("Settings")

NAVIGATION = (
    Entry(_("Overview"), "overview.index", pages=("bills.receivables", "transactions.weekly")),
    Entry(_("Transactions"), "transactions.index", _ONLINE_PAYMENTS),
    Entry(_("Disputes"), "disputes.index", _ONLINE_PAYMENTS),
    Entry(_("Trust tasks"), "trust_tasks.index", _ONLINE_PAYMENTS),
    Entry(_("New charge"), "links.new_charge", _ONLINE_PAYMENTS),
    Entry(_("Payment plans"), "payment_plans.index", _ONLINE_PAYMENTS),
    Entry(_("Contacts"), "contacts.index"),
    Entry(_("Matters"), "matters.index"),
    Entry(
        _("Client portals"),
        "client_portals.index",
        also=("participants", "staff_messages", "shared_resources"),
    ),
    Entry(_("Bills"), "bills.index", _BILLING),
    Entry(_("Trust requests"), "trust_requests.index", _BILLING),
    Entry(_("Alerts"), "notifications.index"),
    Entry(_("Emails"), "outbox.index"),
    Entry(_("Set up"), "settings.index", _SETTINGS),
    Entry(_("Users"), "users.index", _SETTINGS),
    Entry(
        _("Groups, Permissions, and Job Titles"),
        "groups.index",
        _SETTINGS,
        also=("permissions", "job_titles"),
    ),
    Entry(_("Payment Notifications"), "payment_notifications.show", _SETTINGS),
    Entry(_("Bank accounts"), "bank_accounts.index", _SETTINGS),
    Entry(_("Billing"), "billing_settings.show", _SETTINGS),
    Entry(_("Client portal"), "portal_settings.show", _SETTINGS),
    Entry(_("Branding"), "branding.show", _SETTINGS),
    Entry(_("Import and export"), "imports.index", _SETTINGS),
    Entry(_("Activity log"), "activity_log.index", _SETTINGS),
)

CREATE_NEW = (
    (_("Record Payment"), "receipts.new"),
    (_("New bill"), "bills.new"),
    (_("New trust request"), "trust_requests.new"),
    (_("New contact"), "contacts.new"),
    (_("New matter"), "matters.new"),
)
