"""Killed at any point between the three transactions of a payment: the row tells where to look."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from payments.gateway import current
from payments.sandbox.current import sandbox
from payments.transactions import observing
from payments.transactions.states import Status
from tests.factories.payments import (
    BANK_WORKS,
    CARD_ASKS,
    CARD_DECLINED,
    CARD_WORKS,
    Links,
    Payer,
    attempt_of,
    books_problems,
    the_payment,
)
from tests.factories.processor import charges, objects
from tests.support.outbox import Outbox
from tests.support.page import Page

Advance = Callable[[timedelta], int]


class Killed(BaseException):
    """The process is gone: nothing in the code under test may catch this."""


NEVER_ASKED = (Status.CANCELED, 0)
ENDS = {
    # where it was killed, how it was paid: how it must end, and how often money was taken
    ("before create_payment", "card", CARD_WORKS): NEVER_ASKED,
    ("after create_payment", "card", CARD_WORKS): NEVER_ASKED,
    ("before confirm_payment", "card", CARD_WORKS): NEVER_ASKED,
    ("after confirm_payment", "card", CARD_WORKS): (Status.COMPLETED, 1),
    ("while recording", "card", CARD_WORKS): (Status.COMPLETED, 1),
    ("before create_payment", "bank", BANK_WORKS): NEVER_ASKED,
    ("after create_payment", "bank", BANK_WORKS): NEVER_ASKED,
    ("before confirm_payment", "bank", BANK_WORKS): NEVER_ASKED,
    ("after confirm_payment", "bank", BANK_WORKS): (Status.COMPLETED, 1),
    ("while recording", "bank", BANK_WORKS): (Status.COMPLETED, 1),
    ("after confirm_payment", "card", CARD_DECLINED): (Status.FAILED, 0),
    ("after confirm_payment", "card", CARD_ASKS): (Status.CANCELED, 0),
    ("while recording", "card", CARD_ASKS): (Status.CANCELED, 0),
}


def kill(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Have the process die there, once; `undo` brings the next process up."""
    when, name = where.split(" ", 1)
    if where == "while recording":
        # The transaction of the outcome is open, and the books are written already.
        monkeypatch.setattr(observing.notices, "owe_for_step", _die)
        return
    called = getattr(current.gateway(), name)

    def dies(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            raise Killed
        try:
            called(*args, **kwargs)
        finally:
            raise Killed

    monkeypatch.setattr(current.gateway(), name, dies)


def _die(*_args: Any, **_kwargs: Any) -> None:
    raise Killed


def press_and_die(payer: Payer, reviewed: Page) -> None:
    """Press **Submit payment**; no answer comes."""
    action, sent = str(reviewed.one("#submit-form")["action"]), {"attempt": attempt_of(reviewed)}
    with pytest.raises(Killed):
        payer.http.post(action, data={**sent, "mandate": "on"}, base_url=payer.base_url)


@pytest.mark.parametrize("told", ["told by webhooks", "webhooks lost"])
@pytest.mark.parametrize("where,method,number", ENDS)
def test_M11_a_kill_between_the_transactions_ends_rightly(
    app: Flask,
    payer: Payer,
    links: Links,
    advance: Advance,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    method: str,
    number: str,
    told: str,
) -> None:
    """M5, M11: within minutes the attempt is known for what it is; pressing again adds nothing."""
    end, taken = ENDS[where, method, number]
    sandbox().webhooks.set_switches(drop_percent=0 if told == "told by webhooks" else 100)
    reviewed = payer.review(links.operating, method=method, number=number)
    with monkeypatch.context() as patch:
        kill(patch, where)
        press_and_die(payer, reviewed)
    assert the_payment().status == Status.PENDING
    assert books_problems(app) == []
    again = payer.press_submit(reviewed)
    assert "We are checking your payment" in payer.get(again.headers["HX-Redirect"])
    for _ in range(4):
        advance(timedelta(minutes=1))
    assert the_payment().status != Status.PENDING
    advance(timedelta(minutes=30))
    for _ in range(5):
        advance(timedelta(days=1))
    assert the_payment().status == end
    assert len(charges(paid=True)) == taken
    assert len(objects("payment_intent")) == (0 if where == "before create_payment" else 1)
    assert len(outbox.to("dana@payer.test")) == 2 * taken
    assert books_problems(app) == []
