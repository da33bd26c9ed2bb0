"""Keeping the firm's bank accounts and asking the processor how they stand."""

from typing import Any

import pytest
from sqlalchemy import select

from payments.accounts import jobs, queries
from payments.accounts.actions import add_account, check_connection, set_link_limits
from payments.accounts.models import BankAccount
from payments.gateway.errors import Unavailable
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database, NestedTransaction
from portal.core.errors import Conflict, Invalid, Missing
from portal.core.jobs import Job
from portal.notifications.models import Alert
from tests.payments.accounts.processor import Processor


def added(**more: Any) -> BankAccount:
    details: dict[str, Any] = {
        "name": "IOLTA Trust",
        "public_label": "Client trust account",
        "kind": "trust",
        "currency": "USD",
        "processor_account": "acct_trust",
    }
    with db.transaction() as session:
        return add_account(session, **(details | more))


def again(account: BankAccount) -> BankAccount:
    with db.read() as session:
        return queries.bank_account(session, account.public_id)


def logged() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_L4_a_new_account_takes_one_to_a_hundred_thousand_by_its_link(database: Database) -> None:
    account = again(added())
    assert (account.link_min_cents, account.link_max_cents) == (100, 10_000_000)
    assert not account.connected


def test_L3_a_new_account_is_checked_by_a_job_of_its_own(
    database: Database, processor: Processor
) -> None:
    account = added()
    with db.read() as session:
        job = session.scalars(select(Job)).one()
    jobs.check_new_account(**job.args)
    assert processor.asked == [("acct_trust", "USD")]
    assert again(account).connected


@pytest.mark.parametrize(
    "more, field",
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"public_label": ""}, "public_label"),
        ({"public_label": "Trust \u202egnp"}, "public_label"),
        ({"name": "IOLTA\u200bTrust"}, "name"),
        ({"name": "\u3164"}, "name"),
        ({"name": "–"}, "name"),
        ({"kind": "savings"}, "kind"),
        ({"processor_account": "acct_1; DROP"}, "processor_account"),
        ({"processor_account": ""}, "processor_account"),
        ({"statement_suffix": "x" * 23}, "statement_suffix"),
        ({"statement_suffix": "Étude"}, "statement_suffix"),
        ({"statement_suffix": "123"}, "statement_suffix"),
        ({"statement_suffix": " / "}, "statement_suffix"),
    ],
)
def test_an_account_that_could_not_work_is_refused(
    database: Database, more: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        added(**more)
    assert refused.value.field == field
    with db.read() as session:
        assert queries.bank_accounts(session) == []


def test_two_accounts_cannot_have_one_name(database: Database) -> None:
    added()
    with pytest.raises(Conflict):
        added()
    for alike in ("iolta trust", " IOLTA  Trust", "ÍOLTA TRUST"):
        with pytest.raises(Conflict):
            added(name=alike)
    assert logged() == ["bank_account.added"]


def test_L3_the_answer_of_the_processor_is_kept_with_its_reasons(
    database: Database, processor: Processor
) -> None:
    account = added()
    processor.problems["acct_trust"] = ("Stripe is waiting for information.",)
    check_connection(account.id)
    assert not again(account).connected
    assert again(account).checked_problems == ["Stripe is waiting for information."]

    processor.problems.clear()
    check_connection(account.id)
    assert again(account).connected
    assert logged() == ["bank_account.added", "bank_account.connected"]


def test_the_processor_is_never_asked_inside_a_transaction(
    database: Database, processor: Processor
) -> None:
    account = added()
    with db.transaction(), pytest.raises(NestedTransaction):
        check_connection(account.id)
    assert processor.asked == []


def test_an_account_nobody_has_cannot_be_checked(database: Database, processor: Processor) -> None:
    with pytest.raises(Missing):
        check_connection(404)


def test_what_was_known_stays_while_the_processor_is_down(
    database: Database, processor: Processor
) -> None:
    account = added()
    check_connection(account.id)
    checked_at = again(account).checked_at
    processor.down.add("acct_trust")
    with pytest.raises(Unavailable):
        check_connection(account.id)
    assert again(account).connected
    assert again(account).checked_at == checked_at


def test_L3_a_lost_connection_is_put_before_the_staff_once(
    database: Database, processor: Processor
) -> None:
    account = added()
    check_connection(account.id)
    processor.problems["acct_trust"] = ("Stripe closed it.",)
    check_connection(account.id)
    check_connection(account.id)
    with db.read() as session:
        alert = session.scalars(select(Alert)).one()
    assert alert.subject == f"bank_account:{account.public_id}"
    assert alert.sentence == "IOLTA Trust can take no payments: Stripe closed it."
    assert logged()[1:] == ["bank_account.connected", "bank_account.disconnected"]


def test_an_account_that_never_worked_alerts_nobody(
    database: Database, processor: Processor
) -> None:
    processor.problems["acct_trust"] = ("Stripe does not know it.",)
    check_connection(added().id)
    with db.read() as session:
        assert session.scalars(select(Alert)).all() == []


def test_L3_every_account_is_checked_daily_even_if_one_cannot_be(
    database: Database, processor: Processor
) -> None:
    first = added()
    second = added(name="Operating", kind="operating", processor_account=None)
    processor.down.add("acct_trust")
    jobs.check_every_account()
    assert not again(first).connected
    assert again(second).connected


def test_L3_operating_accounts_come_first_then_trust_by_name(database: Database) -> None:
    for name, kind in (("B", "trust"), ("A", "trust"), ("Z", "operating")):
        added(name=name, kind=kind, processor_account=f"acct_{kind}")
    with db.read() as session:
        assert [account.name for account in queries.bank_accounts(session)] == ["Z", "A", "B"]


def limit(account: BankAccount, least: int, most: int) -> None:
    with db.transaction() as session:
        held = queries.bank_account(session, account.public_id)
        set_link_limits(session, held, min_cents=least, max_cents=most, by="user:ada")


def test_L4_limits_are_set_to_the_cent_and_logged(database: Database) -> None:
    account = added()
    limit(account, 50, 99_999_999)
    limit(account, 12_345, 12_345)
    assert (again(account).link_min_cents, again(account).link_max_cents) == (12_345, 12_345)
    with db.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.actor, entry.action) == ("user:ada", "bank_account.link_limits_set")
    assert entry.detail == {"before": [50, 99_999_999], "after": [12_345, 12_345]}


@pytest.mark.parametrize(
    "least, most, field",
    [
        (0, 100, "link_min"),
        (49, 100, "link_min"),
        (200, 199, "link_max"),
        (100, 100_000_000, "link_max"),
        (10**15, 10**15, "link_max"),
    ],
)
def test_L4_limits_that_no_payer_could_meet_are_refused(
    database: Database, least: int, most: int, field: str
) -> None:
    account = added()
    with pytest.raises(Invalid) as refused:
        limit(account, least, most)
    assert refused.value.field == field
    assert (again(account).link_min_cents, again(account).link_max_cents) == (100, 10_000_000)


def test_M1_the_database_itself_refuses_limits_the_wrong_way_round(database: Database) -> None:
    account = added()
    with pytest.raises(Exception, match="link_max_not_below_min"), db.transaction() as session:
        held = queries.bank_account(session, account.public_id)
        held.link_max_cents = held.link_min_cents - 1
