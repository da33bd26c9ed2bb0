"""What was chosen to be sent together, as it stands in the address (FEATURES D5).

Either single documents, or everything unpaid that fits the filters of a list, on whatever page.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from payments.billing import fitting, trust_forms, trust_listing
from payments.billing.closed import left_out
from payments.billing.filters import Filters
from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from portal.clients.access import Clause, Closed
from portal.clients.queries import contact, matter

BILLS, TRUST_REQUESTS = "bills", "trust-requests"
PICKED_MAX = 500
ID_CHARS_MAX = 32
_FILTERS = {BILLS: ("q", "due_from", "due_to", "overdue"), TRUST_REQUESTS: ("q", "due")}

Asked = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was ticked in one list, or `everything` that is unpaid and fits its filters.

    `also` adds what the same clients are asked for in the other list. `client` and `matter` are
    the public ids of those whose tab the list stands on.
    """

    of: str = BILLS
    picked: tuple[str, ...] = ()
    everything: bool = False
    filters: tuple[Asked, ...] = ()
    client: str = ""
    matter: str = ""
    also: bool = False

    @classmethod
    def read(cls, asked: MultiDict[str, str]) -> Self:
        """The choice in a query string or a form. What cannot be understood chooses nothing."""
        of = TRUST_REQUESTS if asked.get("of") == TRUST_REQUESTS else BILLS
        picked = dict.fromkeys(one for one in asked.getlist("id") if _is_id(one))
        everything = asked.get("all") == "yes"
        filters = tuple((name, asked[name]) for name in _FILTERS[of] if asked.get(name))
        return cls(
            of=of,
            picked=() if everything else tuple(picked)[:PICKED_MAX],
            everything=everything,
            filters=filters if everything else (),
            client=asked.get("client", "")[:ID_CHARS_MAX],
            matter=asked.get("matter", "")[:ID_CHARS_MAX],
            also=asked.get("also") == "yes",
        )

    def query(self) -> list[Asked]:
        """The same as the fields of an address or of a form."""
        fields = [("of", self.of), ("client", self.client), ("matter", self.matter)]
        fields += [("all", "yes"), *self.filters] if self.everything else []
        fields += [("id", one) for one in self.picked]
        fields.append(("also", "yes" if self.also else ""))
        return [(name, value) for name, value in fields if value]

    @property
    def empty(self) -> bool:
        """Whether nothing was chosen at all."""
        return not (self.picked or self.everything)


def _is_id(typed: str) -> bool:
    return 0 < len(typed) <= ID_CHARS_MAX and "\0" not in typed  # which PostgreSQL does not take


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a bill, and what a trust request, must fit to be among the chosen; None: there is none.

    `more_clients`: a name fits many clients, and only some of them were looked at.
    """

    bills: list[Clause] | None = None
    requests: list[Clause] | None = None
    more_clients: bool = False


def chosen(session: Session, choice: Choice, closed: Closed, today: date) -> Chosen:
    """The choice as clauses; what is closed to whoever chooses is never among it. Raises `Missing`
    for a client or matter that is not there."""
    if choice.empty:
        return Chosen()
    of_bills = choice.of == BILLS
    here, more = (_bills if of_bills else _requests)(session, choice, closed, today)
    there = None
    if choice.also and here is not None:
        there = _also(session, choice, here, closed)
    return Chosen(here, there, more) if of_bills else Chosen(there, here, more)


def _bills(
    session: Session, choice: Choice, closed: Closed, today: date
) -> tuple[list[Clause] | None, bool]:
    if not choice.everything:
        return [Bill.public_id.in_(choice.picked), *left_out(closed)], False
    wanted = replace(
        Filters.read(dict(choice.filters)).wanted(today), status=BillStatus.AWAITING_PAYMENT
    )
    return fitting.fitting(session, replace(wanted, **_whose(session, choice, closed)), closed)


def _requests(
    session: Session, choice: Choice, closed: Closed, today: date
) -> tuple[list[Clause] | None, bool]:
    if not choice.everything:
        named = TrustRequest.public_id.in_(choice.picked)
        return [named, *closed.left_out(TrustRequest.matter_id)], False
    wanted = replace(
        trust_forms.Filters.read(dict(choice.filters)).wanted(today),
        status=BillStatus.AWAITING_PAYMENT,
    )
    whose = _whose(session, choice, closed)
    return trust_listing.fitting(session, replace(wanted, **whose), closed)


def _whose(session: Session, choice: Choice, closed: Closed) -> dict[str, Any]:
    if choice.matter:
        return {"matter_id": matter(session, choice.matter, closed).id}
    return {"client_id": contact(session, choice.client).id} if choice.client else {}


def _also(
    session: Session, choice: Choice, here: Collection[Clause], closed: Closed
) -> list[Clause]:
    """What the same clients are asked for in the other list; on a matter's tab, for that matter."""
    whose = _whose(session, choice, closed)
    if choice.of == BILLS:
        clients = select(Bill.client_id).where(*here).correlate(None)
        clauses = [
            TrustRequest.status == BillStatus.AWAITING_PAYMENT,
            TrustRequest.client_id.in_(clients),
            *closed.left_out(TrustRequest.matter_id),
        ]
        if "matter_id" in whose:
            clauses.append(TrustRequest.matter_id == whose["matter_id"])
        return clauses
    clients = select(TrustRequest.client_id).where(*here).correlate(None)
    unpaid = fitting.Wanted(status=BillStatus.AWAITING_PAYMENT, matter_id=whose.get("matter_id"))
    clauses, _more = fitting.fitting(session, unpaid, closed)
    return [*(clauses or []), Bill.client_id.in_(clients)]
