"""The firm charges a stored method: once, never one that may not be charged, and both are told
(FEATURES P8)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, update

from payments.accounts.settings import set_online_payments
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.models import Bill, BillStatus
from payments.gateway.results import MethodKind
from payments.methods.actions import delete
from payments.methods.models import StoredMethod
from payments.methods.standing import NotChargeable, today
from payments.transactions.charging import Charge, charge, link_for, oldest_first, part_of
from payments.transactions.models import Origin, Payment
from payments.transactions.reserving import NotPayable
from payments.transactions.states import Status
from portal.clients.models import Contact
from portal.core import db
from tests.factories.methods import Wallet
from tests.factories.payments import BANK_WORKS, CARD_WORKS
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import now
from tests.payments.transactions.practice import ANA, Practice, open_practice, problems
from tests.support.outbox import Outbox

pytestmark = pytest.mark.both_databases

DECLINES_ONCE_STORED = "4000000000000341"
ASKS_ALWAYS = "4000002760003184"
RunJobs = Callable[[], int]


@dataclass
class Desk:
    """Ana, who charges what Cleo has stored."""

    practice: Practice
    wallet: Wallet

    def bill(self, cents: int = 10_000) -> Bill:
        return self.practice.bill(self.practice.cleo, (0, cents))

    def wants(self, bill: Bill, method: StoredMethod, **said: Any) -> Charge:
        with db.transaction() as session:
            link = link_for(session, session.get_one(Bill, bill.id), by=ANA)
        values: dict[str, Any] = {
            "nonce": "ana-charges-once",
            "method_id": method.id,
            "link_id": link.id,
            "parts": (part_of(now(bill), 10_000),),
            "origin": Origin.STAFF,
            "by": ANA,
            "reason": "As agreed by phone",
        }
        return Charge(**(values | said))


@pytest.fixture
def desk(till: Till) -> Desk:
    practice = open_practice(till)
    with db.read() as session:
        client = session.get_one(Contact, practice.cleo.id)
    return Desk(practice, Wallet(client, till.accounts["operating"]))


def payments() -> list[Payment]:
    with db.read() as session:
        return list(session.scalars(select(Payment)))


@pytest.mark.parametrize(
    ("number", "kind"), [(CARD_WORKS, MethodKind.CARD), (BANK_WORKS, MethodKind.BANK)]
)
def test_P8_a_charge_is_a_payment_on_the_bill_with_its_reason_and_who_asked(
    desk: Desk, number: str, kind: MethodKind
) -> None:
    bill, method = desk.bill(), desk.wallet.stored(number, kind)
    done = charge(desk.wants(bill, method))
    assert done.status is Status.AUTHORIZED
    (payment,) = payments()
    assert (payment.origin, payment.charged_by) == (Origin.STAFF, ANA)
    assert (payment.charge_reason, payment.stored_method_id) == ("As agreed by phone", method.id)
    assert payment.client_id == desk.practice.cleo.id
    assert now(bill).reserved_cents == 10_000
    if kind is MethodKind.BANK:  # Nacha: the standing authorization goes with each withdrawal
        assert payment.mandate_text == method.consent_text
        assert payment.mandate_ip == method.consent_ip
    assert problems() == []


def test_M9_the_same_charge_asked_for_twice_is_one(desk: Desk) -> None:
    bill, method = desk.bill(), desk.wallet.stored()
    wanted = desk.wants(bill, method)
    assert charge(wanted).payment_id == charge(wanted).payment_id
    assert len(payments()) == 1


def test_M9_twelve_at_once_charge_once(desk: Desk) -> None:
    bill, method = desk.bill(), desk.wallet.stored()
    wanted, barrier = desk.wants(bill, method), Barrier(12)
    ends: list[object] = []

    def press(nth: int) -> None:
        barrier.wait(10)
        said = {"nonce": f"press-{nth % 3}"}
        try:
            ends.append(charge(desk.wants(bill, method, **said)).status)
        except NotPayable as refused:
            ends.append(refused.reason)

    threads = [Thread(target=press, args=(nth,)) for nth in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ends) == 12
    assert wanted.cents == now(bill).reserved_cents == 10_000
    assert [one.status for one in payments()] == [Status.AUTHORIZED]


def refusals(desk: Desk, bill: Bill, method: StoredMethod) -> str:
    with pytest.raises(NotChargeable) as refused:
        charge(desk.wants(bill, method))
    assert payments() == []
    assert now(bill).reserved_cents == 0
    return str(refused.value)


def test_P8_a_deleted_method_is_not_charged(desk: Desk) -> None:
    bill, method = desk.bill(), desk.wallet.stored()
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    assert "was deleted" in refusals(desk, bill, method)


def test_P8_an_expired_card_is_not_charged_after_the_end_of_its_month(
    desk: Desk, advance: Callable[[timedelta], int]
) -> None:
    bill, method = desk.bill(), desk.wallet.stored()
    with db.transaction() as session:
        day = today(session)
        expires = {"expires_year": day.year, "expires_month": day.month}
        session.execute(update(StoredMethod).values(**expires))
    assert charge(desk.wants(bill, method)).status is Status.AUTHORIZED
    advance(timedelta(days=31))
    with pytest.raises(NotChargeable, match="expired at the end of"):
        charge(desk.wants(desk.bill(), method, nonce="a-month-later"))


def test_P5_a_method_stored_for_trust_never_pays_into_operating(desk: Desk) -> None:
    trust = Wallet(desk.wallet.client, desk.practice.till.accounts["trust"])
    assert "another account" in refusals(desk, desk.bill(), trust.stored())


def test_P8_another_clients_method_is_as_unknown_as_none(desk: Desk) -> None:
    with db.read() as session:
        other = session.scalars(
            select(Contact).where(Contact.id != desk.practice.cleo.id).limit(1)
        ).one()
    theirs = Wallet(other, desk.wallet.account).stored()
    assert "not stored for this client" in refusals(desk, desk.bill(), theirs)


def test_P1_nothing_is_charged_while_online_payments_are_off(desk: Desk) -> None:
    bill, method = desk.bill(), desk.wallet.stored()
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=ANA)
    assert "turned off" in refusals(desk, bill, method)


def test_P8_more_than_is_owed_is_refused_and_nothing_recorded(desk: Desk) -> None:
    bill, method = desk.bill(5_000), desk.wallet.stored()
    with pytest.raises(NotPayable):
        charge(desk.wants(bill, method))
    assert payments() == []


def test_P8_a_decline_frees_the_bill_and_both_sides_are_told_discreetly(
    desk: Desk, outbox: Outbox, run_jobs: RunJobs
) -> None:
    bill, method = desk.bill(), desk.wallet.stored(DECLINES_ONCE_STORED)
    run_jobs()
    outbox.clear()
    done = charge(desk.wants(bill, method))
    assert (done.status, now(bill).reserved_cents) == (Status.FAILED, 0)
    assert now(bill).status == BillStatus.AWAITING_PAYMENT
    run_jobs()
    told = {email.subject: email for email in outbox.emails}
    theirs = told["A payment to Harlow & Reyes needs you"]
    assert "No money has been taken." in theirs
    with db.read() as session:
        link = session.scalars(
            select(DocumentLink).where(DocumentLink.channel == Channel.CHARGE)
        ).one()
    assert any(one.endswith(f"/bills/{link.token}") for one in theirs.links)
    firm = told[f"A stored method could not be charged: {payments()[0].reference}"]
    assert "The client was told" in firm
    for email in told.values():
        assert "10,000" not in email.subject
        assert "100.00" not in email.subject
    assert problems() == []


def test_P8_a_card_that_asks_its_owner_ends_in_an_email_with_a_link(
    desk: Desk, outbox: Outbox, run_jobs: RunJobs
) -> None:
    bill, method = desk.bill(), desk.wallet.stored()
    method = _one_that_asks(desk, method)
    done = charge(desk.wants(bill, method))
    assert (done.status, done.failure_code) == (Status.FAILED, "authentication_required")
    run_jobs()
    (told,) = [one for one in outbox.emails if one.subject.endswith("needs you")]
    assert "only when you approve it yourself" in told


def _one_that_asks(desk: Desk, method: StoredMethod) -> StoredMethod:
    """The sandbox's card, put in the place of one that was stored without questions."""
    from payments.sandbox.current import sandbox

    with sandbox().service.writing(desk.wallet.account.processor_account) as book:
        record = book.named("payment_method", method.processor_method_id)
        record.hidden["number"] = ASKS_ALWAYS
        book.book.save(record)
    return method


def test_P9_what_is_owed_is_charged_oldest_first_and_never_more(desk: Desk) -> None:
    first, second = desk.bill(3_000), desk.bill(10_000)
    with db.read() as session:
        parts = oldest_first(session, desk.practice.cleo.id, desk.wallet.account.id, 5_000)
        assert [(part.bill_id, part.cents) for part in parts] == [
            (first.id, 3_000),
            (second.id, 2_000),
        ]
        all_of_it = oldest_first(session, desk.practice.cleo.id, desk.wallet.account.id, 1_000_000)
        assert sum(part.cents for part in all_of_it) == 13_000
        assert oldest_first(session, desk.practice.cleo.id, desk.wallet.account.id, 0) == ()


def test_P9_no_rest_is_left_that_nobody_can_pay_online(desk: Desk) -> None:
    bill = desk.bill(10_000)
    with db.read() as session:
        (part,) = oldest_first(session, desk.practice.cleo.id, desk.wallet.account.id, 9_980)
    assert (part.bill_id, part.cents) == (bill.id, 9_950)


def test_one_address_of_a_charge_stands_for_a_bill(desk: Desk) -> None:
    bill, method = desk.bill(), desk.wallet.stored()
    assert desk.wants(bill, method).link_id == desk.wants(bill, method).link_id
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(DocumentLink)) == 1
