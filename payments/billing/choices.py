"""What the page of a draft offers, by the names that its form sends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from payments.accounts.models import BankAccount
from portal.clients.models import Contact, Matter


@dataclass(frozen=True, slots=True)
class Choices:
    """Ids of the client's matters and of accounts, by their public ids."""

    client_id: int
    matters: Mapping[str, int]
    accounts: Mapping[str, int]

    @classmethod
    def of(
        cls, client: Contact, matters: Iterable[Matter], accounts: Iterable[BankAccount]
    ) -> Self:
        """What is offered for this client."""
        return cls(
            client.id,
            {matter.public_id: matter.id for matter in matters},
            {account.public_id: account.id for account in accounts},
        )
