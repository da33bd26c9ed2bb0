"""Payments: their life as a table of edges, what each step books, and the staff's Transactions."""
