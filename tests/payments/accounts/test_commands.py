"""`flask add-account`."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from payments.accounts import queries
from payments.accounts.actions import CHECK_CONNECTION
from payments.accounts.commands import add_account
from portal.core import db
from portal.core.db import Database
from portal.core.jobs import Job
from portal.firm.actions import set_up_firm
from portal.firm.demo import HARLOW_REYES

TRUST = ["IOLTA Trust", "--kind", "trust", "--label", "Client trust account"]


@pytest.fixture
def firm(database: Database) -> None:
    with db.transaction() as session:
        set_up_firm(session, HARLOW_REYES)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(add_account, arguments)


def test_L3_an_account_is_added_in_the_firms_currency_and_owed_a_check(firm: None) -> None:
    result = run(*TRUST, "--stripe-account", "acct_1Trust", "--statement", "HARLOW REYES")
    assert result.exit_code == 0, result.output
    with db.read() as session:
        (account,) = queries.bank_accounts(session)
        (job,) = session.scalars(select(Job))
    assert (account.name, account.kind, account.currency) == ("IOLTA Trust", "trust", "USD")
    assert (account.processor_account, account.statement_suffix) == ("acct_1Trust", "HARLOW REYES")
    assert (job.kind, job.args) == (CHECK_CONNECTION, {"account_id": account.id})


@pytest.mark.parametrize(
    "arguments, told",
    [
        ([*TRUST, "--stripe-account", "1Trust"], "A Stripe account begins with acct_."),
        (["", *TRUST[1:]], "Enter a name for this account."),
        (["A", "--kind", "savings", "--label", "A"], "'savings' is not one of"),
    ],
)
def test_L3_what_cannot_be_used_is_told_and_nothing_is_added(
    firm: None, arguments: list[str], told: str
) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert told in result.output
    with db.read() as session:
        assert queries.bank_accounts(session) == []


def test_L3_before_the_firm_is_set_up_there_is_no_account_to_add(database: Database) -> None:
    result = run(*TRUST)
    assert result.exit_code == 1
    assert "create-admin" in result.output
