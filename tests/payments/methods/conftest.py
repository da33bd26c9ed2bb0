"""A client of a firm with a trust and an operating account, and somebody who pays for her."""

import pytest
from flask import Flask

from payments.accounts.demo import DemoAccounts, make_demo_accounts
from payments.methods.models import MethodRequest
from portal.clients.models import Contact
from portal.core import db
from tests.factories import clients
from tests.factories.asked import Storer, ask_for
from tests.factories.fixtures import no_waiting  # noqa: F401  pytest finds fixtures by name
from tests.factories.methods import Wallet
from tests.support.cast import Cast


@pytest.fixture
def accounts(cast: Cast) -> DemoAccounts:
    """The firm's bank accounts."""
    with db.transaction() as session:
        return make_demo_accounts(session)


@pytest.fixture
def cleo(cast: Cast) -> Contact:
    """A client with an email of her own."""
    return clients.contact("Cleo Vance", "cleo@client.test")


@pytest.fixture
def wallet(cleo: Contact, accounts: DemoAccounts) -> Wallet:
    """A payer of Cleo's bills."""
    return Wallet(cleo, accounts.operating)


@pytest.fixture
def trust_wallet(cleo: Contact, accounts: DemoAccounts) -> Wallet:
    """A payer of Cleo's trust requests."""
    return Wallet(cleo, accounts.trust)


@pytest.fixture
def asked(cleo: Contact, accounts: DemoAccounts) -> MethodRequest:
    """Cleo is asked to store a method for bills."""
    return ask_for(cleo, accounts.operating)


@pytest.fixture
def storer(app: Flask, asked: MethodRequest, accounts: DemoAccounts) -> Storer:
    """Cleo, before the page that she was emailed."""
    return Storer(app, asked, accounts.operating.processor_account)
