"""What may be typed into each field of a bank account."""

import re
from collections.abc import Callable

from flask_babel import gettext as _

from payments.accounts.models import AccountKind
from portal.core.errors import Invalid
from portal.firm.lines import name_line

NAME_CHARS_MAX = 80
STATEMENT_SUFFIX = re.compile(r"[A-Za-z0-9 .,&/-]{0,22}")
PROCESSOR_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{1,59}")


def faults(**typed: str | None) -> dict[str, str]:
    """A sentence for each of these fields of an account that cannot be used as it was typed."""
    checks: dict[str, Callable[[str], object]] = {
        "name": lambda value: line("name", value),
        "public_label": lambda value: line("public_label", value),
        "kind": kind_of,
        "processor_account": lambda value: processor_account_of(value or None),
        "statement_suffix": suffix,
    }
    found: dict[str, str] = {}
    for field, value in typed.items():
        try:
            checks[field](value or "")
        except Invalid as wrong:
            found[field] = str(wrong)
    return found


def kind_of(kind: str) -> AccountKind:
    """Trust or operating. Raises `Invalid`."""
    if kind not in list(AccountKind):
        raise Invalid(_("Choose trust or operating."), "kind")
    return AccountKind(kind)


def line(field: str, typed: str) -> str:
    """The name of an account, or its public label: one line of text that can be seen as it is.

    Raises `Invalid` with the field.
    """
    missing = (
        _("Enter a name for this account.") if field == "name" else _("Enter what payers see.")
    )
    return name_line(field, typed, NAME_CHARS_MAX, missing)


def processor_account_of(typed: str | None) -> str | None:
    """The id of a connected account at the processor; None is the firm's own. Raises `Invalid`."""
    if typed is not None and not PROCESSOR_ACCOUNT.fullmatch(typed):
        raise Invalid(_("A Stripe account begins with acct_."), "processor_account")
    return typed


def suffix(typed: str) -> str:
    """What ends the line on the payer's card statement, or nothing. Raises `Invalid`.

    It needs a letter: https://docs.stripe.com/get-started/account/statement-descriptors
    """
    if not STATEMENT_SUFFIX.fullmatch(typed):
        raise Invalid(_("Use at most 22 plain letters and digits."), "statement_suffix")
    if typed and not any(char.isalpha() for char in typed):
        raise Invalid(_("Use at least one letter."), "statement_suffix")
    return typed
