"""Storing a method with a payment, and deleting it again (FEATURES P5, P8)."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from payments.accounts.demo import DemoAccounts
from payments.gateway.current import gateway
from payments.gateway.errors import InvalidRequest, Unavailable
from payments.gateway.results import MethodKind, ProcessorAccount
from payments.methods import queries
from payments.methods.actions import customer_of, delete
from payments.methods.models import ProcessorCustomer, StoredMethod
from payments.sandbox.transport import Fault
from portal.clients.models import Contact
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import NestedTransaction
from portal.core.jobs.models import Job, JobState
from tests.factories import clients
from tests.factories.methods import Wallet, as_now
from tests.factories.processor import objects
from tests.support.outbox import Outbox

RunJobs = Callable[[], int]


def deleted(method: StoredMethod, by: str = "payer") -> bool:
    with db.transaction() as session:
        return delete(session, method.id, by=by)


def count(table: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_P5_a_client_is_one_customer_on_each_account(cleo: Contact, accounts: DemoAccounts) -> None:
    """P5: what is stored is bound to trust or to operating."""
    operating = customer_of(cleo.id, accounts.operating)
    trust = customer_of(cleo.id, accounts.trust)
    assert operating != trust
    assert customer_of(cleo.id, accounts.operating) == operating
    assert len(objects("customer")) == count(ProcessorCustomer) == 2


def test_P5_turned_away_while_another_request_makes_the_customer_it_is_found_here(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def busy(account: ProcessorAccount, client_key: str) -> str:
        if not made:
            made.append("cus_quicker")
            made.append(customer_of(wallet.client.id, wallet.account))
            raise Unavailable("this key is in use", outcome_unknown=True)
        return made[0]

    monkeypatch.setattr(gateway(), "ensure_customer", busy)
    assert customer_of(wallet.client.id, wallet.account) == "cus_quicker"
    assert count(ProcessorCustomer) == 1


def test_P5_a_processor_that_cannot_be_reached_makes_no_customer(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = gateway()._transport._sender  # type: ignore[attr-defined]
    monkeypatch.setattr(http, "faults", lambda _method, _path: Fault("timeout_before"))
    with pytest.raises(Unavailable):
        customer_of(wallet.client.id, wallet.account)
    assert count(ProcessorCustomer) == 0


def test_M13_the_processor_is_told_no_name_and_no_email(wallet: Wallet) -> None:
    wallet.stored()
    (customer,) = objects("customer")
    key = f"{wallet.client.public_id}:{wallet.account.public_id}"
    assert customer["metadata"] == {"client_key": key}
    assert customer["name"] is customer["email"] is customer["description"] is None


def test_the_processor_is_never_asked_inside_a_transaction(wallet: Wallet) -> None:
    with pytest.raises(NestedTransaction), db.transaction():
        customer_of(wallet.client.id, wallet.account)
    assert objects("customer") == []


def test_P5_a_stored_card_keeps_what_was_agreed_to_and_no_number(wallet: Wallet) -> None:
    method = as_now(wallet.stored())
    assert (method.kind, method.label, method.last4) == ("card", "Visa •••• 4242", "4242")
    assert method.expires_month == 12
    assert method.client_id == wallet.client.id
    assert method.bank_account_id == wallet.account.id
    assert "future bills, trust requests and payment plans" in method.consent_text
    assert (method.consent_ip, method.consent_agent) == ("203.0.113.9", "Firefox")
    assert method.deleted_at is method.detached_at is None
    with db.read() as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "method.stored")).one()
    assert line.subject == f"method:{method.public_id}"
    assert line.detail == {
        "client": wallet.client.public_id,
        "consent_sha256": hashlib.sha256(method.consent_text.encode()).hexdigest(),
    }


def test_P5_a_stored_bank_account_has_no_expiry(trust_wallet: Wallet) -> None:
    method = as_now(trust_wallet.stored_bank_account())
    assert (method.kind, method.last4) == ("bank", "6789")
    assert method.expires_month is method.expires_year is None
    assert method.bank_account_id == trust_wallet.account.id


def test_P5_a_payment_seen_again_and_again_stores_once(
    wallet: Wallet, outbox: Outbox, run_jobs: RunJobs
) -> None:
    paid = wallet.pay()
    first = wallet.keep(paid)
    assert {wallet.keep(paid).id for _again in range(3)} == {first.id}
    run_jobs()
    assert count(StoredMethod) == 1
    assert len(outbox.emails) == 1


def test_P5_without_the_box_the_processor_keeps_nothing(wallet: Wallet) -> None:
    assert wallet.pay(keep=False).stored is None
    assert objects("customer") == []


def test_L2_storing_without_a_customer_is_refused_before_any_money_moves(wallet: Wallet) -> None:
    with pytest.raises(InvalidRequest):
        wallet.pay(keep=True, customer="")
    assert objects("charge") == objects("customer") == []


def test_P8_deleting_ends_it_here_at_once_and_at_the_processor_by_job(
    wallet: Wallet, run_jobs: RunJobs
) -> None:
    method = wallet.stored()
    run_jobs()
    assert deleted(method)
    now = as_now(method)
    assert now.deleted_at is not None
    assert (now.deleted_by, now.detached_at) == ("payer", None)
    (kept,) = objects("payment_method")
    assert kept["customer"] is not None
    run_jobs()
    (gone,) = objects("payment_method")
    assert gone["customer"] is None
    assert as_now(method).detached_at is not None


def test_P8_deleting_twice_is_deleting_once(wallet: Wallet, run_jobs: RunJobs) -> None:
    method = wallet.stored()
    assert deleted(method)
    first = as_now(method).deleted_at
    assert not deleted(method, by="user:ana")
    now = as_now(method)
    assert (now.deleted_at, now.deleted_by) == (first, "payer")
    run_jobs()
    assert [event["type"] for event in objects("event")].count("payment_method.detached") == 1


def test_P8_what_was_deleted_stays_deleted_when_its_payment_is_seen_again(
    wallet: Wallet, outbox: Outbox, run_jobs: RunJobs
) -> None:
    """An eCheck completes days after its method was stored, and perhaps deleted."""
    paid = wallet.pay()
    method = wallet.keep(paid)
    assert deleted(method)
    assert wallet.keep(paid).id == method.id
    run_jobs()
    assert as_now(method).deleted_at is not None
    assert len(outbox.emails) == 2


def test_P8_an_unreachable_processor_is_asked_again_until_it_answers(
    wallet: Wallet, run_jobs: RunJobs, advance: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    method = wallet.stored()
    run_jobs()
    http = gateway()._transport._sender  # type: ignore[attr-defined]
    monkeypatch.setattr(http, "faults", lambda _method, _path: Fault("timeout_after"))
    assert deleted(method)
    run_jobs()
    assert as_now(method).detached_at is None
    monkeypatch.setattr(http, "faults", None)
    advance(timedelta(minutes=2))  # it was detached meanwhile, and its answer lost
    assert as_now(method).detached_at is not None
    with db.read() as session:
        assert session.scalars(select(Job.id).where(Job.state == JobState.DEAD)).all() == []


def test_P8_the_list_of_a_client_is_theirs_alone_newest_first(
    wallet: Wallet, trust_wallet: Wallet, accounts: DemoAccounts
) -> None:
    card, bank = wallet.stored(), trust_wallet.stored_bank_account()
    other = Wallet(clients.contact("Sol Nobody", "sol@stranger.test"), accounts.operating)
    theirs = other.stored()
    deleted(card)
    with db.read() as session:
        found = queries.methods_of(session, wallet.client.id)
        assert [method.id for method in found] == [bank.id, card.id]
        assert [method.id for method in queries.methods_of(session, other.client.id)] == [theirs.id]


@pytest.mark.parametrize("kind", list(MethodKind))
def test_every_kind_of_method_can_be_stored(kind: MethodKind, wallet: Wallet) -> None:
    stored = wallet.stored() if kind is MethodKind.CARD else wallet.stored_bank_account()
    assert stored.kind == kind
