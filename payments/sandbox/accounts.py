"""The accounts at the processor: the platform's own, and those connected to it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from payments.sandbox.book import PLATFORM, Book, Json, Record
from payments.sandbox.desk import PLATFORM_ACCOUNT_ID, Desk
from payments.sandbox.events import record_event

FeesPayer = Literal["account", "application"]

# Where the processor pays every account out to.
PAYOUT_BANK = "Summit Test Savings"
PAYOUT_LAST4 = "0118"


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides whether trust money is safe on an account (FEATURES M4).

    With `fees_payer` 'application' the platform pays the fees and the account is paid gross
    (STRIPE layout B, https://docs.stripe.com/connect/direct-charges-fee-payer-behavior).
    `fees_from_account` nets the fees out all the same: the misconfiguration that the product
    must notice on trust money. With `debit_negative_balances` the processor may take what a
    dispute has cost from the bank account that payouts go to.
    """

    fees_payer: FeesPayer = "account"
    fees_from_account: bool = False
    debit_negative_balances: bool = False


def put_account(
    book: Book,
    account_id: str,
    *,
    country: str,
    currency: str,
    name: str,
    created: int,
    fees_payer: FeesPayer = "account",
    fees_from_account: bool = False,
    debit_negative_balances: bool = False,
    charges_enabled: bool = True,
) -> None:
    """Add an account, or bring the one of that id to this state; see `Terms`."""
    owner = PLATFORM if account_id == PLATFORM_ACCOUNT_ID else account_id
    body = _account_body(account_id, country, currency, name, created, charges_enabled)
    record = book.find(owner, account_id)
    if record is None:
        record = book.add(owner, "account", created, body)
    record.body = body | {"created": record.created}
    _settle_terms(record, Terms(fees_payer, fees_from_account, debit_negative_balances))
    book.save(record)


def terms_of(account: Record) -> Terms:
    """The terms that an account is on."""
    payer = account.body["controller"].get("fees", {}).get("payer", "account")
    debits = account.body["settings"]["payouts"]["debit_negative_balances"]
    return Terms(payer, bool(account.hidden.get("fees_from_account")), debits)


def chosen_terms(book: Book, account_id: str) -> Terms | None:
    """The terms that somebody has chosen on the sandbox's page; they outlive a restart."""
    chosen: Any = book.settings().get(f"terms {account_id}")
    return None if chosen is None else Terms(**chosen)


def choose_terms(desk: Desk, terms: Terms) -> None:
    """Put this connected account on other terms, and say so by `account.updated`."""
    account = desk.account_record()
    _settle_terms(account, terms)
    desk.book.save(account)
    desk.book.set_setting(f"terms {account.object_id}", asdict(terms))
    record_event(desk, "account.updated", account.body)


def _settle_terms(account: Record, terms: Terms) -> None:
    account.body["controller"] = _controller(account.object_id, terms.fees_payer)
    account.body["settings"]["payouts"]["debit_negative_balances"] = terms.debit_negative_balances
    account.hidden = {"fees_from_account": terms.fees_from_account}


def is_connected(book: Book, account_id: str) -> bool:
    """Whether a request may name that account in `Stripe-Account`."""
    record = book.find(account_id, account_id)
    return record is not None and record.kind == "account"


def _account_body(
    account_id: str,
    country: str,
    currency: str,
    name: str,
    created: int,
    charges_enabled: bool,
) -> Json:
    capability = "active" if charges_enabled else "inactive"
    capabilities = {"card_payments": capability, "transfers": capability}
    if country == "US":
        capabilities["us_bank_account_ach_payments"] = capability
    requirements = _requirements(charges_enabled)
    body: Json = {
        "id": account_id,
        "object": "account",
        "business_profile": {"mcc": "8111", "name": name, "url": None},
        "business_type": "company",
        "capabilities": capabilities,
        "charges_enabled": charges_enabled,
        "controller": {},
        "country": country,
        "created": created,
        "default_currency": currency,
        "details_submitted": True,
        "email": None,
        "future_requirements": requirements | {"currently_due": [], "disabled_reason": None},
        "metadata": {},
        "payouts_enabled": charges_enabled,
        "requirements": requirements,
        "settings": _settings(name),
        "tos_acceptance": {"date": created},
        "type": "standard" if account_id == PLATFORM_ACCOUNT_ID else "none",
    }
    if account_id != PLATFORM_ACCOUNT_ID:
        # Stripe tells these only of the accounts that the platform controls.
        body["external_accounts"] = _outside(account_id, country, currency)
    return body


def _outside(account_id: str, country: str, currency: str) -> Json:
    bank: Json = {
        "id": f"ba_{account_id.removeprefix('acct_')}",
        "object": "bank_account",
        "account": account_id,
        "bank_name": PAYOUT_BANK,
        "country": country,
        "currency": currency,
        "default_for_currency": True,
        "last4": PAYOUT_LAST4,
        "metadata": {},
        "status": "new",
    }
    return {
        "object": "list",
        "data": [bank],
        "has_more": False,
        "url": f"/v1/accounts/{account_id}/external_accounts",
    }


def _requirements(charges_enabled: bool) -> Json:
    due = [] if charges_enabled else ["business_profile.url"]
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": None if charges_enabled else "requirements.past_due",
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }


def _controller(account_id: str, fees_payer: FeesPayer) -> Json:
    if account_id == PLATFORM_ACCOUNT_ID:
        return {"type": "account"}
    return {
        "fees": {"payer": fees_payer},
        "is_controller": True,
        "losses": {"payments": "application" if fees_payer == "application" else "stripe"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": "full"},
        "type": "application",
    }


def _settings(name: str) -> Json:
    descriptor = name.upper()[:22]
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {
            "icon": None,
            "logo": None,
            "primary_color": None,
            "secondary_color": None,
        },
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": descriptor[:10],
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": name, "timezone": "America/New_York"},
        "payments": {
            "statement_descriptor": descriptor,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": False,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
