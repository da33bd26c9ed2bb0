"""Whether a Stripe account keeps trust money safe, before it may take any (FEATURES M4).

Three settings are read at every check (https://docs.stripe.com/connect/design-an-integration):
whom Stripe charges its fees, into which bank account it pays out, and whether it may take money
back from that bank account. An administrator may let an account go live all the same, with a
reason, for exactly what was read; when any of it changes, that ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.gateway.results import AccountCheck, Finding
from portal.core import audit, clock
from portal.core.errors import Conflict, Invalid
from portal.notifications.actions import seen_to

DISCONNECTED = "bank_account.disconnected"
"""The alert of an account that takes no payments any more."""

SETTINGS = ("fee_payer", "payout_account", "negative_debits")
REASON_CHARS_MIN = 10
REASON_CHARS_MAX = 500


class ReadAnew(Conflict):
    """What was read has changed since it was shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """One setting in words: what it is, what was read, and what is wrong with it, or nothing."""

    name: str
    found: str
    problem: str


def keep(session: Session, account: BankAccount, found: AccountCheck) -> list[str]:
    """Keep what was read of a trust account; answers what keeps it from going live, in sentences.

    A setting that Stripe tells nothing of is not safe. An operating account has no preflight, and
    of an account that Stripe does not show nothing was read: its own problem stands for it. The
    account's row is locked by the caller.
    """
    if account.kind != AccountKind.TRUST or not found.findings:
        return []
    told = {finding.setting: finding for finding in found.findings}
    rows = [_row(told.get(name) or Finding(name, "", safe=False)) for name in SETTINGS]
    account.preflight = rows
    if account.override_of is not None and account.override_of != rows:
        _end(session, account, by="processor")
    return [] if account.override_of is not None else problems(account)


def problems(account: BankAccount) -> list[str]:
    """A sentence for each setting that was read of a trust account and does not protect it."""
    return [_problem(row) for row in account.preflight if not row["safe"]]


def lines(account: BankAccount) -> list[Line]:
    """What was last read of a trust account, in words; nothing while it was not read."""
    return [
        Line(_name(row["setting"]), _found(row), "" if row["safe"] else _problem(row))
        for row in account.preflight
    ]


def mark(account: BankAccount) -> str:
    """What was read, as a form carries it, so that nobody overrides what they have not seen."""
    return " ".join(f"{row['setting']}={row['found']}={row['safe']}" for row in account.preflight)


def override(
    session: Session, account: BankAccount, *, reason: str, expected: str, by: str
) -> None:
    """Let a trust account go live though its preflight fails, for what was read and shown (M4).

    Its other problems stay. Raises `Invalid` beside `reason`, `ReadAnew` where the answers are
    others than the `mark` of those shown, `Conflict` where nothing has to be overridden.
    """
    why_not = problems(account)
    if mark(account) != expected:
        raise ReadAnew(_("Stripe has answered otherwise meanwhile. Look at it again."))
    if not why_not or account.override_of is not None:
        raise Conflict(_("This account needs no override now."))
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARS_MIN:
        raise Invalid(_("Say in a sentence why this account may take trust money."), "reason")
    if len(reason) > REASON_CHARS_MAX:
        raise Invalid(_("Use at most %(most)s characters.", most=REASON_CHARS_MAX), "reason")
    account.override_of = list(account.preflight)
    account.override_reason, account.override_by = reason, by
    account.override_at = clock.now()
    account.checked_problems = [one for one in account.checked_problems if one not in why_not]
    session.flush()
    if account.connected:
        seen_to(session, DISCONNECTED, f"bank_account:{account.public_id}", by=by)
    audit.record(
        session,
        by,
        "bank_account.preflight_overridden",
        f"bank_account:{account.public_id}",
        reason=reason,
        found=account.override_of,
    )


def withdraw(session: Session, account: BankAccount, *, by: str) -> None:
    """End an override: the account takes no payments until its preflight passes.

    Raises `Conflict` where there is none.
    """
    if account.override_of is None:
        raise Conflict(_("This account needs no override now."))
    _end(session, account, by=by)
    account.checked_problems = [*account.checked_problems, *problems(account)]
    session.flush()


def _end(session: Session, account: BankAccount, *, by: str) -> None:
    subject = f"bank_account:{account.public_id}"
    audit.record(
        session, by, "bank_account.override_ended", subject, reason=account.override_reason
    )
    account.override_of, account.override_reason = None, ""
    account.override_by = account.override_at = None


def _row(finding: Finding) -> dict[str, Any]:
    return {"setting": finding.setting, "found": finding.found, "safe": finding.safe}


def _name(setting: str) -> str:
    return {
        "fee_payer": _("Stripe's fees"),
        "payout_account": _("Payouts go to"),
        "negative_debits": _("Debits of that bank"),
    }[setting]


def _found(row: Mapping[str, Any]) -> str:
    words = {
        ("fee_payer", "application"): _("Your firm's own Stripe account pays them"),
        ("fee_payer", "account"): _("Taken out of trust money"),
        ("negative_debits", "false"): _("Stripe may make none"),
        ("negative_debits", "true"): _("Stripe may make them"),
    }
    return words.get((row["setting"], row["found"])) or row["found"] or _("Stripe does not say")


def _problem(row: Mapping[str, Any]) -> str:
    return {
        "fee_payer": _(
            "Stripe would take its fees out of trust money. Trust needs a connected account whose "
            "fees your firm's own Stripe account pays."
        ),
        "payout_account": _(
            "Stripe has no bank account that it may pay this trust money into. Add your trust "
            "bank account there, or see why its payouts are stopped."
        ),
        "negative_debits": _(
            "Stripe may take money back from your trust bank account by itself. Turn off debits "
            "for negative balances there."
        ),
    }[row["setting"]]
