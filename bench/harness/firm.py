"""A firm to measure on: a fresh database in a folder of its own, with accounts and links."""

import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import create_app
from portal.core import db
from portal.core.config import Settings, load_settings

SANDBOX: dict[str, str] = {}
# Made up: nothing here calls Stripe.
STRIPE = {
    "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
    "STRIPE_PUBLISHABLE_KEY": "pk_test_" + "0" * 24,
    "STRIPE_WEBHOOK_SECRETS": "whsec_" + "0" * 32,
    "MAIL_SERVER": "localhost",  # asked for beside Stripe's keys; no worker runs that would send
}


@dataclass(frozen=True)
class BenchFirm:
    """The demo firm, its operating account's live link, and the settings to serve it with."""

    environ: dict[str, str]
    var: Path
    link_token: str
    account_id: int

    def given(self, **changed: str) -> dict[str, Any]:
        """What a server process needs to serve this firm."""
        return {"environ": {**self.environ, **changed}, "var": str(self.var)}

    def settings(self, **changed: str) -> Settings:
        """The same settings for this process."""
        return load_settings({**self.environ, **changed}, self.var)


@contextmanager
def bench_firm(database_url: str | None = None) -> Generator[BenchFirm]:
    """A fresh firm; its folder is gone afterwards. Leaves no database in use."""
    from portal.core import migrations

    with tempfile.TemporaryDirectory(prefix="retainer-bench-") as folder:
        var = Path(folder)
        environ = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "BASE_URL": "http://localhost",
            "DATABASE_URL": database_url or f"sqlite:///{var / 'retainer.db'}",
        }
        settings = load_settings(environ, var)
        migrations.upgrade(settings.database_url)
        create_app(settings)
        link_token, account_id = _furnish()
        db.disconnect()
        yield BenchFirm(environ, var, link_token, account_id)
        db.disconnect()


def _furnish() -> tuple[str, int]:
    from payments.accounts.actions import check_connection
    from payments.accounts.demo import make_demo_accounts
    from payments.links.actions import ensure_link
    from portal.firm.demo import make_demo_firm

    with db.transaction() as session:
        make_demo_firm(session)
        accounts = make_demo_accounts(session)
    for account in (accounts.operating, accounts.trust):
        check_connection(account.id)
    with db.transaction() as session:
        link = ensure_link(session, accounts.operating)
        return link.token, accounts.operating.id
