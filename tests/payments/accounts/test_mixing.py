"""FEATURES M3: trust and operating money never share a Stripe account, however it was typed."""

from typing import Any

import pytest
from sqlalchemy import select

from payments.accounts import jobs, queries
from payments.accounts.actions import add_account, check_connection, check_processor
from payments.accounts.models import BankAccount
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.core.errors import Invalid
from portal.notifications.models import Alert
from tests.payments.accounts.processor import Processor


def added(name: str, kind: str, processor_account: str | None, **more: Any) -> BankAccount:
    with db.transaction() as session:
        return add_account(
            session,
            name=name,
            public_label=name,
            kind=kind,
            currency="USD",
            processor_account=processor_account,
            **more,
        )


def again(account: BankAccount) -> BankAccount:
    with db.read() as session:
        return queries.bank_account(session, account.public_id)


def told() -> list[AuditEntry]:
    with db.read() as session:
        lines = select(AuditEntry).where(AuditEntry.action == "processor.checked")
        return list(session.scalars(lines.order_by(AuditEntry.id)))


@pytest.mark.parametrize("first, second", [(None, "acct_own"), ("acct_own", None)])
def test_M3_the_firms_own_account_is_known_by_its_id(
    first: str | None, second: str | None, database: Database, processor: Processor
) -> None:
    check_processor("USD", by="user:ada")
    added("Trust", "trust", first)
    with pytest.raises(Invalid) as refused:
        added("Operating", "operating", second)
    assert refused.value.field == "processor_account"
    assert "Trust is paid through this Stripe account." in str(refused.value)
    added("Second trust", "trust", second)
    added("Operating", "operating", "acct_other")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_M3_a_mixing_that_a_check_finds_keeps_both_accounts_unconnected(
    order: tuple[int, int], database: Database, processor: Processor
) -> None:
    """Before the first check nobody knows the id of the firm's own account."""
    accounts = added("Operating", "operating", None), added("Trust", "trust", "acct_own")
    for place in order:
        check_connection(accounts[place].id)
    operating, trust = (again(account) for account in accounts)
    assert not operating.connected
    assert not trust.connected
    assert operating.checked_problems[0].startswith("Trust is paid through this Stripe account.")
    assert trust.checked_problems[0].startswith("Operating is paid through this Stripe account.")
    jobs.check_every_account()
    assert not again(operating).connected
    assert not again(trust).connected


def test_M3_a_mixing_found_later_is_put_before_the_staff(
    database: Database, processor: Processor
) -> None:
    processor.own = "acct_former"
    accounts = added("Operating", "operating", None), added("Trust", "trust", "acct_own")
    jobs.check_every_account()
    assert [again(account).connected for account in accounts] == [True, True]
    processor.own = "acct_own"
    check_processor("USD", by="user:ada")
    assert [again(account).connected for account in accounts] == [False, False]
    with db.read() as session:
        sentences = set(session.scalars(select(Alert.sentence)))
    assert {one.split(":")[0] for one in sentences} == {
        "Operating can take no payments",
        "Trust can take no payments",
    }


def test_the_log_tells_whose_account_the_keys_open_once(
    database: Database, processor: Processor
) -> None:
    account = added("Operating", "operating", None)
    check_connection(account.id)
    check_connection(account.id)
    (line,) = told()
    assert (line.detail["account"], line.detail["mode"]) == ("acct_own", "sandbox")


def test_M3_an_answer_without_an_account_forgets_no_id(
    database: Database, processor: Processor
) -> None:
    check_processor("USD", by="user:ada")
    processor.own = ""
    check_processor("USD", by="user:ada")
    added("Trust", "trust", None)
    with pytest.raises(Invalid):
        added("Operating", "operating", "acct_own")
