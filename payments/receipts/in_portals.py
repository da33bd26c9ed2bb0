"""What a client may see in the portal of the money held for them (FEATURES C16).

Theirs as the firm's client: at client level, and of the matters in whose portals they take part
now. What is held for any other of their matters is left out, as all of that matter is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from payments.ledger.models import AccountKind, LedgerAccount, LedgerBalance
from payments.receipts.holds import Portion, echecks
from payments.receipts.movements import Whose
from portal.access.models import Participant
from portal.access.queries import NOW
from portal.clients.access import Clause, Closed, MatterId
from portal.clients.models import Matter


class _OutsidePortals(Closed):
    """Every matter is closed but those in whose portals a client takes part."""

    __slots__ = ("_theirs",)
    _theirs: Select[int]

    def __init__(self, theirs: Select[int]) -> None:
        super().__init__(theirs)
        object.__setattr__(self, "_theirs", theirs)  # the parent is frozen

    def left_out(self, matter_id: MatterId) -> list[Clause]:
        return [matter_id.is_(None) | matter_id.in_(self._theirs)]

    def among(self, matter_id: MatterId) -> Clause:
        return matter_id.is_not(None) & matter_id.not_in(self._theirs)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held in trust for one matter, or at client level (no name). Cents, of which
    `leaving_cents` are set aside for a refund that is under way."""

    matter_id: int | None
    matter: str
    cents: int
    leaving_cents: int


def closed_in_portals(contact_id: int) -> Closed:
    """The matters that this client does not see, as every reading of money takes them."""
    theirs = select(Participant.matter_id).where(Participant.contact_id == contact_id, NOW)
    return _OutsidePortals(theirs)


def whose(contact_id: int) -> Whose:
    """The client's own ledger, as they see it in the portal."""
    return Whose(contact_id, None, closed_in_portals(contact_id))


def on_hold(session: Session, contact_id: int, held: Sequence[Held], today: date) -> list[Portion]:
    """What of that is on hold, soonest free first (M8). One SELECT where anything is held."""
    if not any(one.cents for one in held):
        return []
    found = echecks(session, contact_id, today, closed=closed_in_portals(contact_id))
    return list(found.on_hold)


def held_in_trust(session: Session, contact_id: int) -> list[Held]:
    """What is held for a client now, by matter, client level first. One SELECT."""
    kept = func.sum(LedgerBalance.posted_cents).label("cents")
    leaving = func.sum(LedgerBalance.held_cents).label("leaving")
    rows = session.execute(
        select(Matter.id, Matter.name, kept, leaving)
        .select_from(LedgerAccount)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .outerjoin(Matter, Matter.id == LedgerAccount.matter_id)
        .where(
            LedgerAccount.client_id == contact_id,
            LedgerAccount.kind == AccountKind.CLIENT_TRUST,
            *closed_in_portals(contact_id).left_out(LedgerAccount.matter_id),
        )
        .group_by(Matter.id, Matter.name)
        .order_by(Matter.id.is_not(None), Matter.name, Matter.id)
    )
    return [Held(row.id, row.name or "", int(row.cents), int(row.leaving)) for row in rows]
