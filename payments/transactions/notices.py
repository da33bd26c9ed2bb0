"""Which step of a payment is told to whom (FEATURES N1, S1, P6), owed with the step itself."""

from sqlalchemy.orm import Session

from payments.gateway.results import MethodKind
from payments.transactions.models import Origin, Payment
from payments.transactions.states import Status
from portal.outbox.actions import owe

FIRM_AUDIENCE = "firm.payments"

_TOLD = {
    Status.AUTHORIZED: ("payment-made-firm", "payment-made-payer"),
    Status.COMPLETED: ("payment-completed-firm", "payment-completed-payer"),
    Status.RETURNED: ("payment-returned-firm", "payment-returned-payer"),
}
# A payment that is first seen when it is complete has been made as well: both are told.
_ON_THE_WAY = {Status.COMPLETED: Status.AUTHORIZED}


def kinds_of_step(
    was: Status | None, became: Status, method: str, origin: str = Origin.PAYER
) -> list[str]:
    """The notices that one step owes. `flask check-books` asks too, so this is the only place.

    A charge by staff that fails at once is told to both sides: nobody saw it fail. Plans and
    autocharge tell of theirs themselves, and when they try again (FEATURES P9).
    """
    kinds = list(_TOLD.get(became, ()))
    earlier = _ON_THE_WAY.get(became)
    if earlier is not None and was is not earlier:
        kinds = [*_TOLD[earlier], *kinds]
    if became is Status.ACTION_NEEDED and method == MethodKind.BANK:
        kinds.append("payment-deposits-payer")
    if became is Status.FAILED and was is Status.ACTION_NEEDED:
        kinds.append("payment-failed-payer")
    unpaid_at_once = was is Status.PENDING and became in {Status.FAILED, Status.CANCELED}
    if unpaid_at_once and origin == Origin.STAFF:
        kinds += ["charge-failed-firm", "charge-failed-client"]
    if became in {Status.FAILED, Status.CANCELED} and was is Status.AUTHORIZED:
        kinds += ["payment-returned-firm", "payment-failed-payer"]
    return kinds


def owe_for_step(session: Session, payment: Payment, was: Status, became: Status) -> None:
    """Owe the emails of one step, in the step's own transaction."""
    for kind in kinds_of_step(was, became, payment.method, payment.origin):
        once = f"payment:{payment.public_id}:{kind}"
        if kind.endswith("-firm"):
            owe(session, kind, audience=FIRM_AUDIENCE, once=once, payment_id=payment.id)
        else:
            owe(
                session,
                kind,
                audience="address",
                once=once,
                payment_id=payment.id,
                name=payment.payer_name,
                address=payment.payer_email,
                language=payment.language,
            )
