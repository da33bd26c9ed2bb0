"""Whether a Stripe account can take a firm's payments now, in sentences for staff; and what decides
whether trust money is safe there (FEATURES M4)."""

from flask_babel import gettext as _

from payments.gateway.mapping import Json, part_of
from payments.gateway.results import AccountCheck, Finding


def check_from(account: Json, currency: str) -> AccountCheck:
    """Judge an Account object (https://docs.stripe.com/api/accounts/object)."""
    country = (account.get("country") or "").upper()
    own_currency = (account.get("default_currency") or "").upper()
    problems: list[str] = []
    if not account.get("charges_enabled"):
        problems.append(_("Stripe does not let this account take payments yet."))
    if (account.get("requirements") or {}).get("past_due"):
        problems.append(_("Stripe is waiting for information about this account."))
    if own_currency and own_currency != currency.upper():
        problems.append(
            _(
                "This Stripe account is kept in %(actual)s, not in %(expected)s.",
                actual=own_currency,
                expected=currency.upper(),
            )
        )
    return AccountCheck(
        connected=not problems,
        account_id=account.get("id") or "",
        country=country,
        currency=own_currency,
        problems=tuple(problems),
        findings=(_fee_payer(account), _payout_account(account), _negative_debits(account)),
    )


def unknown_account() -> AccountCheck:
    """The answer for an id that Stripe does not know, or does not let us see."""
    return AccountCheck(
        connected=False,
        problems=(_("Stripe does not know this account, or the key is wrong."),),
    )


def _fee_payer(account: Json) -> Finding:
    """Only "application" bills every fee of the account to the firm's own
    (https://docs.stripe.com/connect/direct-charges-fee-payer-behavior). An account that nobody
    controls pays them itself.
    """
    controller = part_of(account, "controller")
    payer = part_of(controller, "fees").get("payer") or ""
    if not payer and controller.get("type") == "account":
        payer = "account"
    return Finding("fee_payer", payer, safe=payer == "application")


def _payout_account(account: Json) -> Finding:
    """The bank and last digits of where payouts go, so that somebody can see that it is the trust
    bank account. Stripe tells them only of accounts that the firm's own controls."""
    told = part_of(account, "external_accounts")
    outside = sorted(told.get("data") or (), key=lambda bank: not bank.get("default_for_currency"))
    words = [f"{bank.get('bank_name') or ''} {bank.get('last4') or ''}" for bank in outside[:1]]
    has_one = bool(outside) or not told
    return Finding(
        "payout_account",
        "".join(words).strip(),
        safe=bool(account.get("payouts_enabled")) and has_one,
    )


def _negative_debits(account: Json) -> Finding:
    """Whether Stripe may fetch what a dispute has cost from the firm's trust bank account."""
    payouts = part_of(part_of(account, "settings"), "payouts")
    debits = payouts.get("debit_negative_balances")
    found = "" if debits is None else str(debits).lower()
    return Finding("negative_debits", found, safe=debits is False)
