"""Bills and trust requests that clients see in their portal, always as they are now (FEATURES D6).

One rule says who sees what: what is shared now, in a portal in which the client takes part now,
while all of it is of that portal's matter. It is asked anew at every request, so that **Stop
sharing** holds from the next one on, and so that a bill that was changed to name a second matter is
gone at once (FEATURES C12, D4).
"""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from payments.billing import queries, trust_queries
from payments.billing.models import UNISSUED, Bill, BillLine, BillStatus
from payments.billing.paper import Formats
from payments.billing.payables import Payable, left_cents
from payments.billing.requested import TrustRequest
from portal.access.models import Participant
from portal.access.queries import NOW, takes_part
from portal.clients.access import NOTHING_CLOSED
from portal.core.errors import Missing
from portal.documents.models import Share
from portal.documents.sharing import Shared, register_kind
from portal.firm.brand import brand
from portal.firm.queries import actor_names
from portal.web import language
from portal.web.reading import formats

BILL, TRUST_REQUEST = "bill", "trust_request"
# Names of their own, so that a statement may read bills besides.
_BILL = aliased(Bill, name="shared_bill")
_LINE = aliased(BillLine, name="shared_line")
_REQUEST = aliased(TrustRequest, name="shared_request")


def shared_with(contact_id: int) -> Select[str, str, int]:
    """What a client sees now, as `kind`, `subject_id` (a public id) and the portal's `matter_id`:
    issued bills and trust requests, paid and void ones too (FEATURES D6)."""
    return (
        select(Share.kind, Share.subject_id, Share.matter_id)
        .join(Participant, Participant.matter_id == Share.matter_id)
        .where(Participant.contact_id == contact_id, NOW, Share.stopped_at.is_(None))
        .where(or_(_shows_bill(), _shows_trust_request()))
    )


def _shows_bill() -> ColumnElement[bool]:
    lines = exists().where(_LINE.bill_id == _BILL.id).correlate_except(_LINE)
    return and_(
        Share.kind == BILL,
        exists().where(
            _BILL.public_id == Share.subject_id,
            _BILL.status.not_in(UNISSUED),
            lines.where(_LINE.matter_id == Share.matter_id),
            ~lines.where(_LINE.matter_id != Share.matter_id),
        ),
    )


def _shows_trust_request() -> ColumnElement[bool]:
    return and_(
        Share.kind == TRUST_REQUEST,
        exists().where(
            _REQUEST.public_id == Share.subject_id,
            _REQUEST.status.not_in(UNISSUED),
            _REQUEST.matter_id == Share.matter_id,
        ),
    )


def shared_document(session: Session, contact_id: int, kind: str, public_id: str) -> Payable:
    """A bill (`kind` "bill") or trust request ("trust_request") that this client sees now, with
    client, account and matters.

    Raises `Missing` for any other, saying who stopped sharing it where they still take part.
    """
    found = None
    if "\0" not in public_id:  # which PostgreSQL does not take
        here = (Share.kind == kind, Share.subject_id == public_id)
        found = session.execute(shared_with(contact_id).where(*here).limit(1)).first()
    if found is None:
        raise _gone(session, contact_id, kind, public_id)
    if kind == BILL:
        return queries.bill(session, public_id, NOTHING_CLOSED)
    return trust_queries.trust_request(session, public_id, NOTHING_CLOSED)


def _gone(session: Session, contact_id: int, kind: str, public_id: str) -> Missing:
    """In words, where the client takes part still: who stopped sharing it (UX C12)."""
    row = None
    if "\0" not in public_id:
        row = session.execute(
            select(Share.matter_id, Share.stopped_by)
            .where(Share.kind == kind, Share.subject_id == public_id)
            .order_by(Share.id.desc())
            .limit(1)
        ).first()
    by = row.stopped_by if row is not None else None
    if row is None or by is None or not takes_part(session, row.matter_id, contact_id):
        return Missing(_("This is no longer shared with you, or the link is not whole."))
    name = actor_names(session, [by])[by]
    return Missing(_("This is no longer shared with you. %(name)s stopped sharing it.", name=name))


def title_of(payable: Payable) -> str:
    """`Bill 1042` or `Trust request 2042`, as lists and the feed call it."""
    if isinstance(payable, Bill):
        return _("Bill %(number)s", number=payable.number)
    return _("Trust request %(number)s", number=payable.number)


def share_kind(payable: Payable) -> str:
    """The kind under which it is shared."""
    return BILL if isinstance(payable, Bill) else TRUST_REQUEST


def _bills(session: Session, public_ids: Iterable[str]) -> dict[str, Shared]:
    found = session.scalars(select(Bill).where(Bill.public_id.in_(set(public_ids))))
    return _told(session, found, "bills")


def _trust_requests(session: Session, public_ids: Iterable[str]) -> dict[str, Shared]:
    wanted = TrustRequest.public_id.in_(set(public_ids))
    return _told(session, session.scalars(select(TrustRequest).where(wanted)), "trust-requests")


def _told(session: Session, found: Iterable[Payable], place: str) -> dict[str, Shared]:
    locale = formats(language.current(), brand(session).country)
    return {
        one.public_id: Shared(
            title_of(one),
            f"/staff/{place}/{one.public_id}",
            f"/portal/{place}/{one.public_id}",
            _about(one, Formats(locale, one.currency)),
        )
        for one in found
    }


def _about(payable: Payable, written: Formats) -> str:
    if payable.status == BillStatus.PAID:
        return _("Paid")
    if payable.status == BillStatus.VOID:
        return _("Withdrawn")
    left = written.money(left_cents(payable))
    if payable.reserved_cents and not left_cents(payable):
        return _("A payment is under way")
    day = written.day(payable.due_on) if payable.due_on is not None else ""
    return _("%(amount)s due %(day)s", amount=left, day=day)


register_kind(BILL, _bills)
register_kind(TRUST_REQUEST, _trust_requests)
