"""The bank accounts of the demo, connected as far as the sandbox knows them."""

from dataclasses import dataclass

import pytest
from flask import Flask

from payments.accounts.actions import check_connection
from payments.accounts.demo import DemoAccounts, make_demo_accounts
from payments.links import actions, queries
from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from tests.support.stages import stage


@pytest.fixture
def kept(database: Database, settings: Settings) -> DemoAccounts:
    """Three bank accounts that nobody has asked the processor about."""
    config.use(settings)
    with db.transaction() as session:
        return make_demo_accounts(session)


@dataclass(frozen=True)
class Given:
    """The accounts as staff find them: two with links, one that is not connected."""

    accounts: DemoAccounts

    @property
    def operating(self) -> str:
        """The operating account's name in addresses."""
        return self.accounts.operating.public_id

    @property
    def trust(self) -> str:
        """The trust account's name in addresses."""
        return self.accounts.trust.public_id

    @property
    def escrow(self) -> str:
        """The name in addresses of the account that is not connected."""
        return self.accounts.escrow.public_id

    def url(self, public_id: str) -> str:
        """The address of an account's live link now."""
        with db.read() as session:
            (row,) = queries.linked_accounts(session, public_id)
        assert row.url is not None
        return row.url

    def token(self, public_id: str) -> str:
        """The token of an account's live link now."""
        return self.url(public_id).rsplit("/", 1)[1]


@pytest.fixture
def given(app: Flask) -> Given:
    """The demo's accounts, checked by the sandbox, with their links."""
    return Given(stage("accounts with links", _accounts))


def _accounts() -> DemoAccounts:
    with db.transaction() as session:
        accounts = make_demo_accounts(session)
    for account in (accounts.operating, accounts.trust, accounts.escrow):
        check_connection(account.id)
    with db.transaction() as session:
        actions.ensure_links(session)
    return accounts
