"""To whom a payment is linked, what it paid, and what became of earlier links (FEATURES S8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.billing.models import Bill
from payments.receipts import queries as receipts
from payments.receipts.models import Receipt
from payments.transactions import linking, telling
from payments.transactions.models import Payment
from portal.clients.access import Closed
from portal.firm.queries import actor_names


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """A link that was made or taken back: when, in words, by whom, and the reason given."""

    at: datetime
    sentence: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Linked:
    """`receipt` is none while the payment is nobody's; `paid` are bills with cents of each."""

    receipt: Receipt | None
    paid: Sequence[tuple[Bill, int]]
    history: Sequence[LinkEvent]


def standing(session: Session, payment: Payment) -> Receipt | None:
    """What the payment is now, with client and matter; None while it is not linked."""
    return receipts.by_id(session, payment.receipt_id) if payment.receipt_id else None


def linked(session: Session, payment: Payment, closed: Closed) -> Linked:
    """Everything that the page of a payment tells of its links, save closed matters and bills."""
    ever = receipts.of_cause(session, linking.cause(payment), closed)
    now = next((one for one in ever if one.id == payment.receipt_id), None)
    paid = receipts.paid_bills(session, now.id, closed) if now else []
    return Linked(now, paid, _history(session, ever))


def _history(session: Session, ever: Sequence[Receipt]) -> list[LinkEvent]:
    names = actor_names(session, {by for one in ever for by in (one.made_by, one.undone_by)})
    events: list[LinkEvent] = []
    for one in ever:
        to = telling.whose(one.client, one.matter)
        made = _("Linked to %(name)s", name=to)
        events.append(LinkEvent(one.made_at, made, names[one.made_by], ""))
        if one.undone_at is not None:
            sentence = _("Link to %(name)s taken back", name=to)
            events.append(
                LinkEvent(one.undone_at, sentence, names[one.undone_by], one.undone_reason)
            )
    return events
