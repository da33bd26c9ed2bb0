"""What each permission level may do: the one table that the guards of the staff pages read, and
that **Settings → Groups, Permissions, and Job Titles → Permissions** shows (FEATURES N9)."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

ADMINISTRATOR, BILLING, ACCOUNTS = "administrator", "billing", "accounts"


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that staff pages let people do, in words, and who may.

    `levels` are those of which a user must hold one; none: every active user. `confirmed`: before
    a change the user shows once more who they are, since a borrowed browser could do lasting harm.
    """

    name: str
    words: Any
    levels: tuple[str, ...] = ()
    confirmed: bool = False

    def allows(self, held: frozenset[str]) -> bool:
        """Whether somebody who holds these levels may."""
        return not self.levels or not held.isdisjoint(self.levels)


_table: list[Permission] = []


def _may(name: str, words: Any, *levels: str, confirmed: bool = False) -> Permission:
    row = Permission(name, words, levels, confirmed)
    _table.append(row)
    return row


LOOK = _may("look", _("See contacts, matters, bills, payments, alerts and emails"))
KEEP_CLIENTS = _may("keep-clients", _("Add and change contacts and matters"))
PORTALS = _may(
    "write-in-portals",
    _("Write with clients, share documents, and choose who takes part in a portal"),
)
OWN_SIGN_IN = _may("own-sign-in", _("Change your own password, passkeys and codes, and sign out"))

WRITE_BILLS = _may(
    "write-bills",
    _("Draft, approve, issue and void bills and trust requests"),
    BILLING,
    ADMINISTRATOR,
)
SEND_BILLS = _may(
    "send-bills", _("Send bills and trust requests, and remind of them"), BILLING, ADMINISTRATOR
)
SET_RATES = _may(
    "set-rates", _("Set custom billing rates of contacts and matters"), BILLING, ADMINISTRATOR
)

LINK_PAYMENTS = _may(
    "link-payments", _("Link payments to a client or matter"), ACCOUNTS, ADMINISTRATOR
)
RECORD_PAYMENTS = _may(
    "record-payments",
    _("Record payments, apply them to bills, and take them off again"),
    ACCOUNTS,
    ADMINISTRATOR,
)
REFUND = _may(
    "refund-payments",
    _("Refund payments, in full or in part"),
    ACCOUNTS,
    ADMINISTRATOR,
    confirmed=True,
)
PAY_FROM_TRUST = _may(
    "pay-from-trust", _("Pay bills from the client's trust money"), ACCOUNTS, ADMINISTRATOR
)
CHARGE_METHODS = _may(
    "charge-methods",
    _("Charge stored payment methods, and ask clients to store one"),
    ACCOUNTS,
    ADMINISTRATOR,
)
RUN_PLANS = _may(
    "run-plans", _("Set up and change payment plans and autocharge"), ACCOUNTS, ADMINISTRATOR
)
EXPORT_BOOKS = _may(
    "export-books",
    _("Export payments, contacts, matters, bills and trust requests to a file"),
    ACCOUNTS,
    ADMINISTRATOR,
)
ANSWER_DISPUTES = _may(
    "answer-disputes",
    _("Answer or accept disputes, and release what is shown to a bank"),
    ACCOUNTS,
    ADMINISTRATOR,
    confirmed=True,
)
REPLENISH_TRUST = _may(
    "replenish-trust",
    _("Record what the firm puts into trust, or takes out again, for fees and money taken back"),
    ACCOUNTS,
    ADMINISTRATOR,
    confirmed=True,
)
RESOLVE_ALERTS = _may(
    "resolve-alerts", _("Resolve alerts, and try failed work again"), ACCOUNTS, ADMINISTRATOR
)

RESTRICT_MATTERS = _may("restrict-matters", _("Restrict matters to groups"), ADMINISTRATOR)
SEND_EMAIL_AGAIN = _may("send-email-again", _("Send a failed email again"), ADMINISTRATOR)
SET_UP_FIRM = _may("set-up-firm", _("Open Settings and set the firm up"), ADMINISTRATOR)
SET_BRANDING = _may("set-branding", _("Change and publish the branding"), ADMINISTRATOR)
MANAGE_GROUPS = _may("manage-groups", _("Add, change and archive groups"), ADMINISTRATOR)
CHOOSE_PAYMENT_NOTIFICATIONS = _may(
    "choose-payment-notifications", _("Choose who is emailed about payments"), ADMINISTRATOR
)
SET_BILLING = _may(
    "set-billing",
    _("Set how the firm bills and reminds, and turn online payments on or off"),
    ADMINISTRATOR,
)
MANAGE_USERS = _may(
    "manage-users",
    _("Invite and disable users, and change their levels"),
    ADMINISTRATOR,
    confirmed=True,
)
MANAGE_BANK_ACCOUNTS = _may(
    "manage-bank-accounts",
    _("Add bank accounts, set their limits, and retire their links"),
    ADMINISTRATOR,
    confirmed=True,
)
CHOOSE_WEBSITES = _may(
    "choose-websites",
    _("Choose which websites may show a payment page"),
    ADMINISTRATOR,
    confirmed=True,
)
IMPORT = _may(
    "import", _("Import contacts, matters and bills from a file"), ADMINISTRATOR, confirmed=True
)
READ_LOG = _may("read-log", _("Read the activity log"), ADMINISTRATOR)

TABLE = tuple(_table)
