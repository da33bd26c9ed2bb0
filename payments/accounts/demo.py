"""Bank accounts of the made-up firm. The processor accounts are those that the sandbox knows."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from payments.accounts.actions import add_account
from payments.accounts.models import AccountKind, BankAccount


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Operating and trust are connected as soon as they are checked; the escrow account is not."""

    operating: BankAccount
    trust: BankAccount
    escrow: BankAccount


def make_demo_accounts(session: Session) -> DemoAccounts:
    """Keep three US bank accounts of Harlow & Reyes. Each is checked by a job afterwards."""
    return DemoAccounts(
        operating=add_account(
            session,
            name="Harlow & Reyes Operating",
            public_label="Harlow & Reyes – legal services",
            kind=AccountKind.OPERATING,
            currency="USD",
            statement_suffix="HARLOW REYES",
        ),
        trust=add_account(
            session,
            name="IOLTA Trust",
            public_label="Harlow & Reyes – client trust account",
            kind=AccountKind.TRUST,
            currency="USD",
            processor_account="acct_sandboxtrust",
            statement_suffix="HARLOW REYES",
        ),
        escrow=add_account(
            session,
            name="Escrow – Henderson estate",
            public_label="Harlow & Reyes – escrow account",
            kind=AccountKind.TRUST,
            currency="USD",
            processor_account="acct_notconnected",
            statement_suffix="HARLOW REYES",
        ),
    )
