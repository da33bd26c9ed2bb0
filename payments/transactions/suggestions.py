"""Whose a payment may be: clients and matters, ranked, each with its reasons (FEATURES S2).

Evidence adds up. Where all that speaks of matters speaks of one, that matter is suggested, else
the client. Every lookup is served by an index, and their number does not grow with the firm.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.billing.closed import left_out
from payments.billing.models import Bill, BillShare, BillStatus
from payments.receipts.models import Receipt
from payments.transactions.linking import Target
from payments.transactions.models import Payment
from payments.transactions.naming import Named, named_in
from portal.clients import queries as clients
from portal.clients.access import Closed
from portal.clients.models import Contact, Matter
from portal.core.words import words_of

BILL_NAMED, MATTER_NAMED, SAME_EMAIL = 60, 60, 50
SAME_NAME, PAID_FOR_NAME, LINKED_BEFORE = 40, 40, 40
MATTER_WORDS, SAME_AMOUNT, SAME_BALANCE = 30, 25, 25
# Without an index on what is owed, an equal amount is looked for among these, the latest due.
BILLS_LOOKED_AT = 2_000
ALIKE_MAX = 20
MATTERS_MAX = 200

CLIENT_LEVEL = None
Matters = frozenset[int | None]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One client or matter to link to, why, and how strongly all of it speaks for them."""

    target: Target
    reasons: tuple[str, ...]
    score: int


@dataclass(slots=True)
class _Case:
    """What speaks for one client. `matters`: of which matters any of it speaks."""

    score: int = 0
    reasons: list[str] = field(default_factory=list)
    matters: set[int | None] = field(default_factory=set)

    def add(self, weight: int, reason: str, matters: Matters = frozenset()) -> None:
        if reason not in self.reasons:
            self.score += weight
            self.reasons.append(reason)
        self.matters |= matters


Cases = defaultdict[int, _Case]


def suggestions(
    session: Session, payment: Payment, closed: Closed, limit: int = 5
) -> list[Suggestion]:
    """Up to `limit` clients or matters, the likeliest first; among equals by name, then id. What
    belongs to a matter that is closed to whoever looks speaks for nobody."""
    cases: Cases = defaultdict(_Case)
    _by_numbers(session, payment, cases, closed)
    _by_people(session, payment, cases)
    _by_earlier_payments(session, payment, cases, closed)
    if payment.bank_account.kind == AccountKind.OPERATING:  # trust money pays no bill (FEATURES S7)
        _by_amount(session, payment, cases, closed)
    _by_matters_words(session, payment, cases, closed)
    return _ranked(session, cases)[:limit]


def _by_numbers(session: Session, payment: Payment, cases: Cases, closed: Closed) -> None:
    named = named_in(
        (_("The payer's reference"), payment.payer_reference), (_("“Paid for”"), payment.paid_for)
    )
    if not named.bills and not named.matters:
        return
    _by_bill_numbers(session, named, cases, closed)
    rows = session.execute(
        select(Matter.id, Matter.number, Matter.client_id)
        .where(Matter.number.in_(named.matters), *closed.left_out(Matter.id))
        .order_by(Matter.id)
    )
    for row in rows:
        reason = _(
            "%(where)s names matter %(number)s", where=named.matters[row.number], number=row.number
        )
        cases[row.client_id].add(MATTER_NAMED, reason, frozenset({row.id}))


def _by_bill_numbers(session: Session, named: Named, cases: Cases, closed: Closed) -> None:
    rows = session.execute(
        select(Bill.id, Bill.number, Bill.client_id)
        .where(Bill.number.in_(named.bills), Bill.status != BillStatus.VOID, *left_out(closed))
        .order_by(Bill.number)
    ).all()
    matters = _matters_of(session, [row.id for row in rows])
    for row in rows:
        reason = _(
            "%(where)s names bill %(number)s", where=named.bills[row.number], number=row.number
        )
        cases[row.client_id].add(BILL_NAMED, reason, matters[row.id])


def _by_people(session: Session, payment: Payment, cases: Cases) -> None:
    for one in clients.by_email(session, payment.payer_email):
        cases[one.id].add(SAME_EMAIL, _("Same email as %(client)s", client=one.name))
    for one in clients.by_name(session, payment.payer_name):
        cases[one.id].add(SAME_NAME, _("The payer's name is like %(client)s", client=one.name))
    for one in clients.by_name(session, payment.paid_for):
        cases[one.id].add(PAID_FOR_NAME, _("“Paid for” names %(client)s", client=one.name))


def _by_earlier_payments(session: Session, payment: Payment, cases: Cases, closed: Closed) -> None:
    newest = (
        select(Payment.receipt_id)
        .where(
            Payment.payer_email == payment.payer_email,
            Payment.receipt_id.is_not(None),
            Payment.id != payment.id,
        )
        .order_by(Payment.made_at.desc(), Payment.id.desc())
        .limit(ALIKE_MAX)
        .subquery()
    )
    rows = session.execute(
        select(Receipt.client_id, Receipt.matter_id)
        .join(newest, newest.c.receipt_id == Receipt.id)
        .where(*closed.left_out(Receipt.matter_id))
        .order_by(Receipt.id)
    )
    linked: defaultdict[int, list[int | None]] = defaultdict(list)
    for row in rows:
        linked[row.client_id].append(row.matter_id)
    for client_id, matters in linked.items():
        reason = ngettext(
            "An earlier payment with this email was linked here",
            "%(num)s earlier payments with this email were linked here",
            len(matters),
        )
        cases[client_id].add(LINKED_BEFORE, reason, frozenset(matters))


def _by_amount(session: Session, payment: Payment, cases: Cases, closed: Closed) -> None:
    owed = Bill.total_cents - Bill.applied_cents - Bill.reserved_cents
    payable = (Bill.status == BillStatus.AWAITING_PAYMENT, Bill.currency == payment.currency)
    payable = (*payable, *left_out(closed))
    looked_at = (
        select(Bill.client_id, owed.label("owed"))
        .where(*payable)
        .order_by(Bill.due_on.desc(), Bill.id.desc())
        .limit(BILLS_LOOKED_AT)
        .subquery()
    )
    equal = select(looked_at.c.client_id).where(looked_at.c.owed == payment.left.cents)
    known = {*cases, *session.scalars(equal.limit(ALIKE_MAX))}
    balance = func.sum(owed).over(partition_by=Bill.client_id)
    bills = (
        select(Bill.id, Bill.number, Bill.client_id, owed.label("owed"), balance.label("balance"))
        .where(*payable, Bill.client_id.in_(known))
        .subquery()
    )
    rows = session.execute(
        select(bills)
        .where((bills.c.owed == payment.left.cents) | (bills.c.balance == payment.left.cents))
        .order_by(bills.c.number)
    ).all()
    matters = _matters_of(session, [row.id for row in rows])
    for row in rows:
        if row.owed == payment.left.cents:
            reason = _("The amount equals bill %(number)s", number=row.number)
            cases[row.client_id].add(SAME_AMOUNT, reason, matters[row.id])
        else:
            reason = _("The amount equals the client's whole balance")
            cases[row.client_id].add(SAME_BALANCE, reason, matters[row.id])


def _matters_of(session: Session, bill_ids: Sequence[int]) -> defaultdict[int, Matters]:
    """Which matters have a share of these bills."""
    found: defaultdict[int, Matters] = defaultdict(frozenset)
    rows = session.execute(
        select(BillShare.bill_id, BillShare.matter_id).where(BillShare.bill_id.in_(bill_ids))
    )
    for bill_id, matter_id in rows:
        found[bill_id] |= {matter_id}
    return found


def _by_matters_words(session: Session, payment: Payment, cases: Cases, closed: Closed) -> None:
    """A matter of somebody who is likely anyway, whose name stands in what the payer typed."""
    said = words_of(payment.paid_for, payment.payer_reference)
    rows = session.execute(
        select(Matter.id, Matter.name, Matter.client_id)
        .where(Matter.client_id.in_(list(cases)), *closed.left_out(Matter.id))
        .order_by(Matter.client_id, Matter.id.desc())
        .limit(MATTERS_MAX)
    )
    for row in rows:
        words = words_of(row.name)
        if words and words <= said:
            reason = _("The payer names the matter %(name)s", name=row.name)
            cases[row.client_id].add(MATTER_WORDS, reason, frozenset({row.id}))


def _ranked(session: Session, cases: Cases) -> list[Suggestion]:
    found = session.scalars(select(Contact).where(Contact.id.in_(list(cases)))).all()
    one_matter = [
        matter_id
        for case in cases.values()
        if len(case.matters) == 1
        for matter_id in case.matters
        if matter_id is not CLIENT_LEVEL
    ]
    matters = {
        matter.client_id: matter
        for matter in session.scalars(select(Matter).where(Matter.id.in_(one_matter)))
    }
    ranked = sorted(found, key=lambda one: (-cases[one.id].score, one.name_key, one.id))
    return list(_told(ranked, matters, cases))


def _told(
    ranked: Sequence[Contact], matters: dict[int, Matter], cases: Cases
) -> Iterator[Suggestion]:
    for client in ranked:
        case = cases[client.id]
        yield Suggestion(Target(client, matters.get(client.id)), tuple(case.reasons), case.score)
