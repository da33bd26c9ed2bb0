"""Looking after the connections of bank accounts: once when one is added, then daily."""

from datetime import timedelta

import structlog

from payments.accounts import queries
from payments.accounts.actions import CHECK_CONNECTION, check_connection
from payments.gateway.errors import GatewayError
from portal.core import db, jobs

log = structlog.get_logger("accounts")


@jobs.handler(CHECK_CONNECTION)
def check_new_account(account_id: int) -> None:
    """Check one account. The processor being unavailable brings the job back."""
    check_connection(account_id)


@jobs.recurring("accounts.check_connections", every=timedelta(days=1))
def check_every_account() -> None:
    """Check every account, each by itself, so that one the processor cannot answer for now does
    not keep the others from being checked. Tomorrow all are asked again."""
    with db.read() as session:
        account_ids = [account.id for account in queries.bank_accounts(session)]
    for account_id in account_ids:
        try:
            check_connection(account_id)
        except GatewayError as problem:
            log.warning("account not checked", account_id=account_id, problem=str(problem))
