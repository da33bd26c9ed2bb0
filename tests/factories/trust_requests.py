"""Trust requests of clients, straight through the actions."""

from dataclasses import dataclass
from datetime import date, timedelta

from payments.billing import trust_actions, trust_queries
from payments.billing.requested import TrustRequest
from payments.billing.trust_details import Terms, TrustDetails
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from tests.factories.billing import BEN, TODAY, Client, Office
from tests.support.days import firm_day


@dataclass(frozen=True)
class Wanted:
    """A trust request in short: `matter` is the place of one of the client's, none client level."""

    cents: int = 50_000
    matter: int | None = 0
    due_on: date = TODAY + timedelta(days=30)
    issued_on: date = TODAY
    note: str = ""


def now_wanted(cents: int = 50_000, matter: int | None = 0, due_in_days: int = 30) -> Wanted:
    """One that is issued on a day that has come everywhere, by the clock of the pages."""
    today = firm_day() - timedelta(days=1)
    return Wanted(cents, matter, today + timedelta(days=due_in_days), today)


def trust_details(office: Office, client: Client, wanted: Wanted | None = None) -> TrustDetails:
    """What a request of this client says; 500.00 on the first matter where nothing is wanted."""
    wanted = wanted or Wanted()
    return TrustDetails(
        client_id=client.id,
        matter_id=None if wanted.matter is None else client.matters[wanted.matter],
        bank_account_id=office.accounts.trust.id,
        terms=Terms(wanted.cents, wanted.due_on, wanted.note),
    )


def drafted_request(
    office: Office, client: Client, wanted: Wanted | None = None, by: str = BEN
) -> TrustRequest:
    """A saved draft."""
    with db.transaction() as session:
        details = trust_details(office, client, wanted)
        return trust_actions.draft_trust_request(session, details, by=by)


def issued_request(office: Office, client: Client, wanted: Wanted | None = None) -> TrustRequest:
    """An issued request."""
    wanted = wanted or Wanted()
    asked = drafted_request(office, client, wanted)
    with db.transaction() as session:
        return trust_actions.issue(session, asked, on=wanted.issued_on, shown=1, by=BEN)


def kept_request(asked: TrustRequest) -> TrustRequest:
    """The request as it is kept now."""
    with db.read() as session:
        return trust_queries.trust_request(session, asked.public_id, NOTHING_CLOSED)
