"""Disputes of payments, as the processor would show them, and files of their kits."""

import io
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from payments.gateway.results import DisputeStatus, GatewayDispute, IntentStatus
from payments.transactions import dispute_files, dispute_queries
from payments.transactions.disputed import Dispute, DisputeFile
from portal.core import clock, db
from tests.payments.transactions.conftest import Till

BY = "user:tester"
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)


def disputed(till: Till, payment_id: int, **differs: Any) -> Dispute:
    """A completed payment whose payer has complained: the processor shows so, and the books follow.

    Shown again with another `status` it is the same dispute. `due_in_days` counts from now.
    """
    payment = till.payment(payment_id)
    days = differs.pop("due_in_days", 9)
    said: dict[str, Any] = {
        "dispute_id": f"du_{payment_id}",
        "amount_cents": payment.amount_cents,
        "currency": payment.currency,
        "status": DisputeStatus.OPEN,
        "created_at": clock.now(),
        "out_cents": payment.amount_cents,
        "fee_cents": 0,
        "reason": "fraudulent",
        "network_code": "10",
        "due_at": clock.now() + timedelta(days=days),
        **differs,
    }
    shown = till.snapshot(
        payment_id,
        IntentStatus.SUCCEEDED,
        balance_entry=till.entry(payment_id, fee_cents=payment.fee_cents or 0),
        disputed=True,
        disputes=(GatewayDispute(**said),),
    )
    till.show(payment_id, shown)
    return the_dispute(payment_id)


def the_dispute(payment_id: int) -> Dispute:
    """The dispute of a payment, as it is now."""
    with db.read() as session:
        return dispute_queries.of_payment(session, payment_id)[-1]


def add_file(
    dispute: Dispute, content: bytes = PDF, name: str = "Letter.pdf", field: str = "receipt"
) -> DisputeFile:
    """A file of its kit."""
    received = dispute_files.receive(dispute, name, io.BytesIO(content))
    with db.transaction() as session:
        kept = session.get_one(Dispute, dispute.id)
        dispute_files.add(session, kept, field, received, by=BY)
    with db.read() as session:
        query = select(DisputeFile).where(DisputeFile.dispute_id == dispute.id)
        return session.scalars(query.where(DisputeFile.field == field)).one()


def asked_about(till: Till, payment_id: int) -> dict[str, str]:
    """The public ids of a payment, of an inquiry about it, by which no money moves, and of a file
    in that one's kit."""
    dispute = disputed(till, payment_id, status=DisputeStatus.INQUIRY, out_cents=0)
    file = add_file(dispute)
    payment = till.payment(payment_id)
    return {
        "payment": payment.public_id,
        "dispute": dispute.public_id,
        "file_id": file.public_id,
    }
