"""Refunds and disputes as the processor would show them."""

from payments.gateway.results import DisputeStatus, GatewayDispute, GatewayRefund, RefundStatus
from portal.core import clock


def refund(
    refund_id: str,
    cents: int,
    status: RefundStatus = RefundStatus.SUCCEEDED,
    *,
    ours: str = "",
    failure: str = "",
) -> GatewayRefund:
    """A refund of so many cents; `ours` is the name that we gave it."""
    return GatewayRefund(refund_id, cents, "USD", status, clock.now(), failure, ours)


def dispute(
    dispute_id: str,
    cents: int,
    status: DisputeStatus = DisputeStatus.OPEN,
    out_cents: int | None = None,
    *,
    fee_cents: int = 0,
) -> GatewayDispute:
    """A dispute of so many cents, all of which have left where nothing else is said."""
    return GatewayDispute(
        dispute_id=dispute_id,
        amount_cents=cents,
        currency="USD",
        status=status,
        created_at=clock.now(),
        out_cents=cents if out_cents is None else out_cents,
        fee_cents=fee_cents,
        reason="fraudulent",
        network_code="10.4",
    )
