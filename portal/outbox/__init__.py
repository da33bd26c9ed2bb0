"""Every notice owed, as a row in the transaction of its cause, and what became of each email."""
