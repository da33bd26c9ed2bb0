"""The processor as the tests of bank accounts have it: it answers what a test says."""

from payments.gateway.errors import Unavailable
from payments.gateway.results import AccountCheck, Finding, ProcessorAccount
from portal.core import db

SAFE = (
    Finding("fee_payer", "application", safe=True),
    Finding("payout_account", "ba_1", safe=True),
    Finding("negative_debits", "false", safe=True),
)
UNSAFE = Finding("fee_payer", "account", safe=False), *SAFE[1:]


class Processor:
    """The edge: answers what a test says; refuses a call inside a transaction as the real one."""

    def __init__(self) -> None:
        self.problems: dict[str | None, tuple[str, ...]] = {}
        self.findings: dict[str | None, tuple[Finding, ...]] = {}
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
        return AccountCheck(
            connected=not problems,
            account_id=account_id,
            problems=problems,
            findings=self.findings.get(account.account_id, SAFE),
        )
