"""The whole firm in one file: made while the product runs, put back into an empty place (X8)."""
