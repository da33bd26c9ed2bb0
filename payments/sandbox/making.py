"""Setting the sandbox up: its file beside the product's, its accounts, its webhook secret."""

import hashlib
import hmac
from dataclasses import asdict
from functools import partial

from sqlalchemy import inspect

from payments.sandbox.accounts import Terms, chosen_terms, put_account
from payments.sandbox.current import Sandbox
from payments.sandbox.delivery import post_to
from payments.sandbox.desk import PLATFORM_ACCOUNT_ID
from payments.sandbox.keys import Keys
from payments.sandbox.service import CheckRequest, CheckResponse, SandboxService
from payments.sandbox.store import Store
from payments.sandbox.webhooks import Post, Webhooks
from portal.core import clock, db
from portal.core.config import Settings
from portal.firm.models import CURRENCY_OF, Country, Firm

KEYS = Keys("sk_sandbox_demo", "pk_sandbox_demo")
TRUST_ACCOUNT_ID = "acct_sandboxtrust"
OPENED = 1_700_000_000


def webhook_secret(settings: Settings) -> str:
    """The secret that the sandbox signs its webhooks with; nobody has to configure it."""
    mac = hmac.new(settings.secret_key.encode(), b"sandbox webhooks", hashlib.sha256)
    return f"whsec_{mac.hexdigest()}"


def make_sandbox(
    settings: Settings,
    *,
    post: Post | None = None,
    check_request: CheckRequest | None = None,
    check_response: CheckResponse | None = None,
) -> Sandbox:
    """The service with its own books, and the two accounts of the firm, in the firm's country.

    The platform is the firm's operating account; trust is connected to it and paid gross
    (STRIPE layout B). Webhooks go over HTTP to this product unless `post` takes them.
    """
    store = Store(settings.var / "sandbox.db")
    service = SandboxService(
        store,
        clock.now,
        KEYS,
        base_url=settings.base_url,
        check_request=check_request,
        check_response=check_response,
    )
    country = _country()
    currency = CURRENCY_OF[country].lower()
    with store.writing() as book:
        add = partial(put_account, book, country=country, currency=currency, created=OPENED)
        add(PLATFORM_ACCOUNT_ID, name="Operating")
        terms = chosen_terms(book, TRUST_ACCOUNT_ID) or Terms(fees_payer="application")
        add(TRUST_ACCOUNT_ID, name="Trust", **asdict(terms))
    webhooks = Webhooks(store, clock.wall_time, secret=webhook_secret(settings))
    address = f"{settings.base_url}/webhooks/stripe"
    return Sandbox(service, webhooks, post or partial(post_to, address))


def _country() -> Country:
    """The firm's; the US for as long as there is no firm, or not even a table for it."""
    with db.read() as session:
        if not inspect(session.connection()).has_table(Firm.__tablename__):
            return Country.US
        firm = session.get(Firm, 1)
        return Country(firm.country) if firm is not None else Country.US
