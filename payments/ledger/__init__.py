"""The double-entry ledger: accounts with floors, immutable transfers, kept balances, self-check."""
