"""One emailed link in several tabs at one moment, real threads, on both databases (FEATURES P8)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments.accounts.models import BankAccount
from payments.gateway.results import MethodKind
from payments.methods import resolving
from payments.methods.models import MethodRequest, StoredMethod
from payments.methods.requests import withdraw
from payments.methods.storing import Agreed, store_asked
from payments.methods.tries import Ending, Told
from portal.clients.models import Contact
from portal.core import db
from portal.core.errors import Conflict
from portal.outbox.models import Notice
from tests.factories.asked import as_now, ask_for
from tests.factories.payments import BANK_WORKS, CARD_WORKS, enter
from tests.factories.processor import objects

pytestmark = pytest.mark.both_databases

Answer = TypeVar("Answer")


def agreed(request: MethodRequest, account: str | None, number: int) -> Agreed:
    """One tab: every other one has a bank account in it, with its own words."""
    bank = number % 2 == 1
    kind = MethodKind.BANK if bank else MethodKind.CARD
    test_number = BANK_WORKS if bank else CARD_WORKS
    return Agreed(
        request_id=request.id,
        nonce=f"nonce-{number}",
        confirmation_token=enter(account, kind, test_number),
        kind=kind,
        label=f"{kind} in tab {number}",
        text=f"I agree to the {kind} of tab {number}",
        ip_address=f"203.0.113.{number}",
        user_agent="Test browser",
        return_url="http://localhost:8000/",
    )


def at_once(acts: list[Callable[[], Answer]]) -> list[Answer]:
    gun = Barrier(len(acts))

    def press(act: Callable[[], Answer]) -> Answer:
        gun.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(press, acts))


def stored() -> list[StoredMethod]:
    with db.read() as session:
        return list(session.scalars(select(StoredMethod)))


def kept() -> list[str]:
    return [one["id"] for one in objects("payment_method") if one["customer"]]


def test_P8_four_tabs_at_once_store_one_method_with_its_own_words(
    asked: MethodRequest, app: Flask, database_kind: str
) -> None:
    with db.read() as session:
        account = session.get_one(BankAccount, asked.bank_account_id).processor_account
    tabs = [agreed(asked, account, number) for number in range(4)]
    told = at_once([lambda tab=tab: store_asked(tab) for tab in tabs])
    if not stored():  # whoever came first was told to wait by another's use of the customer
        told.append(store_asked(agreed(asked, account, 9)))
    (method,) = stored()
    assert kept() == [method.processor_method_id]
    assert {one.ending for one in told} <= {Ending.STORED, Ending.CHECKING, Ending.REFUSED}
    # The words agreed to are those of the very tab whose method is kept.
    tab = method.label.rsplit(" ", 1)[1]
    assert method.label == f"{method.kind} in tab {tab}"
    assert method.consent_text == f"I agree to the {method.kind} of tab {tab}"
    assert method.consent_ip == f"203.0.113.{tab}"
    with db.read() as session:
        owed = select(func.count()).where(Notice.kind == "method-stored-client")
        assert session.scalar(owed) == 1


def test_P8_withdrawn_while_it_is_stored_ends_one_way(
    asked: MethodRequest, app: Flask, database_kind: str, run_jobs: Callable[[], int]
) -> None:
    with db.read() as session:
        account = session.get_one(BankAccount, asked.bank_account_id).processor_account
    tab = agreed(asked, account, 0)

    def take_back() -> Told | None:
        try:
            with db.transaction() as session:
                withdraw(session, asked.id, by="system")
        except Conflict:
            return None
        return Told(Ending.CLOSED)

    at_once([lambda: store_asked(tab), take_back])
    run_jobs()
    now = as_now(asked)
    assert (now.withdrawn_at is None) != (now.method_id is None)
    assert len(stored()) == len(kept()) == (1 if now.method_id is not None else 0)


def test_M11_seen_by_everybody_at_once_it_is_stored_once(
    asked: MethodRequest, app: Flask, database_kind: str
) -> None:
    with db.read() as session:
        account = session.get_one(BankAccount, asked.bank_account_id).processor_account
    store_asked(agreed(asked, account, 0))
    told = at_once([lambda: resolving.look(asked.id) for _ in range(4)])
    assert {one.ending for one in told} == {Ending.STORED}
    assert len(stored()) == 1


def test_P8_two_people_who_ask_at_once_leave_one_link_open(
    cleo: Contact, asked: MethodRequest, app: Flask, database_kind: str
) -> None:
    with db.read() as session:
        account = session.get_one(BankAccount, asked.bank_account_id)
    at_once([lambda: ask_for(cleo, account) for _ in range(3)])
    with db.read() as session:
        open_now = session.scalars(
            select(MethodRequest.id).where(MethodRequest.withdrawn_at.is_(None))
        ).all()
    assert len(open_now) == 1
