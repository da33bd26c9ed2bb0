"""What the page script offers for choice, instead of fields for real numbers."""

from payments.sandbox.book import Json
from payments.sandbox.numbers import (
    BANK_ACCOUNTS,
    BANKS,
    CARDS,
    ROUTING_NUMBER,
    linked_account_id,
)


def test_numbers() -> Json:
    """Every test card, bank and bank account."""
    return {
        "routing_number": ROUTING_NUMBER,
        "cards": [{"number": card.number, "label": card.label} for card in CARDS.values()],
        "banks": [
            {
                "name": bank.name,
                "accounts": [
                    {
                        "id": linked_account_id(bank.bank_id, account.number),
                        "label": account.label,
                        "last4": account.number[-4:],
                    }
                    for account in BANK_ACCOUNTS.values()
                ],
            }
            for bank in BANKS.values()
        ],
        "bank_accounts": [
            {"number": account.number, "label": account.label} for account in BANK_ACCOUNTS.values()
        ],
    }
