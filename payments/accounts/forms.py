"""The form of a bank account, as typed."""

from dataclasses import dataclass
from typing import Self

from werkzeug.datastructures import MultiDict

from payments.accounts.fields import faults
from payments.accounts.models import BankAccount


@dataclass(frozen=True, slots=True)
class AccountForm:
    """A bank account as typed. `kind` and `processor_account` are asked for a new one only."""

    name: str = ""
    public_label: str = ""
    kind: str = ""
    processor_account: str = ""
    statement_suffix: str = ""

    @classmethod
    def of(cls, account: BankAccount) -> Self:
        """An account ready to be edited."""
        return cls(
            account.name,
            account.public_label,
            account.kind,
            account.processor_account or "",
            account.statement_suffix,
        )

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """What was sent."""
        return cls(
            sent.get("name", ""),
            sent.get("public_label", ""),
            sent.get("kind", ""),
            sent.get("processor_account", "").strip(),
            sent.get("statement_suffix", "").strip(),
        )

    def errors(self) -> dict[str, str]:
        """A sentence for each field of a new account that cannot be used."""
        return faults(
            name=self.name,
            public_label=self.public_label,
            kind=self.kind,
            processor_account=self.processor_account,
            statement_suffix=self.statement_suffix,
        )

    def errors_of_words(self) -> dict[str, str]:
        """The same for an account that is there: its words alone can change."""
        return faults(
            name=self.name,
            public_label=self.public_label,
            statement_suffix=self.statement_suffix,
        )
