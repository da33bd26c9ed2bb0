"""How staff are told of trust money that is on hold, and of what may be claimed back (M8)."""

from typing import Any

from flask import g, url_for
from sqlalchemy.orm import Session

from payments.receipts.holds import NO_ECHECKS, EChecks, Portion, echecks
from payments.receipts.movements import BILLS, Kept, Whose
from payments.receipts.staff_shown import money


def seen(session: Session, whose: Whose, kept: dict[int, Kept]) -> EChecks:
    """What came by eCheck for a client or matter, of what the viewer may see; asked only where
    anything was ever held in trust."""
    if not any(section != BILLS for section in kept):
        return NO_ECHECKS
    return echecks(
        session, whose.client_id, g.brand.today, matter_id=whose.matter_id, closed=whose.closed
    )


def told(found: EChecks) -> dict[str, Any]:
    """What `receipts/_holds.html` shows: each payment on hold, and the risk of 60 days."""
    risk = {"amount": money(found.claimable_cents), "until": found.claimed_until}
    return {
        "on_hold": [_row(portion) for portion in found.on_hold],
        "risk": risk if found.claimable_cents else None,
    }


def _row(portion: Portion) -> dict[str, Any]:
    payment = portion.cause.removeprefix("payment:")
    return {
        "amount": money(portion.cents),
        "until": portion.until,
        "reference": portion.reference,
        "url": url_for("transactions.show", public_id=payment),
    }
