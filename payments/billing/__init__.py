"""Bills: what a client owes for which matter, when it is due, and how much of it is paid."""
