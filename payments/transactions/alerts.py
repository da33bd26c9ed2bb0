"""What a payment's snapshot puts before the staff. Each fact is told once, then seen to or not."""

from sqlalchemy.orm import Session

from payments.gateway.results import BalanceEntry, GatewayPayment, MethodKind
from payments.money.amounts import Money
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.transactions.unpaid import Unpaid
from portal.core import config
from portal.notifications.actions import raise_alert


def _tell(session: Session, kind: str, payment: Payment, sentence: str) -> None:
    # A snapshot shows the same fact at every look: what was resolved stays resolved.
    raise_alert(session, kind, f"payment:{payment.public_id}", sentence, again=False)


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


def disputed(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    """A card payment that the payer's bank disputes. (A disputed eCheck is a return: final.)"""
    if snapshot.disputed and payment.method == MethodKind.CARD:
        _tell(
            session,
            "disputed",
            payment,
            f"The payer's bank disputes payment {payment.reference}. Answer it at the processor; "
            "the books do not follow disputes yet.",
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


def spent_already(session: Session, payment: Payment, missing_cents: int) -> None:
    """The payer's bank took money back that was paid on from trust already (FEATURES M7)."""
    missing = Money(missing_cents, payment.currency).plain()
    _tell(
        session,
        "spent_already",
        payment,
        f"The payer's bank took payment {payment.reference} back, but the client's trust ledger "
        f"holds {missing} {payment.currency} too little for it. The return is not booked, and the "
        "payment stays Completed. Reverse what was paid from trust, and ask for help.",
    )


def refunded_elsewhere(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    """Money that somebody gave back at the processor, past these books."""
    if snapshot.refunded_cents > 0 and payment.status == Status.COMPLETED:
        back = Money(snapshot.refunded_cents, payment.currency).plain()
        _tell(
            session,
            "refunded_elsewhere",
            payment,
            f"{back} {payment.currency} of payment {payment.reference} was refunded at the "
            "processor. The books do not follow refunds yet.",
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
