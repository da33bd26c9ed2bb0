"""The processor as the tests of bank accounts have it: it answers what a test says."""

from payments.gateway.errors import Unavailable
from payments.gateway.results import AccountCheck, ProcessorAccount
from portal.core import db


class Processor:
    """The edge: answers what a test says; refuses a call inside a transaction as the real one."""

    def __init__(self) -> None:
        self.problems: dict[str | None, tuple[str, ...]] = {}
        self.down: set[str | None] = set()
        self.own = "acct_own"
        self.asked: list[tuple[str | None, str]] = []

    def check_account(self, account: ProcessorAccount, currency: str) -> AccountCheck:
        db.refuse_inside_transaction()
        self.asked.append((account.account_id, currency))
        if account.account_id in self.down:
            raise Unavailable("down", outcome_unknown=False)
        problems = self.problems.get(account.account_id, ())
        account_id = account.account_id or self.own
        return AccountCheck(connected=not problems, account_id=account_id, problems=problems)
