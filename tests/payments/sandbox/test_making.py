"""The accounts that the sandbox opens for a firm."""

from collections.abc import Generator

import pytest
from flask import Flask

from payments.sandbox.current import sandbox, use
from payments.sandbox.desk import PLATFORM_ACCOUNT_ID
from payments.sandbox.making import TRUST_ACCOUNT_ID, make_sandbox
from portal.core import db
from portal.core.config import Settings
from portal.firm import queries
from portal.firm.models import Country
from tests.support.cast import Cast


@pytest.fixture
def canadian(app: Flask, cast: Cast, settings: Settings) -> Generator[None]:
    """The product started once more, for a firm in Canada."""
    before = sandbox()
    with db.transaction() as session:
        firm = queries.firm(session)
        assert firm is not None
        firm.country = Country.CA
        firm.locale = "en_CA"
    use(make_sandbox(settings))
    yield
    use(before)


@pytest.mark.usefixtures("canadian")
@pytest.mark.parametrize("account_id", [PLATFORM_ACCOUNT_ID, TRUST_ACCOUNT_ID])
def test_the_accounts_of_a_canadian_firm_are_canadian_and_know_no_echeck(account_id: str) -> None:
    """P2: so its bank accounts connect, and take cards in Canadian dollars."""
    with sandbox().service.store.writing() as book:
        owner = "" if account_id == PLATFORM_ACCOUNT_ID else account_id
        account = book.find(owner, account_id)
    assert account is not None
    assert (account.body["country"], account.body["default_currency"]) == ("CA", "cad")
    assert "us_bank_account_ach_payments" not in account.body["capabilities"]


def test_the_accounts_are_american_while_there_is_no_firm(app: Flask) -> None:
    """A database without a table starts all the same: `flask db upgrade` starts the app too."""
    with sandbox().service.store.writing() as book:
        account = book.find("", PLATFORM_ACCOUNT_ID)
    assert account is not None
    assert account.body["default_currency"] == "usd"
