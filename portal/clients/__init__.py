"""The people and companies that the firm acts for, and their matters."""
