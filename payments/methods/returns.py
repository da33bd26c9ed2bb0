"""Why a bank sent a payment back, in words: the codes of the ACH network, and the processor's.

    words("R02") == words("account_closed")

R-codes as Nacha lists them (https://achdevguide.nacha.org/ach-return-codes), the processor's words
for them from https://docs.stripe.com/payments/ach-direct-debit#ach-payments-workflow. They are told
to payer and firm alike, so they blame nobody (FEATURES P7), and no code is shown to a payer.
"""

from collections.abc import Callable

from flask_babel import gettext as _

FUNDS = frozenset({"R01", "R09", "insufficient_funds"})
_CLOSED = frozenset({"R02", "account_closed", "bank_account_closed"})
_NOT_FOUND = frozenset(
    {
        "R03",
        "R04",
        "R13",
        "R28",
        "no_account",
        "invalid_account_number",
        "incorrect_account_details",
        "bank_account_invalid_details",
    }
)
_UNAUTHORIZED = frozenset({"R05", "R07", "R10", "R11", "R29", "R51", "debit_not_authorized"})
_STOPPED = frozenset({"R08", "R52", "customer_initiated"})
_HELD = frozenset({"R16", "R20", "bank_account_restricted"})
_OWNER = frozenset({"R14", "R15", "bank_ownership_changed"})
_PROCESSING = frozenset({"R06", "R17", "R18", "R19", "R31", "R61", "bank_cannot_process"})


def words(code: str) -> str:
    """One sentence, in the reader's language. A code that nobody knows, or none, is told as that
    the bank gave no reason that says more."""
    for codes, told in _TOLD:
        if code in codes:
            return told()
    return _("The bank gave no reason that says more. It can tell its customer why.")


def is_known(code: str) -> bool:
    """Whether there are words for this very code."""
    return any(code in codes for codes, _told in _TOLD)


_TOLD: tuple[tuple[frozenset[str], Callable[[], str]], ...] = (
    (FUNDS, lambda: _("There was not enough money in the bank account.")),
    (_CLOSED, lambda: _("The bank says that this account is closed.")),
    (_NOT_FOUND, lambda: _("The bank could not find an account with these numbers.")),
    (
        _UNAUTHORIZED,
        lambda: _("The account's owner told the bank that this payment was not authorized."),
    ),
    (_STOPPED, lambda: _("The account's owner asked the bank to stop this payment.")),
    (_HELD, lambda: _("The bank does not allow withdrawals from this account.")),
    (_OWNER, lambda: _("The bank says that the account no longer has this owner.")),
    (_PROCESSING, lambda: _("The bank could not process the payment.")),
)
