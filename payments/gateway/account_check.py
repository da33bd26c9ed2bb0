"""Whether a Stripe account can take a firm's payments now, in sentences for staff."""

from flask_babel import gettext as _

from payments.gateway.mapping import Json
from payments.gateway.results import AccountCheck


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
    )


def unknown_account() -> AccountCheck:
    """The answer for an id that Stripe does not know, or does not let us see."""
    return AccountCheck(
        connected=False,
        problems=(_("Stripe does not know this account, or the key is wrong."),),
    )
