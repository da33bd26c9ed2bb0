"""What moving money from trust is called in the activity log (FEATURES X9)."""

from collections.abc import Collection, Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.billing.models import Bill
from payments.receipts.from_trust import TrustTransfer
from portal.core.audit import Kind, describe


def _transfers_named(session: Session, public_ids: Collection[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(TrustTransfer.public_id, Bill.number)
        .join(Bill, Bill.id == TrustTransfer.bill_id)
        .where(TrustTransfer.public_id.in_(public_ids))
    )
    return {row.public_id: str(_("of bill %(number)s", number=row.number)) for row in rows}


describe(
    {
        "receipt.trust": _("Trust money received for a bill"),
        "trust.paid_bill": _("Bill paid from trust"),
        "trust.payment_reversed": _("Payment from trust reversed"),
    },
    {"trust_transfer": Kind(_("Payment from trust"), "receipts.trust_transfer", _transfers_named)},
)
