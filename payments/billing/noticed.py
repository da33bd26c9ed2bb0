"""What the portal's notices tell of a bill or trust request besides its being there: the message
that was written with it (FEATURES D3)."""

from collections.abc import Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from payments.billing.handed_out import Sending
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.billing.sending import portal_alone
from payments.billing.shared import BILL, TRUST_REQUEST
from portal.documents.models import Share
from portal.feed.models import EventKind
from portal.notifications.portal_items import Item, add_words_by


@add_words_by
def messages(session: Session, items: Sequence[Item]) -> list[str]:
    """The latest message of each that went through the portal alone since it was shared. One that
    stands in the email of the document is not said twice: the client gets one email with it."""
    started = [item for item in items if item.kind == EventKind.SHARING_STARTED]
    bills = [item.subject_id for item in started if item.subject_kind == BILL]
    asked = [item.subject_id for item in started if item.subject_kind == TRUST_REQUEST]
    if not (bills or asked):
        return []
    own = [
        select(func.max(Sending.id))
        .join(table, table.id == column)
        .join(Share, and_(Share.kind == kind, Share.subject_id == table.public_id))
        .where(table.public_id.in_(public_ids), Share.stopped_at.is_(None))
        .where(portal_alone(), Sending.made_at >= Share.started_at)
        .group_by(column)
        for kind, table, column, public_ids in (
            (BILL, Bill, Sending.bill_id, bills),
            (TRUST_REQUEST, TrustRequest, Sending.trust_request_id, asked),
        )
    ]
    latest = own[0].union_all(own[1])
    told = select(Sending.message).where(Sending.id.in_(latest), Sending.message != "")
    return list(dict.fromkeys(session.scalars(told.order_by(Sending.id))))
