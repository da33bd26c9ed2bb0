"""Paying without signing in: the pay page, the review, and the lasting status page."""
