"""The till: money in, the ledger, and everything that a processor tells us."""
