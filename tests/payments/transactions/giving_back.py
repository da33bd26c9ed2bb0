"""Refunds, as tests make them: a processor that answers as it is told, and the pages of staff."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from payments.gateway.current import gateway
from payments.gateway.results import (
    GatewayDispute,
    GatewayPayment,
    GatewayRefund,
    IntentStatus,
    NewRefund,
    RefundStatus,
)
from payments.transactions.refunded import Refund
from portal.core import clock, db
from tests.payments.transactions.conftest import Till
from tests.support.cast import Person
from tests.support.page import Page

LIST = "/staff/online-payments/transactions"
WHY = "Paid twice"
Answer = Callable[[NewRefund], RefundStatus]


@dataclass
class Processor:
    """Makes refunds with `status`, or raises `trouble`. `asked` are those that it heard of."""

    till: Till
    status: RefundStatus = RefundStatus.SUCCEEDED
    trouble: Exception | None = None
    asked: list[NewRefund] = field(default_factory=list[NewRefund])

    def create_refund(self, _gateway: object, _account: object, new: NewRefund) -> GatewayRefund:
        """Stands in for the gateway's."""
        self.asked.append(new)
        if self.trouble is not None:
            raise self.trouble
        return self.shown(new, self.status)

    def get_payment(self, _gateway: object, _account: object, intent_id: str) -> GatewayPayment:
        """Stands in for the gateway's: none of the refunds that it refused was made."""
        payment_id = next(one for one in self.till.made if f"pi_{one}" == intent_id)
        return self.till.snapshot(payment_id, IntentStatus.SUCCEEDED)

    def shown(self, new: NewRefund, status: RefundStatus, failure: str = "") -> GatewayRefund:
        """A refund as the processor shows it."""
        return GatewayRefund(
            refund_id=f"re_{new.name}",
            amount_cents=new.amount_cents,
            currency="USD",
            status=status,
            created_at=clock.now(),
            failure=failure,
            ours=new.name,
        )

    def shows(
        self,
        payment_id: int,
        *refunds: GatewayRefund,
        disputes: tuple[GatewayDispute, ...] = (),
    ) -> None:
        """Let the payment be seen with these refunds and disputes."""
        entry = self.till.entry(payment_id, fee_cents=self.till.payment(payment_id).fee_cents or 0)
        snapshot: GatewayPayment = self.till.snapshot(
            payment_id,
            IntentStatus.SUCCEEDED,
            balance_entry=entry,
            refunds=refunds,
            disputes=disputes,
            disputed=bool(disputes),
            refunded_cents=sum(
                one.amount_cents for one in refunds if one.status is not RefundStatus.FAILED
            ),
        )
        self.till.show(payment_id, snapshot)


def refunding_at(till: Till, monkeypatch: pytest.MonkeyPatch) -> Processor:
    """A processor that makes every refund."""
    processor = Processor(till)

    def create(gate: object, account: object, new: NewRefund) -> GatewayRefund:
        return processor.create_refund(gate, account, new)

    def get(gate: object, account: object, intent_id: str) -> GatewayPayment:
        return processor.get_payment(gate, account, intent_id)

    monkeypatch.setattr(type(gateway()), "create_refund", create)
    monkeypatch.setattr(type(gateway()), "get_payment", get)
    return processor


def page_of(till: Till, payment_id: int) -> str:
    """The address of a payment's page."""
    return f"{LIST}/{till.payment(payment_id).public_id}"


def refund(person: Person, till: Till, payment_id: int, **typed: Any) -> Page:
    """Open **Refund** from the payment's page and press it, the amount as offered unless typed."""
    page = person.click(person.get(page_of(till, payment_id)), "Refund")
    return person.submit(page, "Refund", **{"reason": WHY, **typed})


def refunds() -> list[Refund]:
    """Every refund, in the order asked for."""
    with db.read() as session:
        return list(session.scalars(select(Refund).order_by(Refund.id)))
