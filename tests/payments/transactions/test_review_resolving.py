"""Resolving an attempt in the very moment in which it goes on."""

from typing import Any

import pytest
from sqlalchemy import update

from payments.transactions import resolving
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import db, jobs


def keep_intent(payment_id: int, intent_id: str | None) -> None:
    with db.transaction() as session:
        session.execute(update(Payment).where(Payment.id == payment_id).values(intent_id=intent_id))


def test_an_attempt_whose_intent_is_kept_while_it_is_given_up_is_not_given_up(
    till: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = till.attempt()
    keep_intent(payment_id, None)
    gives_up = resolving.end_unmade

    def a_moment_later(payment_id: int) -> bool:
        keep_intent(payment_id, "pi_just_made")  # and its charge begins
        return gives_up(payment_id)

    monkeypatch.setattr(resolving, "end_unmade", a_moment_later)
    with pytest.raises(jobs.Again):
        resolving.resolve(payment_id)
    assert till.payment(payment_id).status == Status.PENDING


def test_an_attempt_that_never_came_to_an_intent_is_canceled(till: Any) -> None:
    payment_id = till.attempt()
    keep_intent(payment_id, None)
    resolving.resolve(payment_id)
    assert till.payment(payment_id).status == Status.CANCELED
