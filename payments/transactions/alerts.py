"""What a payment's snapshot puts before the staff. Each fact is told once, then seen to or not."""

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from payments.gateway.results import BalanceEntry, GatewayPayment
from payments.money.amounts import Money
from payments.transactions.models import Payment
from payments.transactions.refunded import SUPERSEDED, Refund
from payments.transactions.states import ENDED_WITHOUT_MONEY, Status
from payments.transactions.unpaid import Unpaid
from portal.core import config
from portal.notifications.actions import raise_alert
from portal.notifications.alert_links import leads_to

# Whatever it is about a payment, its page says what can be done.
for _kind in (
    "found_at_stripe",
    "given_back_in_part",
    "money_surfaced",
    "more_gone_than_paid",
    "no_answer",
    "refund_failed",
    "refunded_elsewhere",
    "settled_otherwise",
    "still_unpaid",
    "unpaid_again",
):
    leads_to(_kind, _("Open the payment"), "transactions.show")


def _tell(session: Session, kind: str, payment: Payment, sentence: str) -> None:
    # A snapshot shows the same fact at every look: what was resolved stays resolved.
    raise_alert(session, kind, f"payment:{payment.public_id}", sentence, again=False)


def _of(payment: Payment, refund: Refund) -> str:
    # Each refund of a payment is a fact of its own; the page is the payment's.
    return f"payment:{payment.public_id}:{refund.public_id}"


def quarantined(session: Session, payment: Payment, snapshot: GatewayPayment) -> bool:
    """Whether the snapshot cannot be ours: another amount, currency or mode. Nothing is booked."""
    differs = [
        word
        for word, ours, theirs in (
            ("amount", payment.amount_cents, snapshot.amount_cents),
            ("currency", payment.currency, snapshot.currency),
            ("mode", config.current().live, snapshot.livemode),
        )
        if ours != theirs
    ]
    if differs:
        _tell(
            session,
            "quarantined",
            payment,
            f"The processor shows another {' and '.join(differs)} for payment {payment.reference} "
            f"than we asked for ({payment.amount.plain()} {payment.currency}). Nothing was booked.",
        )
    return bool(differs)


def settled_otherwise(session: Session, payment: Payment, entry: BalanceEntry) -> bool:
    """Whether the processor's own book entry is of another amount or currency than the payment.

    Such a payment does not complete: its fee and its deposit would be booked as what they are not.
    """
    if (entry.amount_cents, entry.currency) == (payment.amount_cents, payment.currency):
        return False
    _tell(
        session,
        "settled_otherwise",
        payment,
        f"The processor settled payment {payment.reference} as "
        f"{Money(entry.amount_cents, 'USD').plain()} {entry.currency}, not as "
        f"{payment.amount.plain()} {payment.currency}. It stays Authorized until this is put right "
        "there.",
    )
    return True


def money_surfaced(
    session: Session, payment: Payment, now: Status, then: Status, snapshot: GatewayPayment
) -> None:
    """Money was taken for a payment that we told as ended without money."""
    if now not in {Status.FAILED, Status.CANCELED}:
        return
    kept_cents = snapshot.amount_cents - snapshot.refunded_cents
    if then in {Status.AUTHORIZED, Status.COMPLETED} and kept_cents > 0:
        _tell(
            session,
            "money_surfaced",
            payment,
            f"Payment {payment.reference} was recorded as {now}, and the processor now says "
            "that it was paid. Refund it there, or ask for help.",
        )


def unpaid_again(session: Session, payment: Payment, unpaid: Unpaid) -> None:
    """A payment that had paid something has come back: it is unpaid again (FEATURES M7).

    Everybody at the firm reads alerts, so nothing of restricted matters is named (N8).
    """
    if named := _named(unpaid, "what it paid of restricted matters"):
        _tell(
            session,
            "unpaid_again",
            payment,
            f"The payer's bank took payment {payment.reference} back. What it had paid is unpaid "
            f"again: {named}. Tell the client how to pay.",
        )


def still_unpaid(session: Session, payment: Payment, unpaid: Unpaid) -> None:
    """A payment on a bill or trust request was authorized, and ended without money (FEATURES M7).

    The client believes it paid. What is of restricted matters is not named (N8).
    """
    if named := _named(unpaid, "what it was to pay of restricted matters"):
        _tell(
            session,
            "still_unpaid",
            payment,
            f"Payment {payment.reference} was authorized, and ended before the money arrived. "
            f"Still unpaid: {named}. Tell the client how to pay.",
        )


def _named(unpaid: Unpaid, of_restricted: str) -> str:
    kinds = (("bill", unpaid.bills), ("trust request", unpaid.trust_requests))
    named = [f"{kind} {', '.join(map(str, numbers))}" for kind, numbers in kinds if numbers]
    if unpaid.restricted:
        named.append(of_restricted)
    return " and ".join(named)


def refunded_elsewhere(session: Session, payment: Payment, refund: Refund) -> None:
    """Money that somebody gave back at the processor, past these books. It is booked (M6)."""
    raise_alert(
        session,
        "refunded_elsewhere",
        _of(payment, refund),
        f"{refund.amount.plain()} {refund.currency} of payment {payment.reference} was refunded at "
        "Stripe, not here. It is booked, and came off what the payment had paid. See that it was "
        "meant.",
        again=False,
    )


def refund_failed(session: Session, payment: Payment, refund: Refund) -> None:
    """A refund was refused, was given up, or came back: no money went to the payer by it (M6)."""
    named = f"A refund of {refund.amount.plain()} {refund.currency} of payment {payment.reference}"
    if refund.failure == SUPERSEDED:
        told = "was given up, as the money had left another way by then. Do not pay it back twice."
    else:
        told = (
            "failed. The money is where it was before. Refund it again, or pay it back another way."
        )
    raise_alert(session, "refund_failed", _of(payment, refund), f"{named} {told}", again=False)


def more_gone_than_paid(session: Session, payment: Payment, over_cents: int) -> None:
    """The processor shows more gone of a payment than it ever was: only what it was is booked."""
    over = Money(over_cents, payment.currency).plain()
    _tell(
        session,
        "more_gone_than_paid",
        payment,
        f"Stripe shows more taken back of payment {payment.reference} than was paid: {over} "
        f"{payment.currency} too much. That part is not booked. Ask Stripe for it.",
    )


def found(session: Session, payment: Payment) -> None:
    """A payment of ours that was not in these books is in them now (FEATURES X8)."""
    ended = payment.status in {*ENDED_WITHOUT_MONEY, Status.RETURNED}
    then = "It brought no money: tell its payer." if ended else "Link it to what it was for."
    _tell(
        session,
        "found_at_stripe",
        payment,
        f"Stripe has payment {payment.reference} of {payment.amount.plain()} {payment.currency}, "
        "made after the backup that these books were put back from. It is in the books now, and "
        f"{payment.status.replace('_', ' ')}. {then}",
    )


def no_answer(session: Session, payment: Payment) -> None:
    """The processor does not know a payment that it gave us, or refuses what is asked of it: what
    became of it nobody can tell, and what it reserved stays reserved."""
    _tell(
        session,
        "no_answer",
        payment,
        f"Stripe does not know payment {payment.reference}, or refuses to answer for it. "
        "Look for it there, or ask for help. It is asked for again every six hours.",
    )


def given_back_in_part(session: Session, payment: Payment, back_cents: int) -> None:
    """Part of a payment was given back at the processor before it was available: what would come
    is not what was paid, so nothing is booked."""
    back = Money(back_cents, payment.currency).plain()
    _tell(
        session,
        "given_back_in_part",
        payment,
        f"Payment {payment.reference}: part of it ({back} {payment.currency}) was given back at "
        "Stripe before it was available. It is not booked: ask for help.",
    )
